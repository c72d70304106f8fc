"""A model's card and its audit, as their authors wrote them: JSON, read strictly.

Both are French documents, as the défis' results are. A gap is a difference of recalls, hence between -1 and
1: 0.03 is 3 points.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from archipel.errors import Refused
from archipel.texts import N_
from archipel.texts import translate as _

CARD, AUDIT = "carte.json", "audit.json"
MAX_BYTES = 2 * 1024**2

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=20_000)]
"""« à compléter » says nothing: a sentence is longer."""
Share = Annotated[float, Field(ge=0, le=1)]
Gap = Annotated[float, Field(ge=-1, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Document(BaseModel):
    """What it does not know it keeps aside: a document may say more."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", allow_inf_nan=False)


def _filled(some: tuple[Any, ...]) -> tuple[Any, ...]:
    if not some:
        raise ValueError(_("liste vide"))
    return some


class Metric(_Document):
    """A figure of the card, on a named set, with its interval."""

    nom: Word
    jeu: Word
    valeur: float
    bas: float
    haut: float
    unite: str = ""

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.bas <= self.valeur <= self.haut:
            raise ValueError(_("« valeur » hors de son intervalle « bas », « haut »"))
        return self


class TrainingData(_Document):
    nom: Word
    licence: Word
    synthetique: bool


class Card(_Document):
    """What every card says. ``detecteur``: the model's own name in its audit."""

    modele: Word
    version: Word
    date: date
    responsable: Word
    detecteur: Word
    usage: Prose
    limites: Prose
    interdits: Prose
    ethique: Prose
    donnees: Annotated[tuple[TrainingData, ...], AfterValidator(_filled)]
    donnees_synthetiques: bool
    metriques: Annotated[tuple[Metric, ...], AfterValidator(_filled)]

    @model_validator(mode="after")
    def _said_alike(self) -> Self:
        if self.donnees_synthetiques != any(one.synthetique for one in self.donnees):
            raise ValueError(_("« donnees_synthetiques » contredit les « donnees »"))
        return self

    def more(self, field: str) -> Any:
        """A text that a défi asks for beside the others; None where the card has none."""
        return (self.model_extra or {}).get(field)


class GroupGap(_Document):
    """Between two groups of one condition: recall of ``a`` minus recall of ``b``."""

    condition: Word
    groupe_a: Word
    groupe_b: Word
    n_a: Count
    n_b: Count
    ecart: Gap
    bas: Gap
    haut: Gap
    p_holm: Share | None = None
    puissance_3_points: Share | None = None

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.bas <= self.ecart <= self.haut:
            raise ValueError(_("« ecart » hors de son intervalle « bas », « haut »"))
        return self

    @property
    def bound(self) -> float:
        """The largest gap, either way, that the interval still allows."""
        return max(abs(self.bas), abs(self.haut))


class Judged(_Document):
    """One detector of the audit. ``sha256``: of the file that was judged.

    Its figures (``rappel``, ``fppi``, ``puissance_3_points``) are numbers, or ``{valeur, bas, haut}``.
    """

    ecarts: tuple[GroupGap, ...]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None

    def measures(self) -> dict[str, float | None]:
        """Its figures; None for one that was not measured."""
        told = self.model_extra or {}
        values = {k: v.get("valeur", "") if isinstance(v, dict) else v for k, v in told.items()}
        return {k: _finite(v) for k, v in values.items() if v is None or type(v) in (int, float)}


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


class Audit(_Document):
    version: Literal[1]
    donnees_synthetiques: bool
    detecteurs: dict[Word, Judged]


D = TypeVar("D", Card, Audit)


def detector_named(data: bytes | None) -> str:
    """The detector that a card names, though the rest of it may be wrong; "" where it names none."""
    try:
        told = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return ""
    name = told.get("detecteur") if isinstance(told, dict) else None
    return name.strip() if isinstance(name, str) else ""


_REASONS = {
    "missing": N_("valeur manquante"),
    "string_type": N_("texte attendu"),
    "bool_type": N_("« true » ou « false » attendu"),
    "int_type": N_("nombre entier attendu"),
    "float_type": N_("nombre attendu"),
    "finite_number": N_("nombre fini attendu"),
    "model_type": N_("groupe de clés attendu"),
    "dict_type": N_("groupe de clés attendu"),
    "tuple_type": N_("liste attendue"),
    "date_parsing": N_("date AAAA-MM-JJ attendue"),
    "date_from_datetime_parsing": N_("date AAAA-MM-JJ attendue"),
    "date_type": N_("date AAAA-MM-JJ attendue"),
    "string_too_short": N_("texte trop court ({min_length} caractères au moins)"),
    "string_too_long": N_("texte trop long ({max_length} caractères au plus)"),
    "greater_than_equal": N_("{ge:g} au moins"),
    "less_than_equal": N_("{le:g} au plus"),
    "literal_error": N_("{expected} attendu"),
    "value_error": N_("{error}"),
    "json_invalid": N_("ce n’est pas du JSON ({error})"),
}
MOST_FAULTS = 20


def read(document: type[D], name: str, data: bytes | None) -> D | tuple[Refused, ...]:
    """``data``: the file's bytes, None where it is absent. What is wrong with it is told, never raised."""
    if data is None:
        return (Refused("model.no-document", "absent des fichiers de la version et de son run", where=name),)
    if len(data) > MAX_BYTES:
        most = MAX_BYTES // 1024**2
        return (Refused("model.document-size", "trop gros : {most} Mio au plus", where=name, most=most),)
    try:
        return document.model_validate_json(data)
    except ValidationError as invalid:
        return tuple(_faults(name, invalid))


def _faults(name: str, invalid: ValidationError) -> Iterator[Refused]:
    for error in invalid.errors(include_url=False)[:MOST_FAULTS]:
        place = ".".join(str(part) for part in error["loc"])
        context: Mapping[str, Any] = error.get("ctx", {})
        reason = _(_REASONS.get(error["type"], N_("valeur refusée")))
        where = f"{name}:{place}" if place else name
        yield Refused("model.document", "{reason}", where=where, reason=reason.format(**context))
