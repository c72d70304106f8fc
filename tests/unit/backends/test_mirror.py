"""What a watch holds in memory, told by a client that a test plays: lists, events, and what goes wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.backends import mirror as module
from archipel.backends.mirror import Mirror


def thing(name: str, version: int, phase: str = "") -> dict[str, Any]:
    labels = {"archipel/task": name}
    return {
        "metadata": {"name": name, "labels": labels, "resourceVersion": str(version)},
        "status": {"phase": phase},
    }


def listed(version: int, *things: dict[str, Any]) -> Any:
    told = {"metadata": {"resourceVersion": str(version)}, "items": things}
    return SimpleNamespace(data=json.dumps(told).encode())


def event(kind: str, about: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": about}).encode() + b"\n"


def watched(*events: bytes, cut: int = 7) -> Any:
    """A stream whose pieces end anywhere."""
    whole = b"".join(events)
    pieces = [whole[start : start + cut] for start in range(0, len(whole), cut)]
    return SimpleNamespace(stream=lambda _size: iter(pieces))


class Server:
    """Its answers in their order: a value, what raises, or what is done first. Each question is kept."""

    def __init__(self, *answers: Any) -> None:
        self._answers: Iterator[Any] = iter(answers)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, **options: Any) -> Any:
        self.asked.append(options)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


def phases(mirror: Mirror, *names: str) -> list[str]:
    return [",".join(one["status"]["phase"] for one in mirror.of(name)) for name in names]


def test_a_list_then_what_happens_to_it() -> None:
    server = Server(
        listed(10, thing("a", 4, "Pending"), thing("b", 5, "Running")),
        watched(
            event("MODIFIED", thing("a", 11, "Running")),
            event("ADDED", thing("c", 12, "Pending")),
            event("DELETED", thing("b", 13)),
        ),
    )
    mirror = Mirror("pods", server)
    assert not mirror.synced.is_set()
    mirror.turn()
    assert mirror.synced.is_set()
    assert phases(mirror, "a", "b", "c") == ["Running", "", "Pending"]
    assert server.asked[1]["resource_version"] == "10"
    assert all(options["_request_timeout"] for options in server.asked)


def test_a_version_that_is_too_old_is_listed_anew_after_a_pause(caplog: pytest.LogCaptureFixture) -> None:
    gone = {"kind": "Status", "code": 410, "message": "too old resource version: 10 (99)"}
    server = Server(listed(10, thing("a", 4)), watched(event("ERROR", gone)), listed(99), watched())
    mirror = Mirror("jobs", server)
    assert mirror.turn() is False
    assert "too old resource version" in caplog.text
    assert len(mirror.of("a")) == 1
    mirror.turn()
    assert mirror.of("a") == []
    assert server.asked[3]["resource_version"] == "99"


def test_what_breaks_keeps_what_was_known_and_is_followed_by_a_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(
        listed(10, thing("a", 4)), OSError("reset\nby peer"), RuntimeError(), listed(11), watched()
    )
    mirror = Mirror("jobs", server)
    # An error that says nothing is told by its name.
    assert [mirror.turn(), mirror.turn()] == [False, False]
    assert [record.getMessage() for record in caplog.records] == [
        "watch of jobs: reset",
        "watch of jobs: RuntimeError",
    ]
    assert len(mirror.of("a")) == 1
    # One that ends at once is no better.
    assert mirror.turn() is False


def test_a_watch_that_lasted_begins_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, float(module.RESYNC_SECONDS)])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert Mirror("jobs", Server(listed(1), watched())).turn() is True


def test_it_follows_whatever_happens(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Enough(BaseException):
        pass

    pauses = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise Enough

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=sleep))
    caplog.set_level(logging.CRITICAL)
    with pytest.raises(Enough):
        Mirror("jobs", Server(ValueError(), OSError(""), listed(1), watched()))._follow()
    assert pauses == [module.PAUSE_SECONDS] * 3


def put_during(mirror: Callable[[], Mirror], made: dict[str, Any], answer: Any) -> Callable[[], Any]:
    def list_() -> Any:
        mirror().put(made)
        return answer

    return list_


@pytest.mark.parametrize(("version", "held"), [(11, True), (10, False)])
def test_what_is_put_during_a_list_is_kept_until_one_that_is_younger(version: int, held: bool) -> None:
    """A list of version 10 knows what has version 10; of version 11, nothing."""
    made = thing("new", version)
    server = Server(put_during(lambda: mirror, made, listed(10)), watched(), listed(11), watched())
    mirror = Mirror("jobs", server)
    mirror.turn()
    assert mirror.of("new") == ([made] if held else [])
    # Gone, says a list that would know.
    mirror.turn()
    assert mirror.of("new") == []


def test_what_was_put_gives_way_to_what_is_younger_alone() -> None:
    server = Server(
        listed(10),
        watched(event("DELETED", thing("a", 15)), event("MODIFIED", thing("b", 25, "Running"))),
    )
    mirror = Mirror("jobs", server)
    for name in ("a", "b"):
        mirror.put(thing(name, 20, "Pending"))
    mirror.turn()
    # The watch tells of an earlier one of that name.
    assert phases(mirror, "a", "b") == ["Pending", "Running"]
    # The answer to its making comes after the watch's.
    mirror.put(thing("b", 20, "Pending"))
    assert phases(mirror, "b") == ["Running"]
