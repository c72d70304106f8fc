"""A person's own clone of the content, and the draft made from it."""

from __future__ import annotations

import getpass
import gzip
import io
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import IO

from archipel.archives import place
from archipel.content.checkout import PARTS, runs_from_content
from archipel.content.git import commit_of, git, git_bytes
from archipel.errors import ArchipelError, Failed, Refused

CLONE = "contenu"
"""Name of the clone in a person's home."""
MAX_DRAFT_BYTES = 50 * 1024**2
MAX_UNPACKED_BYTES = 4 * MAX_DRAFT_BYTES
MAX_DRAFT_FILES = 5_000


def ensure_clone(home: Path, repository: str) -> Path:
    """``<home>/contenu``, cloned at the first session by the person's own process; never touched after.

    ``repository``: a folder, or an address. git runs with the person's own settings here. Raises `Failed`.
    """
    clone, remote = home / CLONE, "://" in repository
    if clone.exists() or not (remote or (Path(repository) / "HEAD").is_file()):
        return clone
    part = home / f".{CLONE}.part"
    shutil.rmtree(part, ignore_errors=True)
    # git refuses a repository of another account unless the person's settings tell it.
    known = _own_git(home, "config", "--global", "--get-all", "safe.directory", may_fail=True)
    if not remote and repository not in known:
        _own_git(home, "config", "--global", "--add", "safe.directory", repository)
    _own_git(home, "clone", "--quiet", *(() if remote else ("--no-hardlinks",)), repository, str(part))
    person = getpass.getuser()
    for key, value in (("user.name", person), ("user.email", f"{person}@localhost")):
        if not _own_git(home, "config", "--global", "--get", key, may_fail=True):
            # A first commit from JupyterLab must not ask who one is.
            _own_git(home, "-C", str(part), "config", key, value)
    part.rename(clone)
    return clone


def _own_git(home: Path, *arguments: str, may_fail: bool = False) -> list[str]:
    """Lines printed by git run as the person would run it."""
    # From the home: the folder that this process was started in may be closed to the person.
    result = subprocess.run(["git", *arguments], cwd=home, capture_output=True, text=True, check=False)
    if result.returncode and not may_fail:
        raise Failed(
            "content.git",
            "git {verb} a échoué : {reason}",
            verb=arguments[0],
            reason=result.stderr.strip()[-600:],
        )
    return result.stdout.splitlines()


def snapshot(clone: Path) -> bytes:
    """The working copy as it stands (committed, changed and new files) as a gzipped tar. Raises `Refused`."""
    try:
        listed = git_bytes("ls-files", "-z", "-co", "--exclude-standard", "--", *PARTS, folder=clone)
    except ArchipelError:
        raise Refused(
            "content.no-clone", "ce dossier n’est pas un clone du contenu", where=str(clone)
        ) from None
    names = sorted({name for name in listed.decode(errors="surrogateescape").split("\0") if name})
    paths = [(clone / name, name) for name in names if runs_from_content(name)]
    paths = [(path, name) for path, name in paths if path.is_file() and not path.is_symlink()]
    if len(paths) > MAX_DRAFT_FILES or sum(path.stat().st_size for path, _n in paths) > MAX_UNPACKED_BYTES:
        raise _too_large()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, name in paths:
            archive.add(path, arcname=name, recursive=False, filter=_anonymous)
    if buffer.tell() > MAX_DRAFT_BYTES:
        raise _too_large()
    return buffer.getvalue()


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def _too_large() -> Refused:
    return Refused(
        "content.draft-size",
        "copie de travail de plus de {mb} Mo ou de {files} fichiers",
        hint="Rangez les gros fichiers hors du clone, ou nommez-les dans .gitignore.",
        mb=MAX_DRAFT_BYTES // 1024**2,
        files=MAX_DRAFT_FILES,
    )


def unpack_snapshot(archive: bytes, folder: Path) -> None:
    """Unpack a draft into ``folder``: plain files under `PARTS`, bounded in number and size.

    Raises `Refused`; what was unpacked until then is for the caller to remove.
    """
    if len(archive) > MAX_DRAFT_BYTES:
        raise _too_large()
    try:
        with tempfile.TemporaryFile() as spool:
            _inflate(archive, spool)
            with tarfile.open(fileobj=spool, mode="r:") as stream:
                for count, member in enumerate(stream, 1):
                    plain = member.isreg() and not member.issparse() and member.name.split("/")[0] in PARTS
                    if not plain or count > MAX_DRAFT_FILES:
                        raise Refused(
                            "content.draft", "copie de travail refusée : « {name} »", name=member.name[:80]
                        )
                    if runs_from_content(member.name):
                        place(stream, member, folder)
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError) as error:
        raise Refused("content.draft", "copie de travail illisible : {name}", name=str(error)[:80]) from None


def _inflate(archive: bytes, spool: IO[bytes]) -> None:
    """The tar inside, on disk, and not one byte more than is allowed: tar's own headers may lie."""
    total = 0
    with gzip.GzipFile(fileobj=io.BytesIO(archive)) as stream:
        while chunk := stream.read(1024**2):
            total += len(chunk)
            if total > MAX_UNPACKED_BYTES + 1024**2:
                raise _too_large()
            spool.write(chunk)
    spool.seek(0)


def bundle(clone: Path, revision: str) -> tuple[bytes, str]:
    """A commit of the clone as a git bundle, and its full identifier: how it travels to the workspace."""
    commit = commit_of(clone, revision)
    git("update-ref", "refs/archipel/proposed", commit, folder=clone)
    return git_bytes("bundle", "create", "--quiet", "-", "refs/archipel/proposed", folder=clone), commit
