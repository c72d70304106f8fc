"""A parameter as a form's field: pure, from the same specification that checks its value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archipel.errors import Refusals
from archipel.notebook.accepted import Kind
from archipel.notebook.cell import MISSING, ParameterSpec
from archipel.notebook.parameters import to_plain


@dataclass(frozen=True)
class Field:
    """``widget``: an HTML input type, or ``select``, ``textarea``, ``checkbox``, ``file``, ``folder``.

    ``words``: a name may be typed in place of a file.
    """

    name: str
    label: str
    widget: str
    value: str
    help: str
    accepted: str
    optional: bool
    choices: tuple[tuple[str, str], ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    several: bool = False
    words: bool = False
    error: str = ""

    @property
    def described(self) -> bool:
        return bool(self.help or self.accepted)


WIDGETS = {
    Kind.INT: "number",
    Kind.FLOAT: "number",
    Kind.BOOL: "checkbox",
    Kind.DATE: "date",
    Kind.ENUM: "select",
    Kind.LIST: "textarea",
    Kind.DICT: "textarea",
    Kind.DATASET: "select",
    Kind.FICHIER: "file",
    Kind.DOSSIER: "folder",
}


def fields_of(
    specs: Iterable[ParameterSpec],
    language: str,
    given: Mapping[str, str] | None = None,
    refusals: Refusals | None = None,
) -> list[Field]:
    """One field a parameter, with what was typed (else the default) and what was refused beside it."""
    told = errors_by_name(refusals)
    return [_field(spec, language, (given or {}).get(spec.name), told.get(spec.name, "")) for spec in specs]


def errors_by_name(refusals: Refusals | None) -> dict[str, str]:
    if refusals is None:
        return {}
    named = {}
    for error in refusals.errors:
        name = error.values.get("name") or error.where
        named[str(name)] = str(error)
    return named


def _field(spec: ParameterSpec, language: str, typed: str | None, error: str) -> Field:
    widget = WIDGETS.get(spec.kind, "text")
    label = spec.help.in_language(language)
    return Field(
        name=spec.name,
        label=f"{label} ({spec.unit})" if spec.unit else label,
        widget=widget,
        value=typed if typed is not None else shown_default(spec),
        help="",
        accepted=spec.accepted().sentence(),
        optional=spec.optional,
        choices=tuple((str(c), _label(spec, str(c), language)) for c in spec.accepted().choices),
        attributes=_attributes(spec, widget),
        several=bool(spec.companions),
        words=bool(spec.words),
        error=error,
    )


def _label(spec: ParameterSpec, value: str, language: str) -> str:
    told = spec.labels.get(value)
    return told.in_language(language) if told else value


def shown_default(spec: ParameterSpec) -> str:
    value: Any = spec.default
    if value is MISSING or value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    value = to_plain(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _attributes(spec: ParameterSpec, widget: str) -> dict[str, str]:
    """Bounds for the browser; the server checks them again, with the same words as everywhere."""
    found = {}
    if widget in ("number", "date"):
        for name, bound in (("min", spec.minimum), ("max", spec.maximum)):
            if bound is not None:
                found[name] = str(bound)
        if widget == "number":
            found["step"] = "1" if spec.kind is Kind.INT else "any"
    return found


def given_of(form: Mapping[str, str], specs: Iterable[ParameterSpec]) -> dict[str, str]:
    """What a form says of each parameter; an empty field of an optional one is left out as not given."""
    given = {}
    for spec in specs:
        if spec.name in form and not (form[spec.name] == "" and spec.optional):
            given[spec.name] = form[spec.name]
    return given
