"""Settings of this process, read once from the environment. Only the edges import this module."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archipel.datafolder import DataFolder, default_root
from archipel.texts import preferred


@dataclass(frozen=True)
class Setting:
    name: str
    help: str


SETTINGS = (
    Setting(
        "ARCHIPEL_DATA", "Data folder (default: /var/lib/archipel for root, else ~/.local/share/archipel)"
    ),
    Setting(
        "ARCHIPEL_CONTENT", "Content repository: catalogue, notebooks, défi packages (default: this clone)"
    ),
    Setting("ARCHIPEL_API_URL", "Address of the workspace's API (a session has it set)"),
    Setting("ARCHIPEL_API_TOKEN", "Token for that API (a session has it set)"),
    Setting("ARCHIPEL_LANG", "Language of messages: fr (default) or en"),
)


@dataclass(frozen=True)
class Settings:
    """Frozen settings. ``content``: a folder with ``catalog/`` and ``notebooks/``."""

    data: DataFolder
    content: Path
    api_url: str
    api_token: str
    language: str


def find_content(start: Path) -> Path:
    """The nearest folder at or above ``start`` that holds ``catalog/images.yaml``; else this project's
    own clone; else ``start``."""
    for folder in (start, *start.parents):
        if (folder / "catalog" / "images.yaml").is_file():
            return folder
    clone = Path(__file__).resolve().parents[2]
    return clone if (clone / "catalog" / "images.yaml").is_file() else start


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    env = os.environ if environ is None else environ
    data = Path(env["ARCHIPEL_DATA"]).expanduser() if env.get("ARCHIPEL_DATA") else default_root()
    content = Path(env["ARCHIPEL_CONTENT"]) if env.get("ARCHIPEL_CONTENT") else find_content(Path.cwd())
    return Settings(
        data=DataFolder(data.absolute()),
        content=content.absolute(),
        api_url=env.get("ARCHIPEL_API_URL", "").rstrip("/"),
        api_token=env.get("ARCHIPEL_API_TOKEN", ""),
        language=preferred(env.get("ARCHIPEL_LANG") or "fr"),
    )
