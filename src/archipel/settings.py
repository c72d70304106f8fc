"""Settings of this process, read once from the environment. Only the edges import this module."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archipel.datafolder import DataFolder, default_root
from archipel.texts import N_, preferred


@dataclass(frozen=True)
class Setting:
    name: str
    help: str


SETTINGS = (
    Setting(
        "ARCHIPEL_DATA",
        N_("Dossier des données (/var/lib/archipel pour root, sinon ~/.local/share/archipel)"),
    ),
    Setting(
        "ARCHIPEL_CONTENT",
        N_("Dépôt du contenu : catalogue, notebooks, code des défis (par défaut, ce clone)"),
    ),
    Setting("ARCHIPEL_CONFIG", N_("Sur un cluster : dossier de la configuration que le chart a écrite")),
    Setting("ARCHIPEL_API_URL", N_("Adresse de l’API de l’espace de travail (une session l’a déjà)")),
    Setting("ARCHIPEL_API_TOKEN", N_("Jeton de cette API (une session l’a déjà)")),
    Setting("ARCHIPEL_LANG", N_("Langue des messages : fr (par défaut) ou en")),
)


@dataclass(frozen=True)
class Settings:
    """Frozen settings. ``content``: a folder with ``catalog/`` and ``notebooks/``."""

    data: DataFolder
    content: Path
    config: Path | None
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
        config=Path(env["ARCHIPEL_CONFIG"]) if env.get("ARCHIPEL_CONFIG") else None,
        api_url=env.get("ARCHIPEL_API_URL", "").rstrip("/"),
        api_token=env.get("ARCHIPEL_API_TOKEN", ""),
        language=preferred(env.get("ARCHIPEL_LANG") or "fr"),
    )
