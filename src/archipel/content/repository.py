"""What runs is a commit: taken in whole, validated, then pinned; the previous ones stay for their runs."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archipel.content.checkout import PARTS, export
from archipel.content.git import commit_of, git, is_repository
from archipel.datafolder import DataFolder
from archipel.errors import Conflict, Failed, Refused
from archipel.output import write_atomically
from archipel.texts import translate as _

Validate = Callable[[Path], object]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Checkout:
    """One commit of the content, exported, read-only."""

    commit: str
    folder: Path


def repository(data: DataFolder) -> Path:
    """The bare repository that people's clones come from."""
    return data.content / "repository.git"


def pinned(data: DataFolder) -> Checkout | None:
    """The commit that runs, schedules and pages use; None before the first `take`."""
    try:
        commit = (data.content / "pinned").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return checkout_of(data, commit)


def checkout_of(data: DataFolder, commit: str) -> Checkout:
    """Where a commit that was taken in lies."""
    return Checkout(commit, data.content / "checkouts" / commit)


def ensure_pinned(data: DataFolder, source: Path, validate: Validate, say: Say) -> Checkout:
    """What is pinned; at the very first start the source's HEAD, saying what it leaves out.

    Later on only a person moves it (`take`); that the source is ahead is said.
    """
    current = pinned(data)
    if current is not None:
        if behind := status(data, source)["behind"]:
            told = _("Commits du dépôt absents du contenu épinglé : {count} (archipel content take HEAD)")
            say(told.format(count=behind))
        return current
    if not is_repository(source):
        say(_("« {source} » n’est pas un dépôt git : son contenu est pris tel quel.").format(source=source))
    elif changed := uncommitted(source):
        files = ", ".join(changed[:5]) + ("…" if len(changed) > 5 else "")
        say(_("Pas encore dans un commit, donc pas pris : {files}").format(files=files))
    taken = take(data, source, "HEAD", validate)
    say(_("Contenu épinglé : {commit}").format(commit=taken.commit[:10]))
    return taken


def take(data: DataFolder, source: Path, revision: str, validate: Validate, *, pin: bool = True) -> Checkout:
    """Bring a commit of ``source`` in, validate the whole of it, pin it. Nothing changes when it is refused.

    ``source``: a clone, a git bundle (a file), or a plain folder (an unpacked archive): that one becomes a
    commit as it stands. Raises `Refused` for an unknown revision and what ``validate`` raises.
    """
    with _alone(data):
        bare = ensure_repository(data)
        commit = _bring(bare, source, revision)
        checkout = checkout_of(data, commit)
        export(bare, commit, checkout.folder, validate)
        # A commit that nothing names could be collected: it is kept as long as its runs are.
        git("update-ref", f"refs/taken/{commit}", commit, folder=bare)
        if pin:
            git("update-ref", "refs/heads/main", commit, folder=bare)
            write_atomically(data.content / "pinned", (commit + "\n").encode())
            (data.content / "pinned").chmod(0o644)
    return checkout


def ensure_repository(data: DataFolder) -> Path:
    bare = repository(data)
    if not (bare / "HEAD").is_file():
        # Every account clones it; only its owner writes it.
        git("init", "--quiet", "--bare", "--shared=0644", "--initial-branch=main", str(bare))
        for folder in (data.content, bare):
            folder.chmod(0o755)
    return bare


def _bring(bare: Path, source: Path, revision: str) -> str:
    """The commit's objects into the bare repository, whatever the source is; its full identifier."""
    if source.is_file():
        try:
            git("fetch", "--quiet", "--no-tags", str(source), "+refs/archipel/*:refs/received/*", folder=bare)
        except Failed as error:
            raise Refused("content.bundle", "envoi illisible : {reason}", reason=error.sentence()) from None
        return commit_of(bare, revision)
    if not is_repository(source):
        if revision == "HEAD":
            return commit_folder(bare, source)
        raise Refused(
            "content.no-repository",
            "ce n’est pas un dépôt git : il n’a pas de commit « {revision} »",
            where=str(source),
            hint="« git init », « git add --all », « git commit » en font un.",
            revision=revision,
        )
    commit = commit_of(source, revision)
    fetch = ("fetch", "--quiet", "--no-tags", "--update-shallow", str(source.resolve()))
    git(*fetch, f"+{commit}:refs/received/head", folder=bare)
    return commit


def commit_folder(bare: Path, source: Path) -> str:
    """A plain folder as a commit of the bare repository; the same files give the same commit."""
    held = [part for part in PARTS if (source / part).exists()]
    if not held:
        raise Refused(
            "content.absent", "ni catalogue ni notebooks dans ce dossier", where=str(source.absolute())
        )
    nobody = {"NAME": "Archipel", "EMAIL": "archipel@localhost", "DATE": "2000-01-01T00:00:00Z"}
    with tempfile.TemporaryDirectory() as scratch:
        env = {
            "GIT_DIR": str(bare.resolve()),
            "GIT_WORK_TREE": str(source.resolve()),
            "GIT_INDEX_FILE": str(Path(scratch) / "index"),
            **{f"GIT_{who}_{key}": v for who in ("AUTHOR", "COMMITTER") for key, v in nobody.items()},
        }
        git("add", "--all", "--", *held, folder=source, env=env)
        tree = git("write-tree", folder=source, env=env)
        return git("commit-tree", tree, "-m", "Contenu pris tel quel", folder=source, env=env)


def uncommitted(source: Path) -> list[str]:
    """Files of the content's parts that are changed or new, and in no commit."""
    listed = git("status", "--porcelain", "-z", "--no-renames", "--", *PARTS, folder=source)
    return [entry[3:] for entry in listed.split("\0") if entry]


def status(data: DataFolder, source: Path, commit: str | None = None) -> dict[str, object]:
    """What is pinned, against a clone (JSON values). ``commit``: the pinned one, where the caller knows it.

    ``head`` is None for what is no clone; ``behind``: commits from the pinned one to the head, None where the
    clone does not know it; ``changed``: files that differ between them; ``uncommitted``: in no commit yet.
    """
    if commit is None:
        current = pinned(data)
        commit = current.commit if current else None
    told: dict[str, object] = {"pinned": commit, "source": str(source)}
    if not is_repository(source):
        return told | {"head": None, "behind": None, "changed": [], "uncommitted": []}
    head, behind, changed = git("rev-parse", "HEAD", folder=source), None, []
    if commit is not None:
        try:
            behind = int(git("rev-list", "--count", f"{commit}..{head}", folder=source))
            named = git("diff", "--name-only", "-z", commit, head, "--", *PARTS, folder=source)
            changed = [name for name in named.split("\0") if name]
        except Failed:
            # The pinned commit is not in this clone: it came from another one.
            behind = None
    return told | {
        "head": head,
        "behind": behind,
        "changed": changed,
        "uncommitted": uncommitted(source),
    }


@contextmanager
def _alone(data: DataFolder) -> Iterator[None]:
    """One commit is taken in at a time."""
    try:
        data.content.mkdir(parents=True, exist_ok=True)
        stream = (data.content / ".lock").open("w")
    except OSError as error:
        raise Conflict(
            "data.unwritable",
            "le dossier de données ne peut pas être écrit : {reason}",
            where=str(data.content),
            hint="Donnez-en un autre par ARCHIPEL_DATA.",
            reason=error.strerror or str(error),
        ) from None
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
