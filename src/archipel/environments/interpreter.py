"""A Python that every account of the machine may execute: root's own may lie under a private home."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from archipel.datafolder import DataFolder


def reachable_by_others(path: Path) -> bool:
    """Whether somebody else may go through every folder to ``path`` and read it."""
    resolved = path.resolve()
    if resolved.stat().st_mode & 0o005 != 0o005:
        return False
    return all(parent.stat().st_mode & 0o001 for parent in resolved.parents)


def shared_interpreter(data: DataFolder) -> Path:
    """This process's interpreter where others reach it (or need not); else the system's; else a copy."""
    here = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    if os.geteuid() != 0 or reachable_by_others(here):
        return here
    system = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    if system.exists() and (Path("/usr/lib") / f"python3.{sys.version_info.minor}" / "venv").is_dir():
        return system
    return _copied(Path(sys.base_prefix), data)


def _copied(prefix: Path, data: DataFolder) -> Path:
    """The whole prefix under the data folder: Python finds its library beside its executable."""
    version = ".".join(map(str, sys.version_info[:3]))
    target = data.root / "python" / version
    if not target.exists():
        part = target.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        skipped = shutil.ignore_patterns("site-packages", "test", "__pycache__", "idlelib", "tkinter")
        shutil.copytree(prefix, part, symlinks=True, ignore=skipped)
        part.rename(target)
    return target / "bin" / f"python3.{sys.version_info.minor}"
