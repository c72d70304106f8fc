"""What runs is a commit: taken in whole, validated, then pinned; the previous ones stay for their runs."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archipel.content.git import git, git_bytes
from archipel.datafolder import DataFolder
from archipel.errors import Failed, Refused
from archipel.output import write_atomically

PARTS = ("catalog", "notebooks", "src", "images")
"""What a content repository holds that the platform reads; the rest of it is not exported."""


@dataclass(frozen=True)
class Checkout:
    """One commit of the content, exported, read-only."""

    commit: str
    folder: Path


def repository(data: DataFolder) -> Path:
    return data.content / "repository.git"


def pinned(data: DataFolder) -> Checkout | None:
    """The commit that runs, schedules and pages use; None before the first `take`."""
    try:
        commit = (data.content / "pinned").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return Checkout(commit, data.content / "checkouts" / commit)


def take(
    data: DataFolder, source: Path, revision: str, validate: Callable[[Path], object], *, pin: bool = True
) -> Checkout:
    """Bring a commit of ``source`` (a clone, or a bundle) in, validate the whole of it, pin it.

    Nothing changes when the validation refuses. Raises `Refused` for an unknown revision.
    """
    bare = repository(data)
    if not bare.is_dir():
        bare.parent.mkdir(parents=True, exist_ok=True)
        git("init", "--quiet", "--bare", str(bare))
    if source.is_file():
        git("fetch", "--quiet", str(source), "+refs/*:refs/received/*", folder=bare)
        commit = _commit(bare, revision)
    else:
        commit = _commit(source, revision)
        git("fetch", "--quiet", str(source.resolve()), f"+{commit}:refs/taken/{commit}", folder=bare)
    git("update-ref", f"refs/taken/{commit}", commit, folder=bare)
    checkout = _export(data, commit, validate)
    if pin:
        git("update-ref", "refs/heads/main", commit, folder=bare)
        git("symbolic-ref", "HEAD", "refs/heads/main", folder=bare)
        write_atomically(data.content / "pinned", (commit + "\n").encode())
    _make_readable(bare)
    return checkout


def _commit(folder: Path, revision: str) -> str:
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


def _export(data: DataFolder, commit: str, validate: Callable[[Path], object]) -> Checkout:
    target = data.content / "checkouts" / commit
    if target.is_dir():
        validate(target)
        return Checkout(commit, target)
    part = target.with_name(f".{commit}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    bare = repository(data)
    held = git("ls-tree", "--name-only", commit, folder=bare).splitlines()
    archive = git_bytes("archive", "--format=tar", commit, *(p for p in PARTS if p in held), folder=bare)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as stream:
            stream.extractall(part, filter="data")
        validate(part)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _make_readable(part)
    part.rename(target)
    return Checkout(commit, target)


def _make_readable(folder: Path) -> None:
    """Sessions, runs and dashboards of every account read it; nobody but its owner writes it."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def status(data: DataFolder, source: Path) -> dict[str, object]:
    """What is pinned, what the source's HEAD is, how many commits apart, what is not committed."""
    current = pinned(data)
    told: dict[str, object] = {"pinned": current.commit if current else None, "source": str(source)}
    try:
        head = git("rev-parse", "HEAD", folder=source)
        changed = git("status", "--porcelain", "--", *PARTS, folder=source).splitlines()
    except Failed:
        return told | {"head": None, "behind": None, "uncommitted": []}
    behind: int | None = None
    if current is not None:
        try:
            behind = int(git("rev-list", "--count", f"{current.commit}..{head}", folder=source))
        except Failed:
            behind = None
    return told | {"head": head, "behind": behind, "uncommitted": [line[3:] for line in changed]}
