"""Parameters of a notebook: the cell's declarations joined with the manifest, values checked.

papermill reads parameters with one regular expression a line (`Literal`, unions and dotted types are
unseen, an unknown name is a warning). Here the cell is parsed, and a wrong value is refused before
anything runs, every error at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from archipel.catalog.models import Parameter, Text
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.names import nearest
from archipel.notebook.accepted import Accepted, Kind
from archipel.notebook.cell import MISSING, ParameterSpec
from archipel.notebook.patterns import TooManyWays, bounded
from archipel.notebook.values import BadValue, read_value
from archipel.texts import translate as _


def join(
    declared: Iterable[ParameterSpec], manifest: Mapping[str, Parameter], datasets: Iterable[str] = ()
) -> tuple[ParameterSpec, ...]:
    """The declared parameters with the manifest's help, bounds, unit and refined type.

    Raises `Refusals` for a manifest entry that names no parameter, a type that the annotation does
    not allow, bounds out of order, or a default that its own bounds refuse.
    """
    declared = tuple(declared)
    names = [spec.name for spec in declared]
    errors: list[ArchipelError] = [_unknown(name, names) for name in manifest if name not in names]
    joined = []
    for spec in declared:
        try:
            joined.append(_joined(spec, manifest.get(spec.name), tuple(datasets)))
        except BadValue as problem:
            errors.append(Refused("parameter.manifest", problem.as_message(), where=spec.name))
    if errors:
        raise Refusals(errors)
    return tuple(joined)


def check(specs: Iterable[ParameterSpec], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter's Python value: what was given, converted, else the default.

    ``given`` holds text (command line, form) or JSON values. Raises `Refusals` with every error:
    unknown name, wrong type, out of bounds, missing value.
    """
    specs = tuple(specs)
    names = [spec.name for spec in specs]
    errors: list[ArchipelError] = [_unknown(name, names) for name in given if name not in names]
    values: dict[str, Any] = {}
    for spec in specs:
        if spec.name not in given:
            if spec.default is MISSING:
                errors.append(
                    Refused(
                        "parameter.missing",
                        "paramètre « {name} » : valeur attendue (accepté : {accepted})",
                        name=spec.name,
                        accepted=spec.accepted().sentence(),
                    )
                )
            else:
                values[spec.name] = spec.default
            continue
        try:
            values[spec.name] = read_value(given[spec.name], spec.accepted())
        except BadValue as problem:
            errors.append(
                Refused(
                    f"parameter.{problem.code}",
                    "paramètre « {name} » : {received} refusé, {reason} (accepté : {accepted})",
                    name=spec.name,
                    received=shown(given[spec.name]),
                    reason=str(problem),
                    accepted=spec.accepted().sentence(),
                )
            )
    if errors:
        raise Refusals(errors)
    return values


def parse_assignments(pairs: Iterable[str]) -> dict[str, str]:
    """``["k=v", …]`` → dict. Refuses a pair without ``=`` and two values for one name."""
    values: dict[str, str] = {}
    errors: list[ArchipelError] = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals or not name:
            errors.append(Refused("parameter.form", "« {pair} » : nom=valeur attendu", pair=pair[:80]))
        elif name in values:
            errors.append(
                Refused(
                    "parameter.twice",
                    "paramètre « {name} » donné deux fois : {first}, puis {second}",
                    name=name,
                    first=shown(values[name]),
                    second=shown(value),
                )
            )
        else:
            values[name] = value
    if errors:
        raise Refusals(errors)
    return values


def shown(value: Any) -> str:
    """A received value, short enough for a message."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= 90 else f"{text[:80]}…"
    return f"« {text} »" if isinstance(value, str) else text


def encode(specs: Iterable[ParameterSpec], values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Values as JSON with their kinds, for the order handed to the executor; a name that stands in place of
    a file is a text."""
    named = {spec.name: spec for spec in specs}
    kinds = {
        name: Kind.STR if named[name].is_word(value) else named[name].kind for name, value in values.items()
    }
    return {name: {"kind": str(kinds[name]), "value": to_json(value)} for name, value in values.items()}


