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


@pytest.mark.parametrize("ended", [True, False])
def test_what_an_executor_that_died_left_is_cleaned_before_it_is_sent(
    ended: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, keys = tmp_path / "work" / "attempt", tmp_path / "keys"
    keys.mkdir()
    (keys / "ARCHIPEL_API_TOKEN").write_text("jeton")
    (keys / "ARCHIPEL_SECRET_SOURCE").write_text("mot-de-passe-7")
    monkeypatch.setenv("ARCHIPEL_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("ARCHIPEL_SECRETS", str(keys))
    monkeypatch.setenv("ARCHIPEL_API_URL", "http://platform")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Platform, "fetch", lambda _self, work: work.mkdir())
    sent: dict[str, str] = {}
    monkeypatch.setattr(
        Platform, "send", lambda _self, path, name, patience=None: sent.update({name: path.read_text()})
    )

    def execute(at: Path, _secrets: Any, _platform: Any) -> int:
        (at / "config.json").write_text('{"key": "mot-de-passe-7"}')
        if ended:
            (at / "manifest.json").write_text("{}")
        return 0 if ended else 139

    monkeypatch.setattr(pod, "_execute", execute)
    assert pod.main() == (0 if ended else 139)
    assert folder.is_dir()
    # An executor that came to its end has cleaned its folder itself: its manifest has the hashes.
    assert ("mot-de-passe-7" in sent["config.json"]) is ended
    assert ("•••" in sent["config.json"]) is not ended
