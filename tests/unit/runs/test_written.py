"""What a notebook writes where the platform reads: of any size and shape, it stops nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archipel.artifacts import Artifacts
from archipel.backends.task import State
from archipel.notebook import results
from archipel.notebook.execute import _result_problem
from archipel.runs import written
from archipel.runs.context import Context

FAILED = {"event": "failed", "cell": 3, "error": "ValueError", "message": "non"}
TOLD = {"cell": 3, "error": "ValueError", "message": "non"}


@pytest.mark.parametrize(
    "last", ["", "[]", "1", "null", '"failed"', "[" * 100_000, '{"event": []}', "{", "1" * 5000]
)
def test_a_line_that_is_no_event_hides_no_failure(last: str) -> None:
    events = f"{json.dumps(FAILED)}\n{last}\n".encode()
    assert written.failure_in(events) == TOLD


def test_a_failure_is_kept_short() -> None:
    told = written.failure_in(json.dumps(FAILED | {"cell": [1], "error": 1, "message": "é" * 9000}).encode())
    assert told == {"cell": None, "error": "1", "message": "é" * 2000}


def test_the_end_alone_of_the_events_is_read(tmp_path: Path) -> None:
    with (tmp_path / "events.jsonl").open("wb") as stream:
        # Sparse: read whole, it would not fit.
        stream.seek(2**40)
        stream.write(b"\n" + json.dumps(FAILED).encode())
    assert written.failure(Artifacts(f"file://{tmp_path}")) == TOLD


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"metrics": []}', '{"metrics": {"a": 1}}', "[" * 100_000, "1" * 5000]
)
def test_measures_that_are_none_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "result.json").write_text(text)
    assert written.metrics(Artifacts(f"file://{tmp_path}")) == {}


def test_a_result_of_any_size_is_read_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text('{"metrics": {"a": {"value": 1, "unit": "1"}, "b": 2}}')
    assert written.metrics(Artifacts(f"file://{tmp_path}")) == {"a": {"value": 1, "unit": "1"}}
    assert _result_problem(tmp_path) is None
    with path.open("ab") as stream:
        stream.truncate(2**40)
    assert written.metrics(Artifacts(f"file://{tmp_path}")) == {}
    told = _result_problem(tmp_path)
    assert told is not None
    assert told["message"].startswith(f"result.json dépasse {results.MOST_BYTES // 1024} Ko")


class Talking:
    """A backend whose task prints without end."""

    def logs(self, _name: str, _offset: int = 0) -> Iterator[bytes]:
        yield from (b"%d" % number for number in range(1000))


@pytest.mark.parametrize("state", [State.RUNNING, State.DONE])
def test_the_end_alone_of_a_log_is_held(tmp_path: Path, state: State) -> None:
    here: Any = SimpleNamespace(artifacts=Artifacts(f"file://{tmp_path}"), backend=Talking())
    attempt: Any = SimpleNamespace(state=state, folder=str(tmp_path / "1"), task="t")
    assert Context.end_of_log(here, attempt, 5) == b"98999"
    (tmp_path / "1").mkdir()
    with (tmp_path / "1" / "log.txt").open("wb") as stream:
        stream.seek(2**40)
        stream.write(b"la fin")
    assert Context.end_of_log(here, attempt, 5) == (b"a fin" if state.final else b"98999")
