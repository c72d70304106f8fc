"""Each reason that a backend gives has its words, in both languages."""

from __future__ import annotations

import pytest

from archipel.backends import waiting
from archipel.backends.task import State, Status
from archipel.runs import reasons
from archipel.texts import speaking

FAILED = ("timeout", "memory", "image", "unschedulable", "volume", "quota", "refused")
WAITING = ("image", "unschedulable", "volume", "quota", "starting")
ENDED = ("evicted", "node-lost", "deleted")


@pytest.mark.parametrize("reason", FAILED)
def test_a_failure_has_a_cause_and_a_next_step(reason: str) -> None:
    told = reasons.failure(reason)
    assert told is not None
    assert told["cell"] is None
    assert told["error"]
    assert len(told["message"]) > 20
    with speaking("en"):
        english = reasons.failure(reason)
    assert english is not None
    assert english["message"] != told["message"]


@pytest.mark.parametrize("reason", sorted({*WAITING, *ENDED}))
def test_a_wait_or_an_interruption_is_a_sentence(reason: str) -> None:
    told = reasons.sentence(reason)
    assert told.startswith("En attente" if reason in WAITING else "Interrompue")
    assert told.endswith(".")


def test_what_needs_no_word_has_none() -> None:
    assert [reasons.sentence(reason) for reason in ("", "stop", "gone")] == ["", "", ""]
    assert [reasons.failure(reason) for reason in ("", "stop", "node-lost")] == [None, None, None]


def test_every_reason_that_a_cluster_gives_has_its_words() -> None:
    """Those of `tests/unit/backends/test_verdict.py`, by the state that they come with."""
    silent = {"", "stop", "gone"}
    given = [
        *(Status(State.FAILED, None, reason) for reason in FAILED),
        *(Status(State.INTERRUPTED, None, reason) for reason in ENDED),
        *(Status(State.RUNNING, None, reason) for reason in WAITING),
    ]
    assert (
        set(reasons.FAILED) | set(waiting.WAITING) | set(reasons.ENDED)
        == {one.reason for one in given} - silent
    )


@pytest.mark.parametrize(
    ("code", "words"), [(137, "mémoire"), (4, "magasin"), (3, "journal"), (None, "journal")]
)
def test_an_end_that_nobody_explains(code: int | None, words: str) -> None:
    assert words in reasons.unexplained(code)["message"]
    assert str(code) in reasons.unexplained(code)["error"]
