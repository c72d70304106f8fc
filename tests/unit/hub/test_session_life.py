"""When a session ends by itself: never without its notice, never while something works."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archipel.sessions.life import Clock, GpuSample, Limits, Process, at_work, gpu_used, judge, used

LIMIT, NOTICE, CAP = 100.0, 20.0, 1000.0


def verdict(clock: Clock, now: float, keep_until: float = 0.0) -> tuple[float, bool]:
    found = judge(clock, now, LIMIT, NOTICE, keep_until, CAP)
    return found.ends, found.over


@pytest.mark.parametrize(
    ("now", "ends", "over"),
    [(0.0, 0.0, False), (79.9, 0.0, False), (80.0, 100.0, False), (90.0, 110.0, False)],
)
def test_the_notice_comes_before_the_end(now: float, ends: float, over: bool) -> None:
    assert verdict(Clock(0.0), now) == (ends, over)


def test_the_end_comes_only_after_the_whole_notice() -> None:
    assert verdict(Clock(0.0, told_at=80.0), 100.0) == (100.0, True)
    # The machine slept, or the limits were just lowered: the notice is whole all the same.
    late = judge(Clock(0.0), 5000.0, LIMIT, NOTICE, 0.0, CAP)
    assert (late.ends, late.over) == (5020.0, False)
    assert judge(late.clock, 5019.0, LIMIT, NOTICE, 0.0, CAP).over is False
    assert judge(late.clock, 5020.0, LIMIT, NOTICE, 0.0, CAP).over is True


def test_activity_withdraws_a_notice() -> None:
    told = judge(Clock(0.0), 90.0, LIMIT, NOTICE, 0.0, CAP).clock
    assert told.told_at == 90.0
    assert used(told, 95.0) == Clock(95.0)
    assert used(told, -1.0) == told
    assert verdict(used(told, 95.0), 100.0) == (0.0, False)


def test_keep_holds_up_to_its_cap() -> None:
    assert verdict(Clock(0.0), 100.0, keep_until=500.0) == (0.0, False)
    assert verdict(Clock(0.0), 480.0, keep_until=500.0) == (500.0, False)
    assert verdict(Clock(0.0), 980.0, keep_until=9999.0) == (1000.0, False)
    assert verdict(Clock(0.0, told_at=980.0), 1000.0, keep_until=9999.0) == (1000.0, True)


@pytest.mark.parametrize(
    ("sample", "is_used"),
    [
        (None, True),
        (GpuSample(0.0, 0), False),
        (GpuSample(0.0, 2), False),
        (GpuSample(35.0, 1), True),
        (GpuSample(35.0, 0), False),
        (GpuSample(35.0, None), True),
        (GpuSample(0.0, None), False),
    ],
)
def test_a_gpu_is_used_when_something_of_ours_computes_on_it(sample: GpuSample | None, is_used: bool) -> None:
    assert gpu_used(sample) is is_used


SERVER, SHELL, KERNEL = Process(10, 1, 5.0), Process(20, 10, 0.1), Process(30, 10, 9.0)


@pytest.mark.parametrize(
    ("after", "work"),
    [
        ([SERVER, SHELL, KERNEL], False),
        # The server works for whoever looks at it.
        ([replace(SERVER, seconds=50.0), SHELL, KERNEL], False),
        ([SERVER, SHELL, KERNEL, Process(21, 20, 0.0)], True),
        ([SERVER, SHELL, KERNEL, Process(31, 30, 0.0)], False),
        ([SERVER, SHELL, replace(KERNEL, seconds=9.4)], False),
        ([SERVER, SHELL, replace(KERNEL, seconds=12.0)], True),
        ([SERVER, SHELL, replace(KERNEL, moved=5_000_000)], True),
    ],
    ids=["idle", "server", "command", "waiting worker", "idle kernel", "thread computes", "download"],
)
def test_what_counts_as_work(after: list[Process], work: bool) -> None:
    before = [SERVER, SHELL, KERNEL]
    assert at_work(before, after, 10.0, SERVER.pid, frozenset({SHELL.pid})) is work


def test_a_command_deep_below_a_shell_is_work() -> None:
    table = [SERVER, SHELL, Process(21, 20, 0.0), Process(22, 21, 0.0)]
    assert at_work([], table, 1.0, SERVER.pid, frozenset({SHELL.pid}))


def test_limits_come_from_the_portal_and_survive_nonsense() -> None:
    assert Limits.of({"session": 60, "unknown": 3, "gpu": "x"}) == Limits(session=60.0)
    assert Limits().tick == 30.0
    assert Limits(session=20.0, notice=6.0).tick == 2.0
