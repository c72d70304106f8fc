"""How a run's pod waits for the platform: a cut or a silence is tried again, a refusal is not."""

from __future__ import annotations

import http.client
import io
import json
import urllib.error
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from archipel.archives import tar_of
from archipel.notebook import pod
from archipel.notebook.pod import Platform, Refusal


class Answers:
    """The platform's answers, one after the other; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.left = list(answers)

    def open(self, _request: Any, timeout: float) -> Any:
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    made = Answers()
    monkeypatch.setattr(pod.urllib.request, "build_opener", lambda *_handlers: made)
    monkeypatch.setattr(pod.time, "sleep", lambda _seconds: None)
    return made


def http_error(code: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("http://x", code, "", Message(), io.BytesIO(b"{}"))


def package() -> bytes:
    return b"".join(tar_of([("content/a.txt", 3, io.BytesIO(b"abc"))]))


class Cut(io.BytesIO):
    """An answer whose end never comes."""

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        if len(found) < (size or 0):
            raise http.client.IncompleteRead(found)
        return found


def test_a_package_that_is_cut_is_fetched_again(answers: Answers, tmp_path: Path) -> None:
    answers.left = [
        Cut(package()[:600]),
        io.BytesIO(package()[:515]),
        http_error(503),
        io.BytesIO(package()),
    ]
    Platform("http://x", "t").fetch(tmp_path)
    assert (tmp_path / "content" / "a.txt").read_bytes() == b"abc"
    assert [path.name for path in tmp_path.iterdir()] == ["content"]


def test_a_file_is_sent_until_the_store_has_it(answers: Answers, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    answers.left = [
        http_error(503),
        http.client.RemoteDisconnected(),
        io.BytesIO(json.dumps({"sha256": "other"}).encode()),
        io.BytesIO(json.dumps({"sha256": empty}).encode()),
    ]
    Platform("http://x", "t").send(path, "a")
    assert answers.left == []


def test_a_refusal_ends_it_and_a_silence_does_after_its_time(answers: Answers, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    answers.left = [http_error(409)]
    with pytest.raises(Refusal, match="409"):
        Platform("http://x", "t").send(path, "a")
    answers.left = [http_error(503)]
    with pytest.raises(OSError, match="503"):
        Platform("http://x", "t", patience=0).send(path, "a")
