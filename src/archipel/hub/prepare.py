"""What a session needs in its home before its server: the clone, the groups' folders, the own packages.

`python -m archipel.hub.prepare`, a child of `archipel.hub.session`: it may fail or hang on the person's
files, and the session starts all the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from archipel.content.workingcopy import CLONE, ensure_clone
from archipel.environments.overlay import ensure_overlay
from archipel.errors import ArchipelError


def main() -> None:
    home = Path(os.environ["HOME"])
    clone = home / CLONE
    try:
        ensure_clone(home, os.environ["ARCHIPEL_REPOSITORY"])
    except (OSError, ArchipelError) as error:
        print(f"clone of the content: {error}", file=sys.stderr)
    spare_lab(home)
    link_groups(home, Path(os.environ["ARCHIPEL_GROUP_FOLDERS"]))
    # The release first: of the clone, only the défis' packages are imported, as in a run.
    paths = (Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]), clone / "src")
    ensure_overlay(home, os.environ["ARCHIPEL_IMAGE"], Path(os.environ["ARCHIPEL_ENVIRONMENT"]), paths)


LAYOUT_BYTES = 2 * 1024**2
"""JupyterLab reads its saved layouts whole at each opening: a larger one keeps its page from coming."""


def spare_lab(home: Path) -> None:
    """Sets aside the layouts of JupyterLab that no page could open."""
    for path in (home / ".jupyter" / "lab" / "workspaces").glob("*.jupyterlab-workspace"):
        if path.stat().st_size > LAYOUT_BYTES:
            path.rename(path.with_name(f"{path.name}.ecarte"))


def link_groups(home: Path, folders: Path) -> None:
    """``~/groupes/<group>`` for each shared folder that this person may enter."""
    if not folders.is_dir():
        return
    links = home / "groupes"
    for folder in folders.iterdir():
        if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            links.mkdir(exist_ok=True)
            if not (links / folder.name).is_symlink():
                (links / folder.name).symlink_to(folder)


if __name__ == "__main__":
    main()
