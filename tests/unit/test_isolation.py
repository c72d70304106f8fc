"""Nothing « sensible » starts before the cut is proved, while it leaks, or once the proof is old."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.artifacts import Artifacts
from archipel.isolation import (
    CUT,
    KEY,
    KINDS,
    OPEN,
    UNKNOWN,
    Machine,
    Observation,
    Proved,
    Verdict,
    due,
    judge,
    refusal,
)
from archipel.texts import speaking

SILENT = dict.fromkeys(("api", "database", "kubelet"), "silent")
ALIVE = {"api": True, "database": True}
NOW, HOUR = 1_000_000.0, 3600.0


def seen(kind: str, platform: bool = True, **changes: str) -> Observation:
    return Observation(kind, platform, SILENT | changes)


def every(**changes: str) -> list[Observation]:
    return [seen(kind, **changes) for kind in KINDS]


def test_three_silences_and_three_ways_to_the_platform_are_a_cut() -> None:
    assert judge(every(), ALIVE, NOW, HOUR) == Verdict(NOW, HOUR, CUT)


@pytest.mark.parametrize("kind", KINDS)
def test_one_answer_is_a_leak_whatever_else_is_unknown(kind: str) -> None:
    found = judge([seen(kind, platform=False, kubelet="open")], {}, NOW, HOUR)
    assert (found.state, found.reached) == (OPEN, (f"{kind} → kubelet",))


@pytest.mark.parametrize(
    ("observations", "witnesses", "why"),
    [
        ([], ALIVE, "silent"),
        ([seen("session"), seen("run")], ALIVE, "silent"),
        ([*every(), Observation("run", True)][1:], ALIVE, "silent"),
        ([seen("session"), seen("run"), seen("dashboard", platform=False)], ALIVE, "blind"),
        (every(), {"api": True, "database": False}, "witness"),
        (every(), {"api": True}, "witness"),
        ([Observation(kind, True, {"api": "silent"}) for kind in KINDS], ALIVE, "witness"),
        (every(kubelet="refused"), ALIVE, "refused"),
    ],
)
def test_whatever_is_missing_proves_nothing(
    observations: list[Observation], witnesses: dict[str, bool], why: str
) -> None:
    found = judge(observations, witnesses, NOW, HOUR)
    assert (found.state, found.why) == (UNKNOWN, why)
    assert refusal(found, NOW) is not None


@pytest.mark.parametrize(
    ("last", "age", "code"),
    [
        (None, 0, "sensible.unproven"),
        (Verdict(NOW, HOUR, CUT), 0, ""),
        (Verdict(NOW, HOUR, CUT), 2 * HOUR, ""),
        (Verdict(NOW, HOUR, CUT), 2 * HOUR + 1, "sensible.stale"),
        (Verdict(NOW, HOUR, CUT), -HOUR - 1, "sensible.stale"),
        (Verdict(NOW, HOUR, OPEN, ("run → api",)), 0, "sensible.open"),
        (Verdict(NOW, HOUR, UNKNOWN, why="blind"), 0, "sensible.unknown"),
        (Verdict(NOW, HOUR, "autre"), 0, "sensible.unknown"),
    ],
)
def test_when_it_may_start(last: Verdict | None, age: float, code: str) -> None:
    held = refusal(last, NOW + age)
    assert (held.code if held else "") == code
    assert held is None or (held.next_step() and not held.lasting)


@pytest.mark.parametrize(
    ("state", "period", "wait"), [(CUT, HOUR, HOUR), (OPEN, HOUR, 60), (UNKNOWN, HOUR, 60), (OPEN, 20, 20)]
)
def test_when_the_next_trial_is(state: str, period: float, wait: float) -> None:
    last = Verdict(NOW, period, state)
    assert due(None, NOW)
    assert not due(last, NOW + wait - 1)
    assert due(last, NOW + wait)
    assert due(last, NOW - 1), "a clock that was set back waits for no hour to come again"


def test_the_verdict_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = Artifacts(f"file://{tmp_path}")
    proved = Proved(store, clock=lambda: NOW)
    assert proved.held() is not None
    for verdict in (Verdict(NOW, HOUR, CUT), Verdict(NOW, HOUR, OPEN, ("run → api", "session → store"))):
        store.write(KEY, verdict.to_json())
        assert proved.verdict() == verdict
    store.write(KEY, b"{")
    held = proved.held()
    assert held is not None
    assert held.code == "sensible.unknown"


def test_one_machine_refuses_for_good_unless_its_operator_said_so() -> None:
    held = Machine().held()
    assert held is not None
    assert held.lasting
    assert "--allow-sensible" in held.next_step()
    with speaking("en"):
        assert "one machine cuts no network" in held.sentence()
    assert Machine(allowed=True).held() is None
