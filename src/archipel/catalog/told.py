"""One fault that pydantic found, as a sentence with its place and the nearest accepted word."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from archipel.catalog.yamltree import Tree
from archipel.errors import ArchipelError, Refused
from archipel.names import nearest
from archipel.texts import N_

_SENTENCES = {
    "missing": N_("valeur manquante"),
    "string_type": N_("texte attendu, reçu {got}"),
    "int_type": N_("nombre entier attendu, reçu {got}"),
    "int_parsing": N_("nombre entier attendu, reçu {got}"),
    "float_type": N_("nombre attendu, reçu {got}"),
    "float_parsing": N_("nombre attendu, reçu {got}"),
    "bool_type": N_("« true » ou « false » attendu, reçu {got}"),
    "bool_parsing": N_("« true » ou « false » attendu, reçu {got}"),
    "model_type": N_("groupe de clés attendu, reçu {got}"),
    "dict_type": N_("groupe de clés attendu, reçu {got}"),
    "tuple_type": N_("liste attendue, reçu {got}"),
    "string_too_short": N_("texte trop court ({min_length} caractères au moins)"),
    "string_too_long": N_("texte trop long ({max_length} caractères au plus)"),
    "string_pattern_mismatch": N_("forme refusée : {got} (attendue : {pattern})"),
    "greater_than": N_("{got} refusé : plus grand que {gt} attendu"),
    "greater_than_equal": N_("{got} refusé : {ge} au moins"),
    "less_than_equal": N_("{got} refusé : {le} au plus"),
    "value_error": N_("{error}"),
}


def told(error: Any, tree: Tree, model: type[BaseModel]) -> ArchipelError:
    """``error``: one of `ValidationError.errors`, of ``model`` checked against ``tree``."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    kind, got, context = error["type"], error.get("input"), error.get("ctx", {})
    where = tree.place(path)
    if kind == "extra_forbidden":
        accepted = _accepted_keys(model, path[:-1])
        near = nearest(str(path[-1]), accepted)
        return Refused(
            "catalog.unknown-key",
            "clé inconnue « {key} » (acceptées : {accepted})",
            hint="La plus proche est « {near} »." if near else "",
            where=where,
            key=path[-1],
            accepted=", ".join(accepted),
            near=near,
        )
    if kind == "literal_error":
        words = re.findall("'([^']*)'", context["expected"])
        near = nearest(str(got), words)
        return Refused(
            "catalog.choice",
            "« {got} » refusé (acceptés : {accepted})",
            hint="Le plus proche est « {near} »." if near else "",
            where=where,
            got=str(got)[:80],
            accepted=", ".join(words),
            near=near,
        )
    values = {key: value for key, value in context.items() if key not in ("got", "reason")}
    return Refused(
        f"catalog.{kind.replace('_', '-')}",
        _SENTENCES.get(kind, N_("valeur refusée : {reason}")),
        where=where,
        got=repr(got)[:80],
        reason=error["msg"],
        **values,
    )


def _accepted_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that the model accepts at a path: walks annotations through dicts and optional parts."""
    current: Any = model
    for part in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {field.alias or name: field for name, field in current.model_fields.items()}
            current = fields[str(part)].annotation if part in fields else None
        else:
            arguments = [one for one in getattr(current, "__args__", ()) if one is not Ellipsis]
            current = arguments[-1] if arguments else None
        current = _bare(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _bare(annotation: Any) -> Any:
    """``X | None`` → ``X``."""
    arguments = [a for a in getattr(annotation, "__args__", ()) if a is not type(None)]
    if len(arguments) == 1 and type(None) in annotation.__args__:
        return arguments[0]
    return annotation
