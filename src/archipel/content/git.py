"""git, called plainly: no hook, no setting but our own, no prompt."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from archipel.errors import Failed, Refused

# A file and not ``-c``: git hides command-line settings from the process that serves a fetch, which would
# then refuse a repository of another account (« dubious ownership »).
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": str(Path(__file__).with_name("gitconfig")),
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C.UTF-8",
}


def git(*arguments: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Standard output of one git command, without its last line break. Raises `Failed` with what git said."""
    return git_bytes(*arguments, folder=folder, env=env).decode(errors="surrogateescape").rstrip("\n")


def git_bytes(*arguments: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> bytes:
    # Variables of a git hook that we are called from would send us to another repository.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        result = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            env={**inherited, **_ENVIRONMENT, **(env or {})},
            check=False,
        )
    except FileNotFoundError as error:
        if folder is not None and not folder.is_dir():
            raise Failed("content.folder", "dossier absent", where=str(folder)) from None
        raise Failed(
            "content.git", "git est absent de cette machine", hint="Installez git.", where=str(error.filename)
        ) from None
    if result.returncode:
        raise Failed(
            "content.git",
            "git {verb} a échoué : {reason}",
            where=str(folder or ""),
            verb=arguments[0],
            reason=result.stderr.decode(errors="replace").strip()[-600:],
        )
    return result.stdout


def is_repository(folder: Path) -> bool:
    """Whether ``folder`` is the root of a clone that has a commit (or a bare repository that has one)."""
    # Most folders are none, which needs no process to be seen: « HEAD » is a bare repository's.
    if not any(os.path.lexists(folder / name) for name in (".git", "HEAD")):
        return False
    try:
        git("rev-parse", "--verify", "--quiet", "HEAD^{commit}", folder=folder)
        root = git("rev-parse", "--show-cdup", folder=folder)
    except Failed:
        return False
    return root == ""


def commit_of(folder: Path, revision: str) -> str:
    """The full identifier of a revision. Raises `Refused` where it names no commit of ``folder``."""
    try:
        return git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", folder=folder
        )
    except Failed:
        raise Refused(
            "content.revision",
            "« {revision} » n’est pas un commit de ce dépôt",
            where=str(folder),
            hint="Faites d’abord un commit (git commit), puis donnez son identifiant.",
            revision=revision,
        ) from None
