"""A person's own clone of the content, and the draft made from it."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from archipel.content.git import git, git_bytes
from archipel.content.repository import PARTS
from archipel.errors import ArchipelError, Refused

CLONE = "contenu"
"""Name of the clone in a person's home."""
MAX_DRAFT_BYTES = 50 * 1024**2
MAX_DRAFT_FILES = 5_000


def ensure_clone(home: Path, repository: Path) -> Path:
    """``<home>/contenu``, cloned at the first session by the person's own process; never touched after."""
    clone = home / CLONE
    if clone.exists() or not repository.is_dir():
        return clone
    # git refuses a repository of another account unless told; the person's own settings tell it.
    subprocess.run(["git", "config", "--global", "--add", "safe.directory", str(repository)], check=True)
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(repository), str(clone)], check=True)
    return clone


def snapshot(clone: Path) -> bytes:
    """The working copy as it stands (committed, changed and new files) as a gzipped tar."""
    try:
        listed = git_bytes("ls-files", "-z", "-co", "--exclude-standard", "--", *PARTS, folder=clone)
    except ArchipelError:
        raise Refused(
            "content.no-clone", "ce dossier n’est pas un clone du contenu", where=str(clone)
        ) from None
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in sorted(set(listed.decode().split("\0")) - {""}):
            path = clone / name
            if path.is_file() and not path.is_symlink():
                archive.add(path, arcname=name, recursive=False)
    if buffer.tell() > MAX_DRAFT_BYTES:
        raise Refused(
            "content.draft-size", "copie de travail de plus de {mb} Mo", mb=MAX_DRAFT_BYTES // 1024**2
        )
    return buffer.getvalue()


def unpack_snapshot(archive: bytes, folder: Path) -> None:
    """Unpack a draft: plain files under `PARTS`, bounded in number and size. Raises `Refused`."""
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as stream:
            for count, member in enumerate(stream, 1):
                total += member.size
                plain = member.isfile() and member.name.split("/")[0] in PARTS
                if not plain or count > MAX_DRAFT_FILES or total > 4 * MAX_DRAFT_BYTES:
                    raise Refused(
                        "content.draft", "copie de travail refusée : « {name} »", name=member.name[:80]
                    )
                stream.extract(member, folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Refused("content.draft", "copie de travail illisible : {name}", name=str(error)[:80]) from None


def bundle(clone: Path, revision: str) -> tuple[bytes, str]:
    """A commit of the clone as a git bundle, and its full identifier: how it travels to the workspace."""
    commit = git(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", folder=clone
    )
    git("update-ref", "refs/archipel/proposed", commit, folder=clone)
    return git_bytes("bundle", "create", "--quiet", "-", "refs/archipel/proposed", folder=clone), commit
