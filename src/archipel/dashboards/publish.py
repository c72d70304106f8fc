"""A publication that is done becomes a version: copied whole, sealed, then pointed at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archipel.artifacts import Artifacts, blocks
from archipel.backends.identities import account_of
from archipel.dashboards import versions
from archipel.dashboards.versions import Version


def promoter(artifacts: Artifacts) -> Callable[[Any], None]:
    """What the scheduler tells of each publication that is done (`archipel.runs.context.Published`)."""

    def tell(done: Any) -> None:
        promote(artifacts, done.run, done.key, done.source, done.source_key, done.synthetic)

    return tell


def promote(
    artifacts: Artifacts, run: Any, key: str, source: Any, source_key: str, synthetic: bool
) -> Version:
    """Make the version of a publication (or the preview of a draft) and show it.

    ``run``, ``source``: rows of the ledger (`archipel.runs.rows.Run`). ``key``: the attempt of the
    publication, whose ``rapport.html`` is the page. ``source_key``: the attempt of the run that it
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
    if versions.read(artifacts, run.defi, run.id) is None:
        # What an earlier try left without its last file.
        artifacts.remove(version.key)
        with artifacts.open(f"{key}/rapport.html") as page:
            artifacts.put(f"{version.key}/page.html", blocks(page))
        artifacts.copy(source_key, f"{version.key}/donnees")
        if artifacts.local:
            _seal(artifacts.folder(version.key), "" if run.draft else f"d-{run.defi}")
        versions.write(artifacts, version)
    if not run.draft:
        versions.show(artifacts, run.defi, run.id)
    return version


def _seal(folder: Path, identity: str) -> None:
    """Read-only, and readable by the dashboard's account through its group."""
    account = account_of(identity) if identity else None
    for path in (*folder.rglob("*"), folder):
        if account is not None:
            os.chown(path, 0, account.gid)
        path.chmod(0o750 if path.is_dir() else 0o440)
    if os.geteuid() == 0:
        for above in (folder.parent, folder.parent.parent):
            above.chmod(0o711)
