"""The desk of a cluster: a run's pod fetches its package from the platform and sends each file back.

Nothing of the store is mounted anywhere: the pod holds its attempt's token and nothing else. What it sends
lands under the attempt's key; once the attempt has ended its token is worth nothing, so a past attempt is
never altered.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archipel.archives import files_under, tar_of
from archipel.artifacts import Artifacts, attempt_key, blocks
from archipel.content.library import Library, code_of
from archipel.errors import Conflict
from archipel.names import POD_WORK
from archipel.notebook.manifest import NAME as MANIFEST
from archipel.notebook.redact import Redactor
from archipel.runs.desk import Places
from archipel.runs.rows import Attempt, Run

LOG = "log.txt"


@dataclass(frozen=True)
class Packages:
    artifacts: Artifacts
    library: Library

    def keep_inputs(self, run_id: str, staging: Path) -> None:
        for name, _size, stream in files_under(staging):
            with stream:
                self.artifacts.put(f"inputs/{run_id}/{name}", blocks(stream))
        shutil.rmtree(staging, ignore_errors=True)

    def lay_out(self, run: Run, number: int, published: str) -> Places:
        code_of(self.library, run.commit, run.draft)
        return Places(
            record=attempt_key(run.defi, run.id, number),
            folder=f"{POD_WORK}/attempt",
            content=f"{POD_WORK}/content",
            published=f"{POD_WORK}/published" if published else "",
            command=("python", "-m", "archipel.notebook.pod"),
        )

    def package(self, run: Run, published: str) -> Iterator[bytes]:
        """The tar that an attempt's pod starts from. ``published``: key of what a publication shows."""
        return tar_of(self._files(run, published))

    def _files(self, run: Run, published: str) -> Iterator[tuple[str, int, BinaryIO]]:
        yield from files_under(code_of(self.library, run.commit, run.draft), "content/")
        yield from self._stored(f"inputs/{run.id}", "attempt/inputs/")
        if published:
            yield from self._stored(published, "published/")

    def _stored(self, key: str, prefix: str) -> Iterator[tuple[str, int, BinaryIO]]:
        for name, size in self.artifacts.files(key):
            yield f"{prefix}{name}", size, self.artifacts.open(f"{key}/{name}")

    def receive(self, attempt: Attempt, defi: str, name: str, chunks: Iterable[bytes]) -> str:
        """One file that the pod of a running attempt sends; its SHA-256. Raises `Conflict`.

        After the manifest nothing is taken any more: the attempt is what it says.
        """
        key = attempt_key(defi, attempt.run, attempt.number)
        if name.startswith(f"{MANIFEST}/"):
            # In its place it would keep the attempt from ever being whole.
            raise Conflict("attempt.manifest", "« {name} » prend la place du manifeste", name=name)
        if name == MANIFEST and self.artifacts.exists(f"{key}/{MANIFEST}"):
            return self._again(f"{key}/{MANIFEST}", chunks)
        self._demand_open(key, name)

        def checked() -> Iterator[bytes]:
            yield from chunks
            # It may have come meanwhile, and this file takes its place once it is whole.
            self._demand_open(key, name)

        return self.artifacts.put(f"{key}/{name}", checked())

    def _demand_open(self, key: str, name: str) -> None:
        if name != LOG and self.artifacts.exists(f"{key}/{MANIFEST}"):
            raise Conflict("attempt.complete", "tentative achevée : plus rien n’y est écrit")

    def _again(self, key: str, chunks: Iterable[bytes]) -> str:
        """The manifest of a pod that did not hear our answer: the same, or none."""
        with self.artifacts.open(key) as stream:
            kept = _sha256(blocks(stream))
        if _sha256(chunks) != kept:
            raise Conflict("attempt.complete", "tentative achevée : plus rien n’y est écrit")
        return kept

    def put_away(self, run: Run, number: int, log: Iterable[bytes], secrets: Iterable[str]) -> None:
        """The pod sends its log itself, whole before its manifest; of one that was stopped before, what its
        backend heard stands where it is longer than what the pod had the time to send."""
        key = attempt_key(run.defi, run.id, number)
        sent = dict(self.artifacts.files(key))
        if MANIFEST not in sent:
            heard = Redactor(secrets).text(b"".join(log).decode("utf-8", "replace")).encode()
            if len(heard) > sent.get(LOG, -1):
                self.artifacts.write(f"{key}/{LOG}", heard)
        self.discard_inputs(run)

    def discard_inputs(self, run: Run) -> None:
        self.artifacts.remove(f"inputs/{run.id}")


def _sha256(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
