"""Whether a home can be written, tried for good; and a folder for a session that may not write there."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path

PROBE_BYTES = 1024**2
"""What a start writes at least: JupyterLab's own databases, a notebook's checkpoint."""
FULL = (errno.ENOSPC, errno.EDQUOT)


def home_trouble(home: Path) -> str:
    """Nothing for a home where a session can write; else `home.full` or `home.closed`. May block."""
    path = home / f".archipel-probe-{os.getpid()}"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        return _trouble(error)
    try:
        _fill(descriptor)
    except OSError as error:
        return _trouble(error)
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)
    return ""


def _fill(descriptor: int) -> None:
    # Not zeros: a file system that compresses would find room for them.
    left = memoryview(os.urandom(PROBE_BYTES))
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _trouble(error: OSError) -> str:
    return "home.full" if error.errno in FULL else "home.closed"


def private_folder() -> Path:
    """A new folder of this account alone, outside the home, where something can be written."""
    candidates = [os.environ.get("TMPDIR"), "/tmp", "/dev/shm", "/var/tmp"]  # noqa: S108  # tried, then made 0700
    for candidate in filter(None, candidates):
        try:
            folder = Path(tempfile.mkdtemp(prefix="archipel-session-", dir=candidate))
        except OSError:
            continue
        if not home_trouble(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
    raise OSError(errno.ENOSPC, "no folder outside the home can be written")


if __name__ == "__main__":
    found = home_trouble(Path(sys.argv[1]))
    print(found, file=sys.stderr)
    sys.exit(bool(found))
