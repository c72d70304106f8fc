"""A commit exported to a folder that everybody reads and nobody writes."""

from __future__ import annotations

import compileall
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from archipel.archives import place, unpack
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
    with _settling(target) as part:
        _unpack(bare, commit, part)
        validate(part)


def receive(archive: BinaryIO, target: Path) -> None:
    """Make the checkout of an archive that another process made from its own, validated there."""
    if not target.is_dir():
        with _settling(target) as part:
            unpack(archive, part)


@contextmanager
def _settling(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes ``target`` sealed, or is not there at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        yield part
        # Who reads it may not write beside it, and would compile it at every run.
        source = part / "src"
        if source.is_dir():
            compileall.compile_dir(source, quiet=2, stripdir=str(part), prependdir=str(target))
        seal(part)
        try:
            part.rename(target)
        except OSError:
            # Another thread made it meanwhile: the same commit.
            if not target.is_dir():
                raise
            remove_tree(part)
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
