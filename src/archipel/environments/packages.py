"""uv, made to read the packages from wherever pip is configured to.

    python -I packages.py pip sync requirements.txt     # uv's own arguments, with pip's configuration

Standard library only: the Makefile runs this file before anything is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path


def uv_program() -> str:
    """The uv of this environment: it comes as a wheel."""
    return str(Path(sys.executable).with_name("uv"))


def uv_settings(pip: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """pip's settings (``index-url``, …) as uv's variables; what is set for uv already stays."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "no-index": "UV_NO_INDEX",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
        "proxy": "ALL_PROXY",
    }
    mapped = {}
    for key, name in names.items():
        words = pip.get(key, "").split()
        if key == "find-links":
            # uv refuses a folder that is not there, pip passes it by.
            words = [word for word in words if "://" in word or Path(word).exists()]
        if words and name not in environ:
            mapped[name] = ("," if key == "find-links" else " ").join(words)
    return mapped


def read_pip_settings(listing: str) -> dict[str, str]:
    """``pip config list`` → settings by name; variables (``:env:``) win over files, as for pip.

    ``global.index-url='https://…'`` is set for every command, ``install.index-url`` for one of them.
    """
    ranks = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        name, _equals, value = line.partition("=")
        section, _dot, key = name.rpartition(".")
        rank = ranks.get(section)
        if rank is not None and rank >= found.get(key, (0, ""))[0]:
            text = value.strip().strip("'\"").replace("\\n", " ")
            found[key.lower().replace("_", "-")] = (rank, text)
    return {key: value for key, (_rank, value) in found.items()}


@cache
def pip_settings() -> dict[str, str]:
    """What pip is configured to on this machine."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    return read_pip_settings(listed.stdout)


@cache
def index_environment() -> dict[str, str]:
    """What uv must be told of the machine, as variables."""
    return {"UV_HTTP_TIMEOUT": "180", **uv_settings(pip_settings(), os.environ)}


if __name__ == "__main__":
    uv = uv_program()
    sys.exit(subprocess.run([uv, *sys.argv[1:]], env={**os.environ, **index_environment()}).returncode)
