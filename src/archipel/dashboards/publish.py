"""A publication that is done becomes a version: copied whole, sealed, then pointed at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archipel.backends.identities import account_of
from archipel.dashboards import versions
from archipel.dashboards.versions import Version
from archipel.datafolder import DataFolder


def promoter(data: DataFolder) -> Callable[[Any], None]:
    """What the scheduler tells of each publication that is done (`archipel.runs.context.Published`)."""

    def tell(done: Any) -> None:
        promote(data, done.run, done.folder, done.source, done.source_folder, done.synthetic)

    return tell


def promote(
    data: DataFolder, run: Any, folder: Path, source: Any, source_folder: Path, synthetic: bool
) -> Version:
    """Make the version of a publication (or the preview of a draft) and show it.

    ``run``, ``source``: rows of the ledger (`archipel.runs.store.Run`). ``folder``: the attempt of the
    publication, whose ``rapport.html`` is the page. ``source_folder``: the attempt of the run that it
    shows; its files are copied, so that the version depends on nothing else. Only the dashboard's own
    account reads them.
    """
    version = Version(
        id=run.id,
        defi=run.defi,
        run=source.id,
        published=run.ended or run.submitted,
        computed=source.ended or source.submitted,
        commit=run.commit,
        synthetic=synthetic,
        draft=run.draft or "",
        author=run.submitted_by,
    )
    target = versions.folder_of(data, run.defi, run.id)
    if not target.is_dir():
        part = target.with_name(f".{run.id}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        shutil.copyfile(folder / "rapport.html", part / "page.html")
        shutil.copytree(source_folder, part / "donnees", symlinks=True)
        versions.write(part, version)
        _seal(part, f"d-{run.defi}" if not run.draft else "")
        part.rename(target)
    if not run.draft:
        versions.show(data, run.defi, run.id)
    return version


def _seal(part: Path, identity: str) -> None:
    """Read-only, and readable by the dashboard's account through its group."""
    account = account_of(identity) if identity else None
    for path in (part, *part.rglob("*")):
        if account is not None:
            os.chown(path, 0, account.gid)
        path.chmod(0o750 if path.is_dir() else 0o440)
    if os.geteuid() == 0:
        for above in (part.parent, part.parent.parent):
            above.chmod(0o711)
