"""Files given to a run: looked at before anything is written, then taken with their companions."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archipel.datafolder import DataFolder
from archipel.errors import Refused
from archipel.notebook.accepted import Kind
from archipel.notebook.cell import ParameterSpec
from archipel.notebook.manifest import sha256_of
from archipel.texts import translate as _


@dataclass(frozen=True)
class Given:
    """A file parameter: the path that was looked at, and what it brings along."""

    spec: ParameterSpec
    path: Path
    companions: tuple[Path, ...]


def home_expanded(text: str) -> Path:
    """``~/a`` under the home; ``~nobody/a`` as it stands."""
    return Path(os.path.expanduser(text))  # noqa: PTH111  # `Path.expanduser` raises for nobody


def look(
    data: DataFolder, specs: Iterable[ParameterSpec], values: Mapping[str, Any], *, by_path: bool
) -> list[Given]:
    """The files of the values. ``by_path``: whether the submitter's own paths may be opened by this process.

    Raises `Refused`: unreadable, not of the right kind, or a path where an upload is expected.
    """
    found = []
    for spec in specs:
        value = values.get(spec.name)
        if spec.kind not in (Kind.FICHIER, Kind.DOSSIER) or value is None or spec.is_word(value):
            continue
        if isinstance(value, Mapping):
            path = _uploaded(data, str(value["upload"]), spec)
        elif by_path:
            path = home_expanded(value).absolute()
        else:
            raise Refused(
                "parameter.upload",
                "paramètre « {name} » : ici un fichier s’envoie, il ne se nomme pas par son chemin",
                name=spec.name,
            )
        demand_readable(spec, path)
        endings = tuple(ending.lower() for ending in spec.extensions)
        if endings and not path.name.lower().endswith(endings):
            raise Refused(
                "parameter.bounds",
                "paramètre « {name} » : {received} refusé, {reason} (accepté : {accepted})",
                name=spec.name,
                received=f"« {path.name[:80]} »",
                reason=_("terminaison inattendue"),
                accepted=spec.accepted().sentence(),
            )
        found.append(Given(spec, path, _companions(spec, path)))
    return found


def take(given: Iterable[Given], staging: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Copy into ``staging/<parameter>/``; (parameter → path under ``inputs``, hash and size of each file).

    A folder is one row, whatever it holds: the order of a run is handed to a process in its environment,
    where the names of thousands of pictures have no place. Its hash is that of its files' `sha256sum`.
    """
    values: dict[str, str] = {}
    listed: list[dict[str, Any]] = []
    for item in given:
        target = staging / item.spec.name
        target.mkdir(parents=True)
        values[item.spec.name] = place = f"inputs/{item.spec.name}/{item.path.name}"
        if item.spec.kind is Kind.DOSSIER:
            shutil.copytree(item.path, target / item.path.name)
            listed.append({"parameter": item.spec.name, "path": place} | _whole(target / item.path.name))
            continue
        for path in (item.path, *item.companions):
            copy = Path(shutil.copyfile(path, target / path.name))
            listed.append(
                {
                    "parameter": item.spec.name,
                    "path": f"inputs/{item.spec.name}/{path.name}",
                    "sha256": sha256_of(copy),
                    "size": copy.stat().st_size,
                }
            )
    return values, listed


def _whole(folder: Path) -> dict[str, Any]:
    """Number, size and hash of all that a folder holds."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = "".join(f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    size = sum(path.stat().st_size for path in files)
    return {"files": len(files), "sha256": hashlib.sha256(lines.encode()).hexdigest(), "size": size}


def _uploaded(data: DataFolder, upload: str, spec: ParameterSpec) -> Path:
    folder = data.inputs / upload
    if not upload.isalnum() or len(upload) > 40 or not folder.is_dir():
        raise Refused("parameter.upload-unknown", "paramètre « {name} » : envoi inconnu", name=spec.name)
    if spec.kind is Kind.DOSSIER:
        tops = [path for path in folder.iterdir() if path.is_dir()]
        return tops[0] if len(tops) == 1 else folder
    files = sorted(path for path in folder.iterdir() if path.is_file())
    wanted = [path for path in files if not path.name.endswith(spec.companions)] if spec.companions else files
    if len(wanted) != 1:
        raise Refused(
            "parameter.upload-count",
            "paramètre « {name} » : un fichier attendu, {count} reçus",
            name=spec.name,
            count=len(wanted),
        )
    return wanted[0]


def demand_readable(spec: ParameterSpec, path: Path) -> None:
    """Raises `Refused` unless the path is a file, or a folder, that this process may read."""
    look = os.path.isdir if spec.kind is Kind.DOSSIER else os.path.isfile
    # False, too, for a name too long, where `Path` raises.
    right = look(path)
    if right and os.access(path, os.R_OK):
        return
    no_folder, no_file = _("dossier introuvable ou illisible"), _("fichier introuvable ou illisible")
    raise Refused(
        "parameter.unreadable",
        "paramètre « {name} » : « {path} » refusé, {reason} (accepté : {accepted})",
        name=spec.name,
        reason=no_folder if spec.kind is Kind.DOSSIER else no_file,
        path=path.name if len(str(path)) > 200 else str(path),
        accepted=spec.accepted().sentence(),
    )


def _companions(spec: ParameterSpec, path: Path) -> tuple[Path, ...]:
    beside = (path.with_suffix(ending) for ending in spec.companions)
    return tuple(other for other in beside if other.is_file() and other != path)
