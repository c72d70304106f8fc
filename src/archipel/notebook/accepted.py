"""What a parameter accepts, and how its reader is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from archipel.catalog.base import Text
from archipel.texts import N_, language
from archipel.texts import translate as _


class Kind(StrEnum):
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"
    DATE = "date"
    ENUM = "enum"
    LIST = "list"
    DICT = "dict"
    DATASET = "dataset"
    TERRITOIRE = "territoire"
    FICHIER = "fichier"
    DOSSIER = "dossier"


@dataclass(frozen=True)
class Accepted:
    """What a parameter accepts. ``form``: its pattern in words."""

    kind: Kind
    item: Kind | None = None
    choices: tuple[Any, ...] = ()
    minimum: Any = None
    maximum: Any = None
    pattern: str = ""
    form: Text | None = None
    unit: str = ""
    optional: bool = False
    extensions: tuple[str, ...] = ()
    words: str = ""

    def sentence(self) -> str:
        """``nombre entier de 0 à 4``, ``« dept », « nat » ou « reg »``, ``date AAAA-MM-JJ``…"""
        shown = [f"« {choice} »" for choice in self.choices]
        choices = ", ".join(shown[:12]) + (f"… ({len(shown)})" if len(shown) > 12 else "")
        if choices and self.kind is not Kind.LIST:
            text = choices
        else:
            text = _(_NAMES[self.kind])
            if self.item is not None:
                text += _(" de : ") + (choices or _(_NAMES[self.item]))
            if (
                self.kind is Kind.LIST
                and self.item in (None, Kind.STR)
                and not (choices or self.form or self.pattern)
            ):
                text += _(', comme ["a", "b"]')
        text += self._bounds()
        if self.unit:
            text += f" ({self.unit})"
        if self.form:
            text += f", {self.form.in_language(language())}"
        elif self.pattern:
            text += _(", de la forme {pattern}").format(pattern=self.pattern)
        if self.extensions:
            text += _(", terminé par {endings}").format(endings=_(" ou ").join(self.extensions))
        if self.words:
            text += _(", ou un nom de la forme {pattern}").format(pattern=self.words)
        return text + (_(", ou rien") if self.optional else "")

    def _bounds(self) -> str:
        low, high = self.minimum, self.maximum
        if low is not None and high is not None:
            return _(" de {low} à {high}").format(low=_number(low), high=_number(high))
        if low is not None:
            return _(" à partir de {low}").format(low=_number(low))
        return _(" jusqu’à {high}").format(high=_number(high)) if high is not None else ""


_NAMES = {
    Kind.INT: N_("nombre entier"),
    Kind.FLOAT: N_("nombre (point décimal)"),
    Kind.BOOL: N_("true ou false"),
    Kind.STR: N_("texte"),
    Kind.DATE: N_("date AAAA-MM-JJ"),
    Kind.ENUM: N_("valeur de la liste"),
    Kind.LIST: N_("liste JSON"),
    Kind.DICT: N_('groupe JSON {"clé": valeur}'),
    Kind.DATASET: N_("nom d’une source du défi"),
    Kind.TERRITOIRE: N_("code de territoire (« 35 », « 2A », « 974 », « FRANCE »)"),
    Kind.FICHIER: N_("fichier lisible"),
    Kind.DOSSIER: N_("dossier lisible"),
}


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
