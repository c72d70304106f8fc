"""A scene is a value that its seed fixes; its sun is where the sun is; one exchange changes one thing."""

from __future__ import annotations

import json
import sys
from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes import asked, monk
from archipel.defis.twincity.scenes.counterfactual import counterfactual
from archipel.defis.twincity.scenes.description import Moment, Pose, from_json, to_json
from archipel.defis.twincity.scenes.drawing.conditions import Conditions, from_mapping
from archipel.defis.twincity.scenes.drawing.sampling import sample
from archipel.defis.twincity.scenes.generation import scene_seed, swapped_person
from archipel.defis.twincity.scenes.gl.context import context
from archipel.defis.twincity.scenes.light import light_of
from archipel.defis.twincity.scenes.path.renderer import mitsuba
from archipel.defis.twincity.scenes.rendered import Rendered, Seen
from archipel.defis.twincity.scenes.sun import legal_offset, sun_at

SIZE = (320, 240)


def highest(day: date) -> float:
    return max(sun_at(day, 11 + minute / 60)[0] for minute in range(240))


@pytest.mark.parametrize(
    ("day", "elevation"),
    [(date(2024, 6, 20), 64.58), (date(2024, 12, 21), 17.71), (date(2024, 3, 20), 41.2)],
)
def test_the_sun_of_paris_at_noon(day: date, elevation: float) -> None:
    """90° − latitude ± 23.44° at the solstices; at the equinox 90° − latitude, give or take the hour."""
    assert highest(day) == pytest.approx(elevation, abs=0.15)


def test_the_sun_crosses_the_sky_from_east_to_west() -> None:
    day = date(2024, 3, 20)
    morning, noon, evening = (sun_at(day, hour) for hour in (8, 12.97, 18))
    assert 90 < morning[1] < 180 < evening[1] < 270
    assert noon[1] == pytest.approx(180, abs=0.5)
    assert sun_at(day, 0)[0] < -35


def test_legal_hour_changes_on_the_last_sundays() -> None:
    changes = [(2024, 3, 30, 1), (2024, 3, 31, 2), (2024, 10, 26, 2), (2024, 10, 27, 1), (2026, 3, 29, 2)]
    for year, month, day, offset in changes:
        assert legal_offset(date(year, month, day)) == offset


@pytest.mark.parametrize(
    ("hour", "night"), [(21.0, False), (21.01, True), (5.99, True), (6.0, False), (12, False)]
)
def test_night_is_the_authors_rule(hour: float, night: bool) -> None:
    assert Moment(date(2024, 6, 1), hour).night is night


def test_the_ten_tones_are_those_published() -> None:
    assert len(set(monk.TONES)) == 10
    assert monk.tone(1) == pytest.approx((246 / 255, 237 / 255, 228 / 255))
    assert monk.tone(10) == pytest.approx((41 / 255, 36 / 255, 32 / 255))


def test_one_seed_one_scene() -> None:
    assert sample(5, size=SIZE) == sample(5, size=SIZE)
    assert sample(5, size=SIZE) != sample(6, size=SIZE)
    assert len({scene_seed(1, at) for at in range(1000)} | {scene_seed(2, at) for at in range(1000)}) == 2000


def test_a_scene_goes_through_json_and_back() -> None:
    scene = sample(7, size=SIZE)
    assert from_json(json.loads(json.dumps(to_json(scene)))) == scene


CONDITIONS = Conditions(
    people=(3, 9), hours=((22.0, 25.0),), months=(1, 2), weathers=(("neige", 1.0),), streets=(("rue", 1.0),),
    poses=(("assis", 0.5), ("couché", 0.5)), pitches=((-60.0, -50.0),), focal=(30.0, 31.0), ages=(20.0, 30.0),
    tones=(2, 9), noise=(1.0, 2.0), blur=(0.0, 0.0), jpeg=(80, 82),
)  # fmt: skip


def test_what_is_drawn_is_what_was_asked() -> None:
    for seed in range(12):
        scene = sample(seed, CONDITIONS, SIZE)
        assert len(scene.people) <= 9
        assert scene.moment.hour >= 22 or scene.moment.hour <= 1
        assert scene.moment.day.month in (1, 2)
        assert (scene.weather.kind, scene.street.kind) == ("neige", "rue")
        assert -60 <= scene.camera.pitch <= -50
        assert 30 <= scene.camera.focal <= 31
        assert (scene.camera.width, scene.camera.rows) == SIZE
        assert 80 <= scene.sensor.jpeg <= 82
        assert scene.sensor.blur == 0
        for person in scene.people:
            assert person.pose.kind in ("assis", "couché")
            assert 20 <= person.age <= 30
            assert person.monk in (2, 9)
            assert sum(person.ancestry) == pytest.approx(1, abs=1e-3)


def test_nobody_stands_in_another() -> None:
    scene = sample(3, Conditions(people=(60, 60), poses=(("debout", 1.0),)), SIZE)
    places = [(one.x, one.z) for one in scene.people]
    assert len(places) > 20
    apart = min(abs(complex(*a) - complex(*b)) for k, a in enumerate(places) for b in places[:k])
    assert apart > 0.5


