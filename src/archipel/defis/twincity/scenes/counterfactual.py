"""The same scene but for one attribute of one person."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes.description import Person, Scene, from_json


def counterfactual(scene: Scene, person: int, attribute: str, value: Any) -> Scene:
    """``person``: position in the scene. ``value`` may be in JSON's types. Raises `DataRefused`."""
    known = [one.name for one in fields(Person)]
    if attribute not in known:
        raise DataRefused(f"échange : attribut « {attribute} » inconnu ; connus : {', '.join(known)}")
    if not 0 <= person < len(scene.people):
        raise DataRefused(f"échange : personne n° {person} absente, la scène en a {len(scene.people)}")
    changed = replace(scene.people[person], **{attribute: _typed(attribute, value)})
    return replace(scene, people=(*scene.people[:person], changed, *scene.people[person + 1 :]))


def _typed(attribute: str, value: Any) -> Any:
    import typing

    kind = typing.get_type_hints(Person)[attribute]
    return from_json(value, kind) if isinstance(value, list | dict) else value
