"""The same scene but for one attribute of one person."""

from __future__ import annotations

import typing
from dataclasses import fields, replace
from typing import Any

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.scenes.description import Person, Scene, from_json

AFOOT_OR_LYING = ("marche", "debout", "couché")
"""Postures that need nothing but the ground."""


def counterfactual(scene: Scene, person: int, attribute: str, value: Any) -> Scene:
    """``person``: position in the scene. ``value`` may be in JSON's types, or the word of a posture. Raises
    `DataRefused`."""
    known = [one.name for one in fields(Person)]
    if attribute not in known:
        raise DataRefused(f"échange : attribut « {attribute} » inconnu ; connus : {', '.join(known)}")
    if not 0 <= person < len(scene.people):
        raise DataRefused(f"échange : personne n° {person} absente, la scène en a {len(scene.people)}")
    changed = replace(scene.people[person], **{attribute: _typed(scene.people[person], attribute, value)})
    return replace(scene, people=(*scene.people[:person], changed, *scene.people[person + 1 :]))


def exchangeable(person: Person, attribute: str) -> bool:
    """Whether the attribute is the person's alone: who sits has a seat, which would change too."""
    return attribute != "pose" or person.pose.kind in AFOOT_OR_LYING


def _typed(person: Person, attribute: str, value: Any) -> Any:
    if attribute == "pose" and isinstance(value, str):
        if value not in AFOOT_OR_LYING:
            raise DataRefused(
                f"échange : posture {', '.join(AFOOT_OR_LYING)} attendue, reçu « {value} » (qui est assis a "
                "un siège, qui changerait aussi)"
            )
        return replace(person.pose, kind=value)
    kind = typing.get_type_hints(Person)[attribute]
    return from_json(value, kind) if isinstance(value, list | dict) else value
