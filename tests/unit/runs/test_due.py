"""Which runs are due: change days, absences, pauses. Instants are in UTC, hours on the wall in Paris."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from archipel.catalog.models import Schedule
from archipel.runs.due import LATE, Due, coming, due, instants


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(cron: str, zone: str = "Europe/Paris", **more: object) -> Schedule:
    return Schedule.model_validate({"execution": "execution", "cron": cron, "timezone": zone, **more})


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        # Winter, then summer: six o'clock on the wall both times.
        ("0 6 * * *", "2026-01-10T00:00", ["2026-01-10T05:00", "2026-01-11T05:00"]),
        ("0 6 * * *", "2026-07-10T00:00", ["2026-07-10T04:00", "2026-07-11T04:00"]),
        # Clocks go forward on 29 March 2026 at 2: half past two does not exist, the run is at 3 (1 UTC).
        ("30 2 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        # Clocks go back on 25 October 2026 at 3: half past two comes twice, the run is the first one.
        ("30 2 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        # Every hour: each hour that is read on a clock, once.
        ("0 * * * *", "2026-10-24T23:30", ["2026-10-25T00:00", "2026-10-25T02:00", "2026-10-25T03:00"]),
        ("0 * * * *", "2026-03-28T23:30", ["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00"]),
        ("0 0 29 2 *", "2026-01-01T00:00", ["2028-02-28T23:00"]),
        ("0 0 30 2 *", "2026-01-01T00:00", []),
    ],
)
def test_the_instants_of_a_schedule(cron: str, after: str, expected: list[str]) -> None:
    found = list(islice(instants(schedule(cron), at(after)), len(expected) or 1))
    assert found == [at(text) for text in expected]


def test_an_instant_is_due_once() -> None:
    plans = {"a/matin": schedule("0 6 * * *", "UTC")}
    first = due(plans, {"a/matin": at("2026-01-09T12:00")}, at("2026-01-10T06:00"))
    assert first == [Due("a/matin", at("2026-01-10T06:00"), "à l’heure prévue")]
    assert due(plans, {"a/matin": first[0].instant}, at("2026-01-10T06:00") + timedelta(seconds=30)) == []


def test_of_what_an_absence_missed_the_last_is_run_once() -> None:
    plans = {"a/minute": schedule("* * * * *", "UTC")}
    now = at("2026-01-10T06:00") + LATE
    (found,) = due(plans, {"a/minute": at("2024-01-01T00:00")}, now)
    assert (found.instant, found.reason) == (now, "à l’heure prévue")
    plans = {"a/nuit": schedule("0 3 * * *", "UTC")}
    (found,) = due(plans, {"a/nuit": at("2024-01-01T00:00")}, now)
    assert (found.instant, found.reason) == (at("2026-01-10T03:00"), "passage manqué, rattrapé une fois")


def test_a_paused_or_unknown_schedule_is_not_due() -> None:
    plans = {"a/x": schedule("* * * * *", paused=True), "a/y": schedule("* * * * *")}
    assert due(plans, {"a/x": at("2026-01-01T00:00")}, at("2026-01-10T00:00")) == []


def test_what_comes_is_in_order_over_all_schedules() -> None:
    plans = {
        "a/soir": schedule("0 20 * * *", "UTC"),
        "b/matin": schedule("0 8 * * *", "UTC"),
        "c/rien": schedule("0 9 * * *", "UTC", paused=True),
    }
    assert coming(plans, at("2026-01-10T10:00"), 3) == [
        (at("2026-01-10T20:00"), "a/soir"),
        (at("2026-01-11T08:00"), "b/matin"),
        (at("2026-01-11T20:00"), "a/soir"),
    ]
