"""Stands over one task: starts it, waits, tells its end, leaves nobody behind.

A process of its own session, so that it outlives whoever asked for the task. Only the standard library:
it starts in 30 ms. Its order comes as JSON on standard input, its folder as the one argument.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LIBC = ctypes.CDLL(None)
STOP = "stop.json"
"""Written by who asks the task to end, before the signal: it tells a stop from an accident."""


def main() -> None:
    folder = Path(sys.argv[1])
    stopping = {"asked": False}

    def ask_stop(_signal: int, _frame: object) -> None:
        stopping["asked"] = True

    signal.signal(signal.SIGTERM, ask_stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a task prints is for those whom the ledger lets read it.
    os.umask(0o077)
    order: dict[str, Any] = json.load(sys.stdin)
    # Every orphan of the task comes to this process: it can then be found, and ended.
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with (folder / "log.txt").open("ab") as log:
        try:
            child = subprocess.Popen(
                order["argv"],
                env=order["env"],
                cwd=order["cwd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=order["uid"],
                group=order["gid"],
                extra_groups=[] if order["uid"] is not None else None,
                umask=0o027,
                # This process has one thread: `preexec_fn` is safe here.
                preexec_fn=_die_with_parent,
            )
        except OSError as error:
            log.write(f"{error}\n".encode())
            _tell(folder, 127, "start")
            return
    write(folder / "pid.json", {"pid": child.pid})
    reason = _wait(folder, child, order["timeout"], stopping)
    _end_descendants()
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    _tell(folder, child.returncode if child.returncode >= 0 else 128 - child.returncode, reason)


def _die_with_parent() -> None:
    """After the change of account, which would undo it: no task outlives the one who watches it."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait(
    folder: Path, child: subprocess.Popen[bytes], timeout: float | None, stopping: dict[str, bool]
) -> str:
    """Until it ends, is asked to stop, or its time is over; why."""
    deadline = time.monotonic() + timeout if timeout else None
    while child.poll() is None:
        if stopping["asked"] or (deadline is not None and time.monotonic() > deadline):
            child.terminate()
            try:
                child.wait(timeout=_grace(folder))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            return "stop" if stopping["asked"] else "timeout"
        time.sleep(0.05)
    return "exit"


def _grace(folder: Path) -> float:
    """Seconds between the question and the kill."""
    try:
        return float(json.loads((folder / STOP).read_text())["grace"])
    except (OSError, ValueError, KeyError):
        return 10.0


def _end_descendants() -> None:
    """SIGKILL until no process descends from this one: kernels have sessions of their own."""
    for _attempt in range(200):
        children = _descendants(os.getpid())
        if not children:
            return
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except (ProcessLookupError, ChildProcessError):
                continue
        time.sleep(0.02)


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # A zombie whose parent is another descendant is gone already.
            if fields[0] != "Z" or int(fields[1]) == root:
                parents[int(entry.name)] = int(fields[1])
    found: list[int] = []
    level = [root]
    while level:
        level = [pid for pid, parent in parents.items() if parent in level]
        found += level
    return found


def _tell(folder: Path, code: int, reason: str) -> None:
    write(folder / "exit.json", {"exit_code": code, "reason": reason, "at": time.time()})


def write(path: Path, value: dict[str, Any]) -> None:
    """Written beside, fsynced, renamed (this module imports nothing of the platform, to start at once)."""
    beside = path.with_suffix(".part")
    with beside.open("w") as stream:
        json.dump(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)


if __name__ == "__main__":
    main()
