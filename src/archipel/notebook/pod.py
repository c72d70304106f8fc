"""The first process of an attempt's pod: fetch the package, execute, send each file back.

`python -m archipel.notebook.pod`, with the order in ``$ARCHIPEL_ORDER`` and the secrets as files of
``$ARCHIPEL_SECRETS``. Exit code: the executor's, or 4 where the platform could not be reached or refused.
Events and log are sent while the notebook runs, so that a lost node loses little of them.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import quote

from archipel.archives import unpack
from archipel.names import POD_WORK
from archipel.notebook.manifest import NAME as MANIFEST
from archipel.notebook.manifest import readable_names
from archipel.notebook.order import SECRET_PREFIX
from archipel.notebook.redact import Redactor, clean_folder

UNREACHED = 4
PATIENCE_SECONDS = 600.0
"""How long a platform that does not answer is waited for: the time of a restart, and much more."""
ANSWER_SECONDS = 180.0
"""A store takes its time over the end of a large file."""
EVERY_SECONDS = 2.0
LIVE = ("events.jsonl", "log.txt")
LIVE_BYTES = 1024**2
"""Beyond this size the log is sent at the end alone."""
Result = TypeVar("Result")


class Refusal(Exception):
    """The platform knows this attempt no more, or refuses what it sends."""


class Platform:
    """The platform's API, as the attempt that holds ``token``."""

    def __init__(self, url: str, token: str, patience: float = PATIENCE_SECONDS) -> None:
        self._url, self._token, self._patience = url.rstrip("/"), token, patience

    def fetch(self, folder: Path, path: str = "attempt/package") -> None:
        """Unpack the package into a folder that holds nothing yet."""

        beside = folder / ".package"

        def once() -> None:
            shutil.rmtree(beside, ignore_errors=True)
            with self._open(self._request(path)) as answer:
                unpack(answer, beside)

        self._until_it_answers(once)
        for part in beside.iterdir():
            part.rename(folder / part.name)
        beside.rmdir()

    def send(self, path: Path, name: str, patience: float | None = None) -> None:
        """One file as it is now. Raises `Refusal`, `OSError` when the platform stays silent."""

        def once() -> None:
            with path.open("rb") as stream:
                body = _Exactly(stream, path.stat().st_size)
                request = self._request(f"attempt/files/{quote(name)}", "PUT", body)
                request.add_header("Content-Length", str(body.size))
                with self._open(request) as answer:
                    told = json.load(answer)["sha256"]
            if told != body.digest.hexdigest():
                raise OSError(f"{name}: not written as it was sent")

        self._until_it_answers(once, patience)

    def _request(self, path: str, method: str = "GET", body: Any = None) -> urllib.request.Request:
        return urllib.request.Request(f"{self._url}/{path}", data=body, method=method)  # noqa: S310  # the platform's own address, given by its operator

    def _open(self, request: urllib.request.Request) -> Any:
        request.add_header("Authorization", f"Bearer {self._token}")
        # The platform is inside: no proxy of the region leads to it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            return opener.open(request, timeout=ANSWER_SECONDS)
        except urllib.error.HTTPError as error:
            if error.code < 500:
                said = error.read(500).decode("utf-8", "replace")
                raise Refusal(f"{error.code} {said}") from None
            raise

    def _until_it_answers(self, once: Callable[[], Result], patience: float | None = None) -> Result:
        deadline = time.monotonic() + (self._patience if patience is None else patience)
        pause = 0.2
        while True:
            try:
                return once()
            except (OSError, ValueError, http.client.HTTPException, tarfile.TarError) as error:
                # The last two: the platform was cut off amid its answer.
                if time.monotonic() > deadline:
                    raise OSError(str(error)) from error
            time.sleep(pause)
            pause = min(5.0, pause * 2)


class _Exactly:
    """The first ``size`` bytes of a file as a request's body (it may grow meanwhile), and their hash."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream, self.size, self._left = stream, size, size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        self.digest.update(chunk)
        return chunk


def secrets_of(folder: str) -> dict[str, str]:
    """Name → value, from a Secret mounted as a folder."""
    files = [path for path in Path(folder).iterdir() if path.is_file()] if folder else []
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def declared(secrets: Mapping[str, str]) -> list[str]:
    """The values that the défi declares; the platform's own are not among them."""
    return [value for name, value in secrets.items() if name.startswith(SECRET_PREFIX)]


def main() -> int:
    work = Path(os.environ.get("ARCHIPEL_WORK", POD_WORK))
    secrets = secrets_of(os.environ.get("ARCHIPEL_SECRETS", ""))
    platform = Platform(os.environ["ARCHIPEL_API_URL"], secrets["ARCHIPEL_API_TOKEN"])
    folder = work / "attempt"
    Path.home().mkdir(parents=True, exist_ok=True)
    try:
        platform.fetch(work)
        folder.mkdir(exist_ok=True)
        code = _execute(folder, secrets, platform)
        if not (folder / MANIFEST).is_file():
            # The executor may have died before it cleaned what it leaves.
            readable_names(folder)
            clean_folder(folder, Redactor(declared(secrets)))
        send_all(folder, platform)
    except (Refusal, OSError) as error:
        print(f"platform: {error}", file=sys.stderr, flush=True)
        return UNREACHED
    return code


def send_all(folder: Path, platform: Platform) -> None:
    """Every plain file, the manifest last of all: with it the attempt is whole."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.relative_to(folder).parts[0] != "inputs"
    )
    files.sort(key=lambda path: path == folder / MANIFEST)
    for path in files:
        platform.send(path, path.relative_to(folder).as_posix())


def _execute(folder: Path, secrets: dict[str, str], platform: Platform) -> int:
    """The executor as a child, its output in ``log.txt`` and in the pod's own log."""
    child = subprocess.Popen(
        [sys.executable, "-m", "archipel.notebook.execute"],
        env={**os.environ, **secrets},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    signal.signal(signal.SIGTERM, lambda _number, _frame: child.terminate())
    assert child.stdout is not None
    listening = threading.Thread(target=_listen, args=(child.stdout, folder / "log.txt"), daemon=True)
    listening.start()
    sent: dict[str, int] = {}
    while True:
        try:
            code = child.wait(EVERY_SECONDS)
            break
        except subprocess.TimeoutExpired:
            _send_live(folder, platform, sent)
    listening.join(timeout=5)
    # As a shell tells it: 137 for a process that was killed.
    return code if code >= 0 else 128 - code


def _listen(output: IO[bytes], path: Path) -> None:
    with path.open("ab") as log:
        for line in output:
            log.write(line)
            log.flush()
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


def _send_live(folder: Path, platform: Platform, sent: dict[str, int]) -> None:
    """What grew since the last time; one that cannot be sent now is sent later."""
    for name in LIVE:
        path = folder / name
        size = path.stat().st_size if path.is_file() else 0
        if size != sent.get(name, 0) and size <= LIVE_BYTES:
            try:
                platform.send(path, name, patience=0)
                sent[name] = size
            except OSError:
                continue


if __name__ == "__main__":
    sys.exit(main())
