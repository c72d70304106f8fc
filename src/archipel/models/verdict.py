"""Whether a version may be the champion, by its card, its audit and what its défi asks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archipel.catalog.registered import Bounds, GapThreshold, RegisteredModel
from archipel.errors import Refused
from archipel.models.documents import AUDIT, CARD, Audit, Card, GroupGap, Judged
from archipel.texts import language

SHORT = 20


class Figure(float):
    """A number as its reader writes it: « 3,2 » in French."""

    def __format__(self, spec: str) -> str:
        text = format(float(self), spec or ".4g")
        return text.replace(".", ",") if language() == "fr" else text


@dataclass(frozen=True)
class Verdict:
    """``refusals``: each names its threshold (``where``); its ``values`` have what was ``expected``, what was
    ``received``, and how much is between them (``by``), where these are known."""

    refusals: tuple[Refused, ...]

    @property
    def passes(self) -> bool:
        return not self.refusals


Read = Card | tuple[Refused, ...]
Heard = Audit | tuple[Refused, ...]


def verdict(
    name: str,
    asked: RegisteredModel,
    card: Read,
    audit: Heard,
    detector: str,
    files: frozenset[str] = frozenset(),
) -> Verdict:
    """``card``, ``audit``: as they were read, or what is wrong with them. ``detector``: the model's own name
    in the audit. ``files``: SHA-256 of the version's files."""
    refusals = list(card) if isinstance(card, tuple) else [*_card(name, asked, card)]
    if isinstance(audit, tuple):
        return Verdict((*refusals, *audit))
    if isinstance(card, Card) and audit.donnees_synthetiques and not card.donnees_synthetiques:
        refusals.append(
            Refused(
                "model.synthetic",
                "l’audit repose sur des données synthétiques, la carte dit que non",
                where=f"{CARD}:donnees_synthetiques",
            )
        )
    if detector:
        # Otherwise the card has said already that it names none.
        refusals += _audit(asked, audit, detector, files)
    return Verdict(tuple(refusals))


def _card(name: str, asked: RegisteredModel, card: Card) -> Iterator[Refused]:
    if card.modele != name:
        yield Refused(
            "model.card-other",
            "la carte est celle de « {received} », non de « {expected} »",
            where=f"{CARD}:modele",
            expected=name,
            received=card.modele,
        )
    for field in asked.card.fields:
        text = card.more(field)
        received = len(text.strip()) if isinstance(text, str) else 0
        if received < SHORT:
            yield Refused(
                "model.card-field",
                "la carte doit dire « {field} » : {expected} caractères au moins, {received} reçus",
                where=f"{CARD}:{field}",
                field=field,
                expected=SHORT,
                received=received,
                by=SHORT - received,
            )


def _audit(asked: RegisteredModel, audit: Audit, detector: str, files: frozenset[str]) -> Iterator[Refused]:
    judged = audit.detecteurs.get(detector)
    if judged is None:
        yield Refused(
            "model.not-audited",
            "l’audit ne dit rien de « {expected} » (il y a : {received})",
            where=f"{AUDIT}:detecteurs",
            expected=detector,
            received=", ".join(audit.detecteurs) or "—",
        )
        return
    yield from _identity(asked, judged, files)
    for condition, threshold in asked.audit.gaps.items():
        yield from _condition(condition, threshold, judged)
    for key, bounds in asked.audit.measures.items():
        yield from _measure(key, bounds, judged)


def _identity(asked: RegisteredModel, judged: Judged, files: frozenset[str]) -> Iterator[Refused]:
    """An audit of another model's file proves nothing of this one."""
    if judged.sha256 is None and asked.audit.identified:
        yield Refused(
            "model.audit-anonymous",
            "l’audit ne dit pas quel fichier il a jugé (« sha256 »)",
            where="audit.identified",
        )
    if judged.sha256 is not None and judged.sha256 not in files:
        yield Refused(
            "model.audit-other",
            "l’audit a jugé un fichier ({received}…) qui n’est pas de cette version",
            where="audit.identified",
            received=judged.sha256[:12],
        )


