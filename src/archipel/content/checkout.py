"""A commit exported to a folder that everybody reads and nobody writes."""

from __future__ import annotations

import compileall
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from archipel.content.git import git, git_bytes
from archipel.errors import Refused

PARTS = ("catalog", "notebooks", "src", "images")
"""What a content repository holds that the platform reads; the rest of it is not exported."""


def runs_from_content(name: str) -> bool:
    """Whether a file of the repository is content: of `src/archipel`, only the défis' packages are.

    The rest of that package is the platform itself, and runs from the release, not from a commit of content.
    """
    parts = PurePosixPath(name).parts
    if not parts or parts[0] not in PARTS:
        return False
    if parts[:2] == ("src", "archipel"):
        return len(parts) > 3 and parts[2] == "defis"
    return True


def export(bare: Path, commit: str, target: Path, validate: Callable[[Path], object]) -> None:
    """Export ``commit`` to ``target``, whole and valid, or not at all; one there is validated again."""
    if target.is_dir():
        validate(target)
        return
    part = target.with_name(f".{commit}.part")
    remove_tree(part)
    part.mkdir(parents=True)
    part.parent.chmod(0o755)
    try:
        _unpack(bare, commit, part)
        validate(part)
        # Who reads it may not write beside it, and would compile it at every run.
        source = part / "src"
        if source.is_dir():
            compileall.compile_dir(source, quiet=2, stripdir=str(part), prependdir=str(target))
        seal(part)
        part.rename(target)
    except BaseException:
        remove_tree(part)
        raise


def _unpack(bare: Path, commit: str, folder: Path) -> None:
    held = git("ls-tree", "--name-only", commit, folder=bare).splitlines()
    parts = [part for part in PARTS if part in held]
    if not parts:
        raise Refused("content.absent", "ni catalogue ni notebooks dans ce commit", where=commit[:12])
    with tempfile.TemporaryFile() as spool:
        spool.write(git_bytes("archive", "--format=tar", commit, *parts, folder=bare))
        spool.seek(0)
        with tarfile.open(fileobj=spool) as stream:
            for member in stream:
                if member.isdir() or not runs_from_content(member.name):
                    continue
                if not member.isreg():
                    raise Refused(
                        "content.link", "lien refusé dans le contenu : « {name} »", name=member.name[:120]
                    )
                place(stream, member, folder)


def place(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one plain file of an archive under ``folder``. Raises `ValueError` for a name that leaves it.

    Not `TarFile.extract`: its filters came with Python 3.11.4, and the oldest 3.11 in use has none.
    """
    name = PurePosixPath(member.name)
    data = archive.extractfile(member) if member.isreg() else None
    if data is None or name.is_absolute() or ".." in name.parts or "\0" in member.name:
        raise ValueError(member.name[:80])
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as stream:
        shutil.copyfileobj(data, stream)


def seal(folder: Path) -> None:
    """Readable by every account, writable by none (a run in personal mode has its owner's rights)."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    # The folder itself stays writable by its owner: renaming it asks for that.
    folder.chmod(0o755)


def remove_tree(folder: Path) -> None:
    """Remove a tree, sealed or not; nothing where there is none."""
    if not folder.is_dir():
        return
    for path, _folders, _files in os.walk(folder):
        Path(path).chmod(0o755)
    shutil.rmtree(folder)
