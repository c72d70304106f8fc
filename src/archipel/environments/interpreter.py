"""A Python that every account of the machine may execute: root's own may lie under a private home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from archipel.datafolder import DataFolder
from archipel.errors import Failed

NOBODY = 65534
_NEEDED = "import ctypes, sqlite3, ssl, venv"


def reachable_by_others(path: Path) -> bool:
    """Whether somebody else may go through every folder to ``path`` and read it."""
    resolved = path.resolve()
    if resolved.stat().st_mode & 0o005 != 0o005:
        return False
    return all(parent.stat().st_mode & 0o001 for parent in resolved.parents)


def shared_interpreter(data: DataFolder) -> Path:
    """This process's interpreter where others reach it (or need not); else the system's; else a copy.

    Raises `Failed` where even the copy is of no use to another account.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    here = Path(sys.base_prefix) / "bin" / name
    if os.geteuid() != 0 or (here.exists() and reachable_by_others(here)):
        return here
    system = Path("/usr/bin") / name
    if system.exists() and _works_for_others(system):
        return system
    copy = copied(Path(sys.base_prefix), data) / "bin" / name
    if _works_for_others(copy):
        return copy
    raise Failed(
        "environment.interpreter",
        "aucun Python {version} que les autres comptes de la machine puissent exécuter",
        where=str(copy),
        hint="Installez celui du système avec son module venv, et placez ARCHIPEL_DATA dans un dossier que "
        "tous peuvent traverser.",
        version=name.removeprefix("python"),
    )


def copied(prefix: Path, data: DataFolder) -> Path:
    """The whole prefix under the data folder, made once: Python finds its library beside its executable."""
    version = ".".join(map(str, sys.version_info[:3]))
    target = data.root / "python" / version
    if target.is_dir():
        return target
    part = target.with_name(f".{version}.{os.getpid()}.part")
    skipped = shutil.ignore_patterns("site-packages", "test", "__pycache__", "idlelib", "tkinter")
    shutil.copytree(prefix, part, symlinks=True, ignore=skipped)
    program = (part / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}").resolve()
    program.write_bytes(relocated(program.read_bytes(), prefix))
    for folder in (part.parent, part):
        folder.chmod(0o755)
    try:
        part.rename(target)
    except OSError:
        # Another command made it meanwhile.
        shutil.rmtree(part, ignore_errors=True)
    return target


def relocated(program: bytes, prefix: Path) -> bytes:
    """The program with its own library searched beside it, where it was built to look under ``prefix``.

    A Python built with a shared library holds the folder's absolute path (ELF's RUNPATH), which another
    account cannot enter; the loader's ``$ORIGIN`` is shorter, so it fits in its place.
    """
    built = f"{prefix}/lib".encode() + b"\0"
    beside = b"$ORIGIN/../lib"
    if len(beside) >= len(built):
        return program
    return program.replace(built, beside.ljust(len(built), b"\0"))


def _works_for_others(python: Path) -> bool:
    """Tried as an account without any right, with the modules that an environment cannot do without."""
    try:
        done = subprocess.run(
            [str(python), "-c", _NEEDED],
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd="/",
            env={},
            capture_output=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
