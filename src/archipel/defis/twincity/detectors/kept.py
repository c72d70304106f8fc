"""A detector left beside a run's results, so that what shows them can run it again without a registry.

A folder holds `detecteur.json`, `{"version": 1, "nom": word or name of the file}`, and `fichiers/`, the file
with its companions: one of them may have any name.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from archipel.defis.twincity.detectors.adapter import Detector
from archipel.defis.twincity.detectors.choice import READERS, WORDS, detector
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.reading import shown

TOLD, FILES = "detecteur.json", "fichiers"
COMPANIONS = (".weights", ".names", ".json")
LARGEST = 64_000_000
"""Bytes of all files: a larger detector is not copied with each run."""


def keep(named: str, folder: Path) -> bool:
    """Leaves what ``named`` (as `choice.local` tells it) is in ``folder``; whether it was small enough."""
    files = [] if named in WORDS else _files(Path(named))
    if sum(path.stat().st_size for path in files) > LARGEST:
        return False
    (folder / FILES).mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copyfile(path, folder / FILES / path.name)
    told = {"version": 1, "nom": files[0].name if files else named}
    (folder / TOLD).write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
    return True


def _files(path: Path) -> list[Path]:
    beside = [path.with_suffix(ending) for ending in COMPANIONS]
    return [path, *(one for one in beside if one.is_file())]


def read(folder: Path) -> Detector | None:
    """The detector that was left; None where none was. Raises `DataRefused`."""
    path = folder / TOLD
    if not path.is_file():
        return None
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["nom"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataRefused(f"« {TOLD} » : illisible ({error})") from None
    if not isinstance(name, str):
        raise DataRefused(f"« {TOLD} » : nom : texte attendu, reçu {shown(name)}")
    if name in WORDS:
        return WORDS[name]
    if Path(name).name != name or Path(name).suffix.lower() not in READERS:
        raise DataRefused(f"« {TOLD} » : « {name} » n’est pas le nom d’un fichier de détecteur")
    return detector(str(folder / FILES / name))
