"""JSON Schema of the catalogue's files, generated from the models, for editors and for the docs."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from archipel.catalog.load import ImagesFile, ProfilesFile
from archipel.catalog.models import Defi, Workspace


def schema() -> dict[str, Any]:
    """One document; each kind of file is a definition (``#/$defs/Defi`` for ``defis/*.yaml``)."""
    models = [(model, "validation") for model in (ImagesFile, ProfilesFile, Workspace, Defi)]
    _map, document = models_json_schema(models, title="Catalogue d’Archipel")  # type: ignore[arg-type]  # a Literal, seen as str
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["$comment"] = "Généré par « archipel catalog schema --write » : ne pas modifier à la main."
    return document


def schema_text() -> str:
    return json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
