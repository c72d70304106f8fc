"""Tasks as processes of this machine; what is known of each lies in a folder, so a restart loses nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archipel.backends import reap
from archipel.backends.identities import Account, account_of
from archipel.backends.task import State, Status, Task
from archipel.errors import Failed

BASE_ENVIRONMENT = ("LANG", "LC_ALL", "TZ", "SSL_CERT_FILE")
FindPython = Callable[[str, str], Path]
"""Image and lock → the interpreter of their environment, made before."""


class LocalBackend:
    """``control``: a private folder, one folder a task. ``python_of``: interpreter of an image.

    CPU and memory are « indicatif » here: the number of threads follows the CPU asked for, memory is not
    bounded. A lack of memory ends the task with code 137, which its run tells.
    """

    def __init__(self, control: Path, python_of: FindPython, platform_code: Path) -> None:
        self._control, self._python_of, self._platform_code = control, python_of, platform_code

    def start(self, task: Task) -> None:
        folder = self._control / task.name
        try:
            folder.mkdir(parents=True, mode=0o700)
        except FileExistsError:
            return
        account = account_of(task.identity)
        scratch = folder / "scratch"
        scratch.mkdir(mode=0o700)
        _give(folder, scratch, task, account)
        python = self._python_of(task.image, task.lock)
        argv = [str(python) if part == "python" else part for part in task.command]
        order = {
            "argv": argv,
            "env": self._environment(task, python, scratch),
            "cwd": str(scratch),
            "uid": account.uid if account else None,
            "gid": account.gid if account else None,
            "timeout": task.timeout.total_seconds() if task.timeout else None,
        }
        errors = os.open(folder / "watcher.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        watcher = subprocess.Popen(
            [sys.executable, "-I", str(Path(reap.__file__)), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        )
        os.close(errors)
        assert watcher.stdin is not None
        known = {"pid": watcher.pid, "ticks": start_ticks(watcher.pid), "boot": boot_id()}
        reap.write(folder / "watcher.json", known)
        with watcher.stdin as stream:
            stream.write(json.dumps(order).encode())
        _WATCHERS[watcher.pid] = watcher

    def state(self, name: str) -> Status:
        folder = self._control / name
        ended = _read(folder / "exit.json")
        if ended is None and self._watched(folder):
            return Status(State.RUNNING)
        # It may have told its end between the two looks.
        ended = ended or _read(folder / "exit.json")
        if ended is None:
            # Nobody else is left to remove it.
            shutil.rmtree(folder / "scratch", ignore_errors=True)
            asked = (folder / reap.STOP).is_file()
            return Status(State.CANCELLED, None, "stop") if asked else Status(State.INTERRUPTED, None, "gone")
        code = int(ended["exit_code"])
        if ended["reason"] == "stop":
            return Status(State.CANCELLED, code, "stop")
        return Status(State.DONE if code == 0 else State.FAILED, code, str(ended["reason"]))

    def logs(self, name: str, offset: int = 0) -> Iterator[bytes]:
        try:
            with (self._control / name / "log.txt").open("rb") as stream:
                stream.seek(offset)
                while chunk := stream.read(65536):
                    yield chunk
        except FileNotFoundError:
            return

    def stop(self, name: str, grace: timedelta = timedelta(seconds=10)) -> None:
        folder = self._control / name
        if not self._watched(folder):
            return
        # First the reason, then the signal: one that comes before the watcher listens still ends it.
        reap.write(folder / reap.STOP, {"grace": grace.total_seconds()})
        with contextlib.suppress(ProcessLookupError, TypeError):
            os.kill(int((_read(folder / "watcher.json") or {})["pid"]), signal.SIGTERM)
        deadline = time.monotonic() + grace.total_seconds() + 5
        while self._watched(folder) and time.monotonic() < deadline:
            time.sleep(0.05)

    def forget(self, name: str) -> None:
        """Remove what is kept of an ended task, its scratch folder first."""
        shutil.rmtree(self._control / name, ignore_errors=True)

    def _watched(self, folder: Path) -> bool:
        known = _read(folder / "watcher.json")
        if known is None:
            return False
        if watcher := _WATCHERS.get(int(known["pid"])):
            watcher.poll()
        ticks = start_ticks(int(known["pid"]))
        return ticks is not None and ticks == known["ticks"] and known.get("boot") == boot_id()

    def _environment(self, task: Task, python: Path, scratch: Path) -> dict[str, str]:
        env = {name: os.environ[name] for name in BASE_ENVIRONMENT if name in os.environ}
        return {
            "LANG": "C.UTF-8",
            **env,
            "PATH": f"{python.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "JUPYTER_RUNTIME_DIR": str(scratch / "r"),
            "PYTHONPATH": str(self._platform_code),
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": str(max(1, int(task.resources.cpu))),
            **task.env,
            **task.secrets,
        }


_WATCHERS: dict[int, subprocess.Popen[bytes]] = {}
"""Watchers started by this process: polled so that an ended one is no zombie."""


def start_ticks(pid: int) -> int | None:
    """Start time of a living process, in clock ticks since boot: with the pid, it names one process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


@cache
def boot_id() -> str:
    """This start of the machine: ticks and pids begin again at the next one."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def local_path(url: str) -> Path:
    """``file:///a/b`` → ``/a/b``. Raises `Failed` for a store that is not this machine's."""
    parts = urlsplit(url)
    if parts.scheme not in ("", "file"):
        raise Failed("backend.mount", "« {url} » n’est pas un dossier de cette machine", url=url)
    return Path(parts.path)


def _give(folder: Path, scratch: Path, task: Task, account: Account | None) -> None:
    """The account may write its scratch and its writable mounts, and go through what lies above."""
    if account is None:
        return
    os.chown(scratch, account.uid, account.gid)
    for above in (folder, folder.parent, folder.parent.parent):
        above.chmod(above.stat().st_mode | 0o011)
    for mount in task.mounts:
        root = local_path(mount.url)
        if mount.writable:
            # The folder last: until then nobody else goes in, to put something else under a name.
            for path in (*root.rglob("*"), root):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return value
