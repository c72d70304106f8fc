"""A registered model's card and audit that pass, to be spoilt; a registry in memory to stand on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from archipel.errors import NotFound
from archipel.models.documents import AUDIT, CARD
from archipel.models.protection import CHAMPION
from archipel.models.registry import Documents, Version

NAME = "twincity-pietons"
WEIGHTS = b"des poids"
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()


def card(**changes: Any) -> dict[str, Any]:
    told = {
        "modele": NAME,
        "version": "2026-11",
        "date": "2026-11-24",
        "responsable": "Ministère de l’Intérieur",
        "detecteur": "yolofastest-corps",
        "usage": "Compter les personnes sur une image de rue, sous contrôle humain.",
        "limites": "Peu fiable de nuit, sous la pluie et au-delà de quarante mètres.",
        "interdits": "Reconnaître, suivre ou identifier une personne, par quelque moyen que ce soit.",
        "ethique": "Audité par teint de peau ; les écarts sont publiés, intervalles compris.",
        "donnees": [{"nom": "Rues de TwinCity", "licence": "Licence Ouverte 2.0", "synthetique": True}],
        "donnees_synthetiques": True,
        "metriques": [{"nom": "AP50", "jeu": "Penn-Fudan", "valeur": 0.71, "bas": 0.65, "haut": 0.77}],
    }
    return told | changes


def gap(**changes: Any) -> dict[str, Any]:
    told = {
        "condition": "teint",
        "groupe_a": "claire",
        "groupe_b": "foncée",
        "n_a": 1200,
        "n_b": 900,
        "ecart": 0.012,
        "bas": -0.01,
        "haut": 0.034,
        "p_holm": 0.4,
        "puissance_3_points": 0.9,
    }
    return told | changes


def audit(*gaps: dict[str, Any], detector: str = "yolofastest-corps", **figures: Any) -> dict[str, Any]:
    figures = {"rappel": 0.62, "fppi": {"valeur": 0.4, "bas": 0.3, "haut": 0.5}} | figures
    own = {"ecarts": list(gaps or (gap(),)), "puissance_3_points": 0.91, "sha256": DIGEST, **figures}
    return {"version": 1, "donnees_synthetiques": True, "detecteurs": {detector: own}}


def written(document: dict[str, Any] | None) -> bytes | None:
    return None if document is None else json.dumps(document, ensure_ascii=False).encode()


class MemoryRegistry:
    """Versions 1, 2… of one model, each with its two documents (None: absent)."""

    def __init__(self, *documents: tuple[bytes | None, bytes | None]) -> None:
        self.files = [{CARD: card, AUDIT: audit} for card, audit in documents]
        self.aliases: dict[str, int] = {}
        self.kept: list[dict[str, bytes]] = []

    def versions(self, name: str) -> list[Version]:
        return (
            [self.version(name, number) for number in range(len(self.files), 0, -1)] if name == NAME else []
        )

    def version(self, name: str, number: int) -> Version:
        if name != NAME or number > len(self.files):
            raise NotFound(
                "model.no-version", "« {name} » n’a pas de version {number}", name=name, number=number
            )
        return Version(NAME, number, "2026-11-24T10:00:00.000+00:00", "a" * 32, "")

    def register(self, name: str, experiment: str, files: Mapping[str, bytes]) -> int:
        assert (name, experiment) == (NAME, "twincity")
        self.files.append({CARD: files.get(CARD), AUDIT: files.get(AUDIT)})
        self.kept.append(dict(files))
        return len(self.files)

    def champion(self, name: str) -> int | None:
        return self.aliases.get(CHAMPION)

    def set_champion(self, name: str, number: int) -> None:
        self.aliases[CHAMPION] = number

    def documents(self, version: Version, experiment: str) -> Documents:
        assert experiment == "twincity"
        found = self.files[version.number - 1]
        return Documents(found[CARD], found[AUDIT])

    def digests(self, version: Version) -> dict[str, str]:
        if not self.kept:
            return {"poids.bin": DIGEST}
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.kept[-1].items()}