def test_a_crowd_of_two_hundred_is_drawn() -> None:
    conditions = Conditions(people=(200, 200), streets=(("place", 1.0),), pitches=((-20.0, -15.0),))
    assert len(sample(2, conditions, SIZE).people) > 150


def test_one_attribute_of_one_person_changes() -> None:
    scene = sample(11, Conditions(people=(5, 8)), SIZE)
    other = counterfactual(scene, 1, "monk", 11 - scene.people[1].monk)
    assert replace(other, people=()) == replace(scene, people=())
    changed = [
        (at, one.name)
        for at, (mine, theirs) in enumerate(zip(scene.people, other.people, strict=True))
        for one in fields(mine) if getattr(mine, one.name) != getattr(theirs, one.name)
    ]  # fmt: skip
    assert changed == [(1, "monk")]


def test_an_exchange_takes_values_of_json() -> None:
    scene = sample(11, Conditions(people=(2, 2)), SIZE)
    told = {"kind": "jupe", "colour": [0.1, 0.2, 0.3], "pattern": "uni"}
    assert counterfactual(scene, 0, "bottom", told).people[0].bottom.colour == (0.1, 0.2, 0.3)


def test_a_posture_is_exchanged_by_its_word() -> None:
    scene = sample(11, Conditions(people=(2, 2), poses=(("marche", 1.0),)), SIZE)
    other = counterfactual(scene, 0, "pose", "couché")
    assert other.people[0] == replace(scene.people[0], pose=replace(scene.people[0].pose, kind="couché"))
    with pytest.raises(DataRefused, match="marche, debout, couché attendue, reçu « assis »"):
        counterfactual(scene, 0, "pose", "assis")


def test_who_is_exchanged_has_nothing_that_would_change_too() -> None:
    scene = sample(11, Conditions(people=(3, 3), poses=(("marche", 1.0),), streets=(("place", 1.0),)), SIZE)
    seated, walking, other = scene.people
    scene = replace(scene, people=(replace(seated, pose=Pose("assis")), walking, other))
    tall = np.ones((60, 20), bool)
    seen, half, hidden = (Seen(0, 0, tall, tall, area, 1200.0, 1200.0) for area in (1200.0, 1000.0, 300.0))
    drawn = Rendered(np.zeros((1, 1, 3), np.uint8), (seen, half, hidden), np.zeros((3, 4)), np.zeros(3))
    # Who sits has a seat; of the others one is seen enough.
    assert swapped_person(scene, drawn, "pose") == 1
    assert swapped_person(scene, drawn, "monk") in (0, 1)
    nobody = replace(scene, people=scene.people[:1])
    alone = replace(drawn, people=drawn.people[:1], full_box=np.zeros((1, 4)), distance=np.zeros(1))
    assert swapped_person(nobody, alone, "pose") is None


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"people": [0, 5]}, "de 1 à 200 personnes"),
        ({"people": [1, 201]}, "de 1 à 200 personnes"),
        ({"tones": [0]}, "tons de Monk de 1 à 10"),
        ({"months": [13]}, "mois de 1 à 12"),
        ({"weathers": [["grêle", 1]]}, "clair, pluie, neige, brouillard"),
        ({"poses": [["marche", 0]]}, "parts de marche"),
        ({"pitches": [[-20, -95]]}, "le moindre d’abord"),
        ({"jpeg": [90, 120]}, "de 5 à 100"),
        ({"météo": "clair"}, "« météo » inconnue"),
    ],
)
def test_conditions_that_cannot_be_drawn(told: dict[str, object], reason: str) -> None:
    with pytest.raises(DataRefused, match=reason):
        from_mapping(told)


def test_an_exchange_that_cannot_be() -> None:
    scene = sample(1, Conditions(people=(1, 1)), SIZE)
    with pytest.raises(DataRefused, match="attribut « couleur » inconnu"):
        counterfactual(scene, 0, "couleur", 1)
    with pytest.raises(DataRefused, match="personne n° 9 absente"):
        counterfactual(scene, 9, "monk", 1)


def test_light_follows_the_hour_and_never_the_people() -> None:
    scene = sample(1, Conditions(weathers=(("clair", 1.0),)), SIZE)
    noon = replace(scene, moment=Moment(date(2024, 6, 20), 14.0))
    night = replace(scene, moment=Moment(date(2024, 6, 20), 1.0))
    assert light_of(noon).sun_colour.min() > 10 * light_of(night).sky.max()
    assert (light_of(noon).dark, light_of(night).dark) == (0, 1)
    assert len(light_of(noon).lamps) == 0
    assert len(light_of(night).lamps) > 0
    assert light_of(replace(noon, people=())).exposure == light_of(noon).exposure


@pytest.mark.parametrize(
    ("module", "reason"),
    [("moderngl", "OpenGL 3.3 par EGL.*trajets"), ("mitsuba", "mitsuba ne se charge pas")],
)
def test_an_engine_that_this_machine_lacks(module: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataRefused, match=reason):
        context.__wrapped__() if module == "moderngl" else mitsuba()


def test_a_schedule_draws_other_scenes_each_time() -> None:
    weekly = [asked.seed(None, date(2026, 11, day)) for day in (23, 30)]
    assert weekly == [20261123, 20261130]
    assert asked.seed(0, date(2026, 11, 23)) == 0
