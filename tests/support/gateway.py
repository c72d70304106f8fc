"""A real S3 server over a folder: versitygw, started, killed and started again, by whichever process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAM = "versitygw"
STARTED: list[subprocess.Popen[bytes]] = []
"""A server outlives whoever started it: its process is nobody's garbage while this one lasts."""


def available() -> bool:
    return shutil.which(PROGRAM) is not None


class Gateway:
    """All of it is in ``folder``: what it serves, its address and keys, its process."""

    access, secret = "archipel-essai", "secret-d-essai-0123456789"

    def __init__(self, folder: Path, bucket: str = "", address: str = "127.0.0.1") -> None:
        """A new one, with its ``bucket``, on a free port of ``address``; or the one that the folder holds."""
        self._folder, self._place = folder, folder / "gateway.json"
        if bucket:
            self.bucket(bucket)
            self._place.write_text(json.dumps([address, free_port(address)]), encoding="utf-8")
        self.address, self.port = json.loads(self._place.read_text(encoding="utf-8"))
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def bucket(self, name: str) -> Path:
        """Where its objects are files; made where it is not there."""
        folder = self._folder / "buckets" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def files(self, *, access: str = "", secret: str = "", url: str = "") -> dict[str, Path]:
        """The two files of AWS' clients, with other keys or another address where they are told."""
        folder = self._folder / "-".join(["files", access, secret, str(abs(hash(url)))])
        folder.mkdir(exist_ok=True)
        texts = {
            "s3-credentials": f"[default]\naws_access_key_id = {access or self.access}\n"
            f"aws_secret_access_key = {secret or self.secret}\n",
            "s3-config": f"[default]\nregion = us-east-1\nendpoint_url = {url or self.url}\n",
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        return {name: folder / name for name in texts}

    def start(self, *options: str) -> None:
        """Nothing where it runs already. ``options``: more of the program's own."""
        if self._answers():
            return
        command = [PROGRAM, "--port", f"{self.address}:{self.port}", "--access", self.access]
        command += ["--secret", self.secret, "--region", "us-east-1", *options]
        command += ["posix", str(self._folder / "buckets")]
        with (self._folder / "gateway.log").open("ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        STARTED.append(self._child)
        (self._folder / "gateway.pid").write_text(str(self._child.pid), encoding="utf-8")
        deadline = time.monotonic() + 20
        while not self._answers():
            if time.monotonic() > deadline or self._child.poll() is not None:
                self.kill()
                raise AssertionError((self._folder / "gateway.log").read_text()[-2000:])
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would. Nothing where it does not run."""
        path = self._folder / "gateway.pid"
        if not path.exists():
            return
        pid = int(path.read_text(encoding="utf-8"))
        path.unlink()
        if PROGRAM.encode() in _command_line(pid):
            os.kill(pid, signal.SIGKILL)
            if self._child is not None and self._child.pid == pid:
                self._child.wait()
            deadline = time.monotonic() + 10
            while PROGRAM.encode() in _command_line(pid) and time.monotonic() < deadline:
                time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.address, self.port)) == 0


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _command_line(pid: int) -> bytes:
    """Nothing of a process that is gone, or that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