def _condition(condition: str, threshold: GapThreshold, judged: Judged) -> Iterator[Refused]:
    found = [one for one in judged.ecarts if one.condition == condition]
    if not found:
        yield Refused(
            "model.gap-absent",
            "aucun écart n’est mesuré par « {condition} »",
            where=f"audit.gaps.{condition}",
            condition=condition,
        )
    yield from _sizes(condition, threshold, found)
    for one in found:
        yield from _gap(threshold, one)
        yield from _power(threshold, one)


def _sizes(condition: str, threshold: GapThreshold, found: list[GroupGap]) -> Iterator[Refused]:
    """Each group once, however many others it is held against."""
    counts: dict[str, int] = {}
    for one in found:
        for group, count in ((one.groupe_a, one.n_a), (one.groupe_b, one.n_b)):
            counts[group] = min(count, counts.get(group, count))
    for group, count in counts.items():
        if count < threshold.n_min:
            yield Refused(
                "model.n-min",
                "{condition}, {group} : {received} seulement, {expected} au moins, il en manque {by}",
                where=f"audit.gaps.{condition}.n_min",
                condition=condition,
                group=group,
                expected=threshold.n_min,
                received=count,
                by=threshold.n_min - count,
            )


def _gap(threshold: GapThreshold, one: GroupGap) -> Iterator[Refused]:
    place = f"audit.gaps.{one.condition}"
    between = {"condition": one.condition, "a": one.groupe_a, "b": one.groupe_b}
    measured, bound = 100 * abs(one.ecart), 100 * one.bound
    if _over(measured, threshold.estimate_max):
        yield Refused(
            "model.gap",
            "{condition}, {a} et {b} : {received:.2f} points d’écart, {expected:.2f} au plus, "
            "soit {by:.2f} de trop",
            where=f"{place}.estimate_max",
            **between,
            **_figures(threshold.estimate_max, measured),
        )
    if threshold.bound_max is not None and _over(bound, threshold.bound_max):
        yield Refused(
            "model.gap-bound",
            "{condition}, {a} et {b} : l’intervalle va jusqu’à {received:.2f} points d’écart, "
            "{expected:.2f} au plus, soit {by:.2f} de trop",
            where=f"{place}.bound_max",
            **between,
            **_figures(threshold.bound_max, bound),
        )


def _power(threshold: GapThreshold, one: GroupGap) -> Iterator[Refused]:
    """A gap that could not have been seen is not shown to be small."""
    if threshold.power_min is None:
        return
    between = {"condition": one.condition, "a": one.groupe_a, "b": one.groupe_b}
    place, power = f"audit.gaps.{one.condition}.power_min", one.puissance_3_points
    if power is None:
        yield Refused(
            "model.power-absent",
            "{condition}, {a} et {b} : l’audit ne dit pas sa puissance à 3 points d’écart",
            where=place,
            **between,
        )
    elif _over(threshold.power_min, power):
        yield Refused(
            "model.power",
            "{condition}, {a} et {b} : puissance {received:.2f} à 3 points d’écart, {expected:.2f} au moins, "
            "il manque {by:.2f}",
            where=place,
            **between,
            **_figures(threshold.power_min, power),
        )


def _measure(key: str, bounds: Bounds, judged: Judged) -> Iterator[Refused]:
    value, place = judged.measures().get(key), f"audit.measures.{key}"
    if value is None:
        yield Refused("model.measure-absent", "« {key} » n’est pas mesuré", where=place, key=key)
        return
    if bounds.min is not None and _over(bounds.min, value):
        yield Refused(
            "model.measure-low",
            "« {key} » : {received}, {expected} au moins, il manque {by}",
            where=f"{place}.min",
            key=key,
            **_figures(bounds.min, value),
        )
    if bounds.max is not None and _over(value, bounds.max):
        yield Refused(
            "model.measure-high",
            "« {key} » : {received}, {expected} au plus, soit {by} de trop",
            where=f"{place}.max",
            key=key,
            **_figures(bounds.max, value),
        )


def _over(value: float, limit: float) -> bool:
    """Beyond a limit by more than the rounding of a decimal fraction: 100 x 0.03 is 3."""
    return value - limit > 1e-9 * max(1.0, abs(limit))


def _figures(expected: float, received: float) -> dict[str, Any]:
    by = abs(received - expected)
    return {"expected": Figure(expected), "received": Figure(received), "by": Figure(by)}
