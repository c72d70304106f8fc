"""The desk of one machine: an attempt is a folder, lent to an account while it runs, then sealed."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from archipel.artifacts import Artifacts, attempt_key
from archipel.backends.identities import account_of
from archipel.backends.task import Mount
from archipel.content.library import Library, code_of
from archipel.datafolder import DataFolder
from archipel.notebook.manifest import NAME as MANIFEST
from archipel.notebook.manifest import readable_names
from archipel.notebook.redact import Redactor, clean_folder
from archipel.runs.desk import Places
from archipel.runs.rows import Run


@dataclass(frozen=True)
class Folders:
    """``reader_of``: the identity that reads a sealed attempt."""

    data: DataFolder
    artifacts: Artifacts
    library: Library
    reader_of: Callable[[Run], str]

    def keep_inputs(self, run_id: str, staging: Path) -> None:
        """They wait where they were taken."""

    def lay_out(self, run: Run, number: int, published: str) -> Places:
        folder = self._folder(run, number)
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        staged = self.data.inputs / f"run-{run.id}"
        if staged.is_dir():
            shutil.copytree(staged, folder / "inputs")
        if os.geteuid() == 0:
            # The run's account goes through, and lists nothing on the way.
            for above in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
                above.chmod(0o711)
            folder.chmod(0o700)
        content = code_of(self.library, run.commit, run.draft)
        mounts = [Mount(f"file://{folder}", writable=True), Mount(f"file://{content}")]
        if published:
            mounts.append(Mount(f"file://{published}"))
        return Places(
            record=str(folder),
            folder=str(folder),
            content=str(content),
            published=published,
            command=("python", "-m", "archipel.notebook.execute"),
            mounts=tuple(mounts),
        )

    def put_away(self, run: Run, number: int, log: Iterable[bytes], secrets: Iterable[str]) -> None:
        """A past attempt is never altered: every file becomes the platform's, for reading."""
        folder = self._folder(run, number)
        owner = folder.stat().st_uid
        _take(folder)
        path = folder / "log.txt"
        # Whatever the task put under that name, a link to somewhere else included, is not the log.
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        with path.open("wb") as stream:
            stream.writelines(log)
        if not (folder / MANIFEST).is_file():
            # The executor did not come to its end: what it would have cleaned may still hold a secret.
            readable_names(folder)
            clean_folder(folder, Redactor(secrets))
        _read_only(folder, owner)
        if os.geteuid() == 0:
            # Its own dashboard reads it, or the author of a draft; other people go through the platform.
            reader = account_of(self.reader_of(run))
            os.chown(folder, 0, reader.gid if reader else 0)
            folder.chmod(0o750)
        else:
            folder.chmod(0o555)
        self.discard_inputs(run)

    def discard_inputs(self, run: Run) -> None:
        """The copy that waited for the run to start: its attempt has its own."""
        shutil.rmtree(self.data.inputs / f"run-{run.id}", ignore_errors=True)

    def _folder(self, run: Run, number: int) -> Path:
        return self.artifacts.folder(attempt_key(run.defi, run.id, number))


def _take(folder: Path) -> None:
    """Every directory becomes the platform's before a name in it is trusted: whoever owned it may still
    run (a draft's author), and would put a link where a file was."""
    folder.chmod(0o700)
    changed = os.geteuid() == 0
    while changed:
        changed = False
        for _base, _folders, _files, descriptor in os.fwalk(folder):
            if os.fstat(descriptor).st_uid != 0:
                os.fchown(descriptor, 0, 0)
                os.fchmod(descriptor, 0o700)
                changed = True


def _read_only(folder: Path, owner: int) -> None:
    """Everything under the folder becomes the platform's, for reading; what is no plain file goes."""
    root = os.geteuid() == 0
    for base, folders, _files in os.walk(folder):
        for name in folders:
            if not Path(base, name).is_symlink():
                Path(base, name).chmod(0o700)
    for base, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            path = Path(base, name)
            told = path.lstat()
            # A hard link to somebody else's file would give that file away with the attempt.
            ours = not root or told.st_uid == owner or (told.st_uid == 0 and told.st_nlink == 1)
            if stat.S_ISDIR(told.st_mode):
                path.chmod(0o555)
            elif stat.S_ISREG(told.st_mode) and ours:
                path.chmod(0o444)
            else:
                path.unlink()
                continue
            if root:
                os.chown(path, 0, 0)
    if root:
        os.chown(folder, 0, 0)
