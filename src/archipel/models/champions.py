"""Promotion of a registered model's version to the alias `champion`: who may, what it passes, what is kept.

Whoever changes the défi promotes; an administrator alone overrides a refusal, and says why.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from archipel.catalog.models import Catalog, Defi
from archipel.catalog.registered import RegisteredModel
from archipel.errors import ArchipelError, Conflict, Forbidden, NotFound, Refusals, Refused
from archipel.identity.person import Person
from archipel.models.documents import AUDIT, CARD, Audit, Card, detector_named, read
from archipel.models.registry import Documents, Version
from archipel.models.verdict import Figure, Heard, Read, Verdict, verdict
from archipel.texts import translate as _

REASON = (10, 1000)
"""Characters of the reason of an override."""


class Registry(Protocol):
    """`archipel.models.registry.MlflowRegistry`, seen from here."""

    def versions(self, name: str) -> list[Version]: ...

    def version(self, name: str, number: int) -> Version: ...

    def champion(self, name: str) -> int | None: ...

    def register(self, name: str, experiment: str, files: Mapping[str, bytes]) -> int: ...

    def set_champion(self, name: str, number: int) -> None: ...

    def documents(self, version: Version, experiment: str) -> Documents: ...

    def digests(self, version: Version) -> dict[str, str]: ...


class Journal(Protocol):
    """Where promotions are written down for good: `archipel.runs.promotions.Promotions`."""

    def add(self, row: Mapping[str, Any]) -> None: ...

    def of(self, model: str) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class Promotion:
    """One line of the journal. ``refusals``: what the version did not pass; ``reason``: why it was promoted
    all the same. ``card``, ``audit``, ``files``: SHA-256, the last over the version's files."""

    model: str
    version: int
    previous: int | None
    by: str
    at: str
    refusals: list[dict[str, Any]]
    reason: str
    card: str
    audit: str
    files: str


@dataclass(frozen=True)
class Declared:
    """A model of the catalogue, and what its reader may do."""

    name: str
    defi: str
    asked: RegisteredModel
    may_promote: bool
    may_override: bool


@dataclass(frozen=True)
class Judgement:
    """A version, its two documents as they were read, and whether it may be the champion."""

    version: Version
    documents: Documents
    card: Read
    audit: Heard
    detector: str
    digests: dict[str, str]
    verdict: Verdict


class Champions:
    def __init__(self, registry: Registry, journal: Journal, catalog: Callable[[], Catalog]) -> None:
        self.registry, self._journal, self._catalog = registry, journal, catalog
        self._one = threading.Lock()

    def listed(self, person: Person) -> list[Declared]:
        """The models of the défis that the person reads, by name."""
        catalog = self._catalog()
        found = [
            _declared(name, slug, defi, person, catalog)
            for slug, defi in catalog.defis.items()
            if defi.models and person.works_on(defi.rights.read, catalog)
            for name in defi.models
        ]
        return sorted(found, key=lambda one: one.name)

    def declared(self, name: str, person: Person) -> Declared:
        """Raises `NotFound`, for a model of a défi that is none of the person's business too."""
        catalog = self._catalog()
        found = catalog.model(name)
        if found is None or not person.works_on(found[1].rights.read, catalog):
            raise NotFound("model.unknown", "aucun modèle « {name} »", name=name[:60])
        return _declared(name, found[0], found[1], person, catalog)

    def promotions(self, name: str) -> list[Promotion]:
        """The latest first."""
        return [Promotion(**row) for row in self._journal.of(name)]

    def judge(self, model: Declared, number: int) -> Judgement:
        """Raises `NotFound` for a version that is not there."""
        version = self.registry.version(model.name, number)
        documents = self.registry.documents(version, model.defi)
        card, audit = read(Card, CARD, documents.card), read(Audit, AUDIT, documents.audit)
        detector = detector_named(documents.card)
        digests = self.registry.digests(version) if _names_a_file(audit, detector) else {}
        judged = verdict(model.name, model.asked, card, audit, detector, frozenset(digests.values()))
        return Judgement(version, documents, card, audit, detector, digests, judged)

    def promote(
        self, name: str, number: int, person: Person, *, override: bool = False, reason: str = ""
    ) -> Promotion:
        """Raises `Forbidden`, `Conflict` for the champion itself, `Refusals` with each threshold missed."""
        model = self.declared(name, person)
        _demand_right(model, override)
        reason = _reason(reason) if override else ""
        with self._one:
            judged, previous = self.judge(model, number), self.registry.champion(name)
            if previous == number:
                raise Conflict(
                    "model.champion-already", "la version {number} est déjà championne", number=number
                )
            if override and judged.verdict.passes:
                raise Conflict(
                    "model.nothing-to-override",
                    "la version {number} passe tous les seuils : promouvez-la sans dérogation",
                    number=number,
                )
            if not judged.verdict.passes and not override:
                raise Refusals(judged.verdict.refusals)
            digests = judged.digests or self.registry.digests(judged.version)
            if not digests:
                raise Conflict("model.no-files", "la version {number} n’a aucun fichier", number=number)
            promotion = Promotion(
                model=name,
                version=number,
                previous=previous,
                by=person.name,
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                refusals=[kept(one) for one in judged.verdict.refusals],
                reason=reason,
                card=sha256(judged.documents.card),
                audit=sha256(judged.documents.audit),
                files=_whole(digests),
            )
            # A line without its champion is seen and done again; a champion without a line would be nobody's.
            self._journal.add(asdict(promotion))
            self.registry.set_champion(name, number)
        return promotion


def kept(refusal: ArchipelError) -> dict[str, Any]:
    """A refusal as the journal keeps it: it is told in each reader's language."""
    values = {"code": refusal.code, "threshold": refusal.where, "message": refusal.message}
    return {**values, "values": refusal.values}


def recalled(row: Mapping[str, Any]) -> ArchipelError:
    figures: dict[str, Any] = {
        name: Figure(value) if isinstance(value, float) else value for name, value in row["values"].items()
    }
    return ArchipelError(row["code"], row["message"], where=row["threshold"], **figures)


def sha256(data: bytes | None) -> str:
    return hashlib.sha256(data).hexdigest() if data is not None else ""


def _declared(name: str, slug: str, defi: Defi, person: Person, catalog: Catalog) -> Declared:
    writes = person.works_on(defi.rights.write, catalog)
    return Declared(name, slug, defi.models[name], writes, person.administers(catalog))


def _demand_right(model: Declared, override: bool) -> None:
    if override and not model.may_override:
        raise Forbidden("model.override", "seul un administrateur passe outre un refus")
    if not override and not model.may_promote:
        raise Forbidden("right.missing", "vous n’avez pas le droit de {what}", what=_("promouvoir ce modèle"))


def _reason(given: str) -> str:
    reason = " ".join(given.split())
    if not REASON[0] <= len(reason) <= REASON[1]:
        raise Refused(
            "model.reason",
            "dites pourquoi vous passez outre : de {least} à {most} caractères",
            where="reason",
            least=REASON[0],
            most=REASON[1],
        )
    return reason


def _names_a_file(audit: Heard, detector: str) -> bool:
    judged = audit.detecteurs.get(detector) if isinstance(audit, Audit) else None
    return judged is not None and judged.sha256 is not None


def _whole(digests: Mapping[str, str]) -> str:
    """One SHA-256 for all files: of the lines that `sha256sum` would write, in the order of the names."""
    return sha256("".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode())
