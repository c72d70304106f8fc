"""git, called plainly: no hook, no configuration of the repository's owner, no prompt."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from archipel.errors import Failed

_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}


def git(*arguments: str, folder: Path | None = None) -> str:
    """Standard output of one git command. Raises `Failed` with what git said."""
    return git_bytes(*arguments, folder=folder).decode().strip()


def git_bytes(*arguments: str, folder: Path | None = None) -> bytes:
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
    ]
    try:
        result = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            capture_output=True,
            env={**os.environ, **_ENVIRONMENT},
            check=False,
        )
    except FileNotFoundError:
        raise Failed("content.git", "git est absent de cette machine", hint="Installez git.") from None
    if result.returncode:
        raise Failed(
            "content.git",
            "git {verb} a échoué : {reason}",
            where=str(folder or ""),
            verb=arguments[0],
            reason=result.stderr.decode(errors="replace").strip()[-600:],
        )
    return result.stdout
