"""One value against what is accepted: strict conversion from text or JSON."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from archipel.names import nearest
from archipel.notebook.accepted import Accepted, Kind
from archipel.notebook.literals import BadValue, literal, readable
from archipel.notebook.patterns import MOST_TEXT, affordable
from archipel.notebook.territories import is_territory
from archipel.texts import translate as _

MAX_TEXT = 100_000
MOST_NUMBER = 10**18


def read_value(value: Any, accepted: Accepted) -> Any:
    """``value`` (text, JSON or Python) as the Python value of its kind. Raises `BadValue`."""
    if value is None or (value == "" and accepted.optional):
        if accepted.optional:
            return None
        raise BadValue(_("valeur vide"))
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise BadValue(_("texte de plus de {n} caractères").format(n=MAX_TEXT), "bounds")
    result = _READERS[accepted.kind](value, accepted)
    _within(result, accepted)
    return result


def _within(value: Any, accepted: Accepted) -> None:
    if accepted.choices and accepted.kind is not Kind.LIST and value not in accepted.choices:
        raise BadValue(_("hors de la liste"), "bounds")
    items = value if isinstance(value, list) else [value]
    if accepted.pattern and not affordable(accepted.pattern, len(items)):
        raise BadValue(_("liste trop longue pour sa forme"), "bounds")
    for item in items:
        low, high = accepted.minimum, accepted.maximum
        if isinstance(item, int | float | date) and not isinstance(item, bool):
            if low is not None and item < low:
                raise BadValue(_("trop petit"), "bounds")
            if high is not None and item > high:
                raise BadValue(_("trop grand"), "bounds")
        if accepted.pattern and isinstance(item, str):
            if len(item) > MOST_TEXT:
                raise BadValue(_("texte de plus de {n} caractères").format(n=MOST_TEXT), "bounds")
            if not re.fullmatch(accepted.pattern, item):
                raise BadValue(_("forme inattendue"), "bounds")
    if isinstance(value, dict):
        _dict_within(value, accepted)


def _dict_within(value: Mapping[str, Any], accepted: Accepted) -> None:
    for key, item in value.items():
        number = isinstance(item, int | float) and not isinstance(item, bool)
        if (accepted.minimum is not None or accepted.maximum is not None) and not number:
            raise BadValue(_("« {key} » : nombre attendu").format(key=key))
        if number and accepted.minimum is not None and item < accepted.minimum:
            raise BadValue(_("« {key} » trop petit").format(key=key), "bounds")
        if number and accepted.maximum is not None and item > accepted.maximum:
            raise BadValue(_("« {key} » trop grand").format(key=key), "bounds")


def _int(value: Any, _accepted: Accepted) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
        return int(value)
    raise BadValue(_("ce n’est pas un nombre entier"))


def _float(value: Any, _accepted: Accepted) -> float:
    if isinstance(value, str):
        if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value.strip()):
            raise BadValue(_("ce n’est pas un nombre"))
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            if math.isfinite(value := float(value)):
                return value
    raise BadValue(_("ce n’est pas un nombre"))


def _bool(value: Any, _accepted: Accepted) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "vrai": True, "oui": True, "false": False, "faux": False, "non": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise BadValue(_("ni vrai ni faux"))


def _str(value: Any, _accepted: Accepted) -> str:
    if not isinstance(value, str):
        raise BadValue(_("ce n’est pas un texte"))
    return readable(value)


def _date(value: Any, _accepted: Accepted) -> date:
    if type(value) is date:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise BadValue(_("cette date n’existe pas")) from None
    raise BadValue(_("ce n’est pas une date"))


def _enum(value: Any, accepted: Accepted) -> Any:
    for choice in accepted.choices:
        same = type(choice) is type(value) and choice == value
        if same or (isinstance(value, str) and str(choice) == value.strip()):
            return choice
    near = nearest(str(value), map(str, accepted.choices))
    told = _("hors de la liste ; le plus proche est « {near} »", near=near) if near else _("hors de la liste")
    raise BadValue(told, "bounds")


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value

    def refuse(_text: str) -> Any:
        raise BadValue(_("NaN et infini refusés"))

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        group: dict[str, Any] = {}
        for key, item in items:
            if key in group:
                raise BadValue(_("clé « {key} » donnée deux fois").format(key=key))
            group[key] = item
        return group

    try:
        return json.loads(value, parse_constant=refuse, object_pairs_hook=pairs)
    except BadValue:
        raise
    except (ValueError, RecursionError):
        # ValueError: not JSON, or a number of more digits than Python reads.
        raise BadValue(_("ce n’est pas du JSON")) from None


def _list(value: Any, accepted: Accepted) -> list[Any]:
    items = _json(value)
    if not isinstance(items, list | tuple):
        raise BadValue(_("ce n’est pas une liste"))
    kind = accepted.item or (Kind.ENUM if accepted.choices else Kind.STR)
    one = Accepted(kind, choices=accepted.choices)
    if kind in (Kind.STR, Kind.TERRITOIRE):
        # Codes are often typed without their quotes: [35, 59].
        items = [str(item) if type(item) is int and abs(item) < MOST_NUMBER else item for item in items]
    values = [_READERS[kind](item, one) for item in items]
    if one.choices and any(value not in one.choices for value in values):
        raise BadValue(_("hors de la liste"), "bounds")
    return values


def _dict(value: Any, _accepted: Accepted) -> dict[str, Any]:
    group = _json(value)
    if not isinstance(group, dict) or not all(isinstance(key, str) for key in group):
        raise BadValue(_("ce n’est pas un groupe {clé: valeur}"))
    literal(group)
    return group


def is_word(words: str, value: str) -> bool:
    """Whether ``value`` is of the form ``words`` (none: of no form)."""
    return bool(words) and len(value) <= MOST_TEXT and re.fullmatch(words, value) is not None


def _file(value: Any, accepted: Accepted) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"upload"} and isinstance(value["upload"], str):
            return dict(value)
        raise BadValue(_('envoi attendu : {{"upload": identifiant}}').format())
    path = _str(value, accepted)
    if is_word(accepted.words, path):
        return path
    if not path:
        raise BadValue(_("chemin vide"))
    if accepted.extensions and not path.lower().endswith(tuple(e.lower() for e in accepted.extensions)):
        raise BadValue(_("terminaison inattendue"), "bounds")
    return path


def _territory(value: Any, accepted: Accepted) -> str:
    code = _str(value, accepted).strip().upper()
    if not is_territory(code):
        raise BadValue(_("territoire inconnu"), "bounds")
    return code


_READERS = {
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: _bool,
    Kind.STR: _str,
    Kind.DATE: _date,
    Kind.ENUM: _enum,
    Kind.LIST: _list,
    Kind.DICT: _dict,
    Kind.DATASET: _enum,
    Kind.TERRITOIRE: _territory,
    Kind.FICHIER: _file,
    Kind.DOSSIER: _file,
}