def decode(encoded: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The inverse of `encode`: dates are dates again, inside lists too."""
    return {
        name: entry["value"] if entry["kind"] == Kind.DICT else _decoded(entry["value"])
        for name, entry in encoded.items()
    }


def to_json(value: Any) -> Any:
    """A date as ``{"date": "AAAA-MM-JJ"}``, everything else as JSON has it."""
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return value


def to_plain(value: Any) -> Any:
    """As people read it: a date as ``AAAA-MM-JJ``, inside a list too."""
    if isinstance(value, date):
        return value.isoformat()
    return [to_plain(item) for item in value] if isinstance(value, list) else value


def _decoded(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) == {"date"}:
        return date.fromisoformat(value["date"])
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    return value


def _unknown(name: str, names: list[str]) -> ArchipelError:
    near = nearest(name, names, cutoff=0.5)
    return Refused(
        "parameter.unknown",
        "paramètre inconnu « {name} » (paramètres acceptés : {accepted})",
        hint="Le plus proche est « {near} »." if near else "",
        name=name,
        accepted=", ".join(names) or _("aucun"),
        near=near,
    )


_REFINED = {
    "fichier": Kind.FICHIER,
    "dossier": Kind.DOSSIER,
    "dataset": Kind.DATASET,
    "territoire": Kind.TERRITOIRE,
}


def _text(label: Text | str) -> Text:
    return label if isinstance(label, Text) else Text(fr=label)


def _joined(spec: ParameterSpec, entry: Parameter | None, datasets: tuple[str, ...]) -> ParameterSpec:
    if entry is None:
        return spec
    kind, item = spec.kind, spec.item
    if entry.type is not None:
        refined = _REFINED[entry.type]
        if kind is Kind.STR:
            kind = refined
        elif kind is Kind.LIST and item is Kind.STR and refined in (Kind.TERRITOIRE, Kind.DATASET):
            item = refined
        else:
            raise BadValue(_("type « {type} » : l’annotation du notebook doit être « str »", type=entry.type))
    if entry.form is not None and entry.pattern is None:
        raise BadValue(_("« form » dit en mots ce que veut « pattern », et se donne avec lui"))
    if entry.words is not None and kind is not Kind.FICHIER:
        raise BadValue(_("« words » se donne avec « type: fichier », et seulement avec lui"))
    if entry.choices and spec.choices:
        raise BadValue(_("« choices » donné alors que le notebook a un Literal"))
    if Kind.DATASET in (kind, item) and not datasets:
        raise BadValue(_("type « dataset » : le défi ne déclare aucune source"))
    joined = replace(
        spec,
        kind=Kind.ENUM if entry.choices and kind is Kind.STR else kind,
        item=item,
        choices=_choices(entry, item or kind) or spec.choices,
        labels={value: _text(label) for value, label in entry.choice_labels.items()},
        minimum=_bound(entry.minimum, item or kind),
        maximum=_bound(entry.maximum, item or kind),
        pattern=_pattern("pattern", entry.pattern),
        form=entry.form,
        unit=entry.unit,
        help=entry.help,
        companions=entry.companions,
        extensions=entry.extensions,
        words=_pattern("words", entry.words),
        datasets=datasets,
    )
    if joined.minimum is not None and joined.maximum is not None and joined.minimum > joined.maximum:
        raise BadValue(_("bornes à l’envers : {low} > {high}", low=joined.minimum, high=joined.maximum))
    if joined.default not in (MISSING, None):
        read_value(joined.default, joined.accepted())
    return joined


def _bound(value: float | str | None, kind: Kind) -> Any:
    if value is None:
        return None
    if kind is Kind.DATE:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise BadValue(_("borne « {bound} » : date AAAA-MM-JJ attendue", bound=value)) from None
    if isinstance(value, str):
        raise BadValue(_("borne « {bound} » : nombre attendu", bound=value))
    return value


def _choices(entry: Parameter, kind: Kind) -> tuple[Any, ...]:
    """The manifest's choices, of the annotation's type: ``[35, 29]`` are no texts."""
    try:
        return tuple(read_value(choice, Accepted(kind)) for choice in entry.choices)
    except BadValue as problem:
        raise BadValue(f"choices : {problem}") from None


def _pattern(key: str, text: str | None) -> str:
    try:
        return bounded(text or "")
    except TooManyWays:
        told = _("{key} : « {pattern} » se lit de trop de façons (répétition dans une répétition, renvoi)")
        raise BadValue(told.format(key=key, pattern=text)) from None
    except (re.error, RecursionError, OverflowError):
        raise BadValue(_("{key} : expression illisible « {pattern} »", key=key, pattern=text)) from None
