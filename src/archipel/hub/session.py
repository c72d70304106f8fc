"""First process of a session, already the person's own: their overlay, their clone, then the server.

`python -m archipel.hub.session` in the image's environment; everything comes by the environment.
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
    os.chdir(home)
    _take_tokens(os.environ.get("ARCHIPEL_SECRETS", ""))
    clone = home / CLONE
    try:
        ensure_clone(home, os.environ["ARCHIPEL_REPOSITORY"])
    except (OSError, ArchipelError) as error:
        print(f"clone of the content: {error}", file=sys.stderr)
    _link_groups(home, Path(os.environ["ARCHIPEL_GROUP_FOLDERS"]))
    environment = Path(os.environ["ARCHIPEL_ENVIRONMENT"])
    # The release first: of the clone, only the défis' packages are imported, as in a run.
    paths = (Path(os.environ.pop("PYTHONPATH")), clone / "src")
    overlay = ensure_overlay(home, os.environ["ARCHIPEL_IMAGE"], environment, paths)
    os.environ["PATH"] = os.pathsep.join([str(overlay / "bin"), os.environ["PATH"]])
    os.environ["ARCHIPEL_CONTENT"] = str(clone)
    # The image's own JupyterLab, extensions and settings; the overlay's kernels run on its packages.
    os.environ["JUPYTER_PATH"] = str(environment / "share" / "jupyter")
    os.environ["JUPYTER_CONFIG_PATH"] = str(environment / "etc" / "jupyter")
    os.environ["JUPYTERLAB_DIR"] = str(environment / "share" / "jupyter" / "lab")
    python = str(overlay / "bin" / "python")
    arguments = [python, "-m", "jupyterhub.singleuser", *sys.argv[1:]]
    os.execv(python, arguments)  # noqa: S606  # this process becomes the server


def _take_tokens(folder: str) -> None:
    """In a pod the session's token is a file; everything that it is for is told from it here."""
    if not folder:
        return
    token = (Path(folder) / "JUPYTERHUB_API_TOKEN").read_text(encoding="utf-8")
    for name in ("JUPYTERHUB_API_TOKEN", "ARCHIPEL_API_TOKEN", "MLFLOW_TRACKING_TOKEN"):
        os.environ[name] = token
    # git asks the platform's repository as this person, without a token in any file.
    os.environ |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{os.environ['ARCHIPEL_REPOSITORY']}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: token {token}",
    }


def _link_groups(home: Path, folders: Path) -> None:
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
