"""The two ways to start a session's server: the person's own, and the rescue one that reads none of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PLATFORM = Path(__file__).parent / "jupyter"
"""Jupyter's own layout (``etc``, ``share``): our server extension, and what JupyterLab's page loads."""
SERVER = ["-m", "jupyterhub.singleuser"]
PLACES = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "xdg",
    "MPLCONFIGDIR": "matplotlib",
    "PIP_CACHE_DIR": "pip",
    "TMPDIR": "tmp",
}
"""Variable → folder of the session's private one, where rescue mode writes."""


@dataclass(frozen=True)
class Mode:
    """``folder``: where the server starts; what lies there could be imported in a module's place."""

    command: list[str]
    env: dict[str, str]
    folder: Path


def own(
    base: Mapping[str, str], home: Path, environment: Path, overlay: Path, arguments: list[str], content: Path
) -> Mode:
    """The image's own JupyterLab, extensions and settings; the overlay's kernels run on its packages."""
    env = {name: value for name, value in base.items() if name != "PYTHONPATH"}
    env |= _common(base, environment, content)
    env["PATH"] = os.pathsep.join([str(overlay / "bin"), base["PATH"]])
    return Mode([str(overlay / "bin" / "python"), *SERVER, *arguments], env, home)


def rescue(
    base: Mapping[str, str],
    home: Path | None,
    environment: Path,
    private: Path,
    arguments: list[str],
    content: Path,
) -> Mode:
    """Nothing of the person's settings, packages or start-up files; whatever is written goes elsewhere.

    ``home``: None where its disk does not answer: a server that looked there would hang too.
    """
    env = dict(base) | _common(base, environment, content)
    if home is not None:
        env["PYTHONPATH"] = os.pathsep.join([base["PYTHONPATH"], str(content / "src")])
    for name in ("PYTHONSTARTUP", "PYTHONHOME", "PYTHONUSERBASE"):
        env.pop(name, None)
    for name, folder in PLACES.items():
        (private / folder).mkdir(mode=0o700, exist_ok=True)
        env[name] = str(private / folder)
    env |= {"PYTHONNOUSERSITE": "1", "JUPYTERHUB_DISABLE_USER_CONFIG": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    seen = home is not None and os.access(home, os.R_OK | os.X_OK)
    env["JUPYTERHUB_ROOT_DIR"] = str(home if seen else private / "tmp")
    # Deleted for good: a file that only moves to the trash of a full disk frees nothing.
    classes = ("FileContentsManager", "AsyncFileContentsManager")
    options = [f"--{name}.delete_to_trash=False" for name in classes]
    return Mode([str(environment / "bin" / "python"), *SERVER, *arguments, *options], env, private / "tmp")


def _common(base: Mapping[str, str], environment: Path, content: Path) -> dict[str, str]:
    share, settings = environment / "share" / "jupyter", environment / "etc" / "jupyter"
    return {
        "ARCHIPEL_CONTENT": str(content),
        "JUPYTER_PATH": os.pathsep.join([str(PLATFORM / "share"), str(share)]),
        "JUPYTER_CONFIG_PATH": os.pathsep.join([str(PLATFORM / "etc"), str(settings)]),
        "JUPYTERLAB_DIR": str(share / "lab"),
    }
