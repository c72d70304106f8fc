"""What is said of a session: why it is in rescue mode, that it will end, why it ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from archipel.portal.sessions import has_ended, told_of, told_of_end
from archipel.sessions.told import LONGEST, REASONS, notices, reason
from archipel.texts import speaking


@dataclass
class Told:
    start: dict[str, str] = field(default_factory=dict)
    ends: float = 0.0
    why: str = ""
    newer: bool = False


def test_nothing_to_say() -> None:
    assert notices(Told()) == []
    assert reason("") == ""


@pytest.mark.parametrize("trouble", [*REASONS, "anything"])
def test_each_trouble_has_its_reason(trouble: str) -> None:
    found = notices(Told(start={"trouble": trouble}))
    assert [notice["kind"] for notice in found] == ["error"]
    assert reason(trouble) in found[0]["text"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_jupyterlab_shows_each_sentence_whole(language: str) -> None:
    with speaking(language):
        told = [Told(start={"trouble": trouble}, newer=True) for trouble in REASONS]
        told += [Told(ends=1_800_000_000.0, why=why) for why in ("idle", "gpu")]
        texts = {notice["text"] for one in told for notice in notices(one)}
    assert {text for text in texts if len(text) > LONGEST} == set()


def test_a_session_that_told_its_end_is_open_no_more() -> None:
    ended = {"ended": True, "ended_at": 1_800_000_000.0}
    assert has_ended(ended, "2027-01-15T07:00:00Z")
    assert not has_ended(ended, "2027-01-15T09:00:00Z")
    assert not has_ended(ended, None)
    assert not has_ended(ended | {"ended": False}, "2027-01-15T07:00:00Z")


@pytest.mark.parametrize("why", ["idle", "gpu"])
def test_an_end_is_told_with_its_hour_and_can_be_put_off(why: str) -> None:
    found = notices(Told(ends=1_800_000_000.0, why=why))
    assert found[0]["keep"] is True
    assert "09:00" in found[0]["text"]
    with speaking("en"):
        assert "09:00" in notices(Told(ends=1_800_000_000.0, why=why))[0]["text"]
    shown = told_of({"ends": 1_800_000_000.0, "why": why, "trouble": "home.full"}, newer=True)
    assert "09:00" in shown["ends"]
    assert shown["rescue"]
    assert shown["newer"]


def test_a_session_that_says_nothing_shows_nothing() -> None:
    assert told_of({}, newer=False) == {"rescue": False, "newer": False, "ends": ""}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, ""),
        ({"ended": False, "why": "idle"}, ""),
        ({"ended": True, "why": "idle", "ended_at": time.time()}, "rien ne s’y passait plus"),
        ({"ended": True, "why": "gpu", "ended_at": time.time()}, "rendre son GPU"),
        ({"ended": True, "why": "idle", "ended_at": time.time() - 30 * 86400}, ""),
    ],
)
def test_why_the_last_one_ended(said: dict[str, object], told: str) -> None:
    found = told_of_end(said)
    assert told in found
    assert bool(found) == bool(told)
