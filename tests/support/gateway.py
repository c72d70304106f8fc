"""A real S3 server over a folder: versitygw, started, killed and started again."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAM = "versitygw"


def available() -> bool:
    return shutil.which(PROGRAM) is not None


class Gateway:
    """``address``: where it listens. ``port``: drawn by default, the same at each start."""

    def __init__(self, folder: Path, bucket: str, address: str = "127.0.0.1", port: int = 0) -> None:
        self._folder, self.address = folder, address
        self.access, self.secret = "archipel-essai", "secret-d-essai-0123456789"
        (folder / "buckets" / bucket).mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind((address, port))
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def files(self, *, access: str = "", secret: str = "") -> dict[str, Path]:
        """The two files of AWS' clients, with other keys where they are told."""
        folder = self._folder / f"files-{access}-{secret}"
        folder.mkdir(exist_ok=True)
        texts = {
            "s3-credentials": f"[default]\naws_access_key_id = {access or self.access}\n"
            f"aws_secret_access_key = {secret or self.secret}\n",
            "s3-config": f"[default]\nregion = us-east-1\nendpoint_url = {self.url}\n",
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        return {name: folder / name for name in texts}

    def start(self) -> None:
        """Nothing where it runs already."""
        if self._process is not None and self._process.poll() is None:
            return
        with (self._folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "--port", f"{self.address}:{self.port}", "--access", self.access]
                + ["--secret", self.secret, "--region", "us-east-1", "posix", str(self._folder / "buckets")],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex((self.address, self.port)) == 0:
                    return
            time.sleep(0.05)
        self.kill()
        raise AssertionError((self._folder / "log.txt").read_text()[-2000:])

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        self.kill()
