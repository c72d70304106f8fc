"""Registered models as plain values, for the API and the pages: only what this person may see."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from archipel.errors import ArchipelError
from archipel.identity.person import Person
from archipel.models.champions import Declared, Judgement, Promotion, recalled, sha256
from archipel.models.documents import Audit, Card
from archipel.models.verdict import Heard
from archipel.portal.services import Services
from archipel.texts import language


def listed(here: Services, person: Person) -> list[dict[str, Any]]:
    return [_summary(here, model) for model in here.champions.listed(person)]


def shown(here: Services, person: Person, name: str) -> dict[str, Any]:
    """The model, its versions, what is asked of its champion, and its promotions, the latest first."""
    model = here.champions.declared(name, person)
    summary = _summary(here, model)
    promotions = [promoted(one) for one in here.champions.promotions(name)]
    return summary | {
        "thresholds": {
            "card": model.asked.card.model_dump(mode="json"),
            "audit": model.asked.audit.model_dump(mode="json"),
        },
        "may_promote": model.may_promote,
        "may_override": model.may_override,
        "versions": [
            {"version": one.number, "created": one.created, "mlflow_run": one.run}
            for one in here.champions.registry.versions(name)
        ],
        "promotions": promotions,
        # The alias was not set after its line was written, or is not the platform's doing.
        "astray": summary["champion"] != (promotions[0]["version"] if promotions else None),
    }


def judged(here: Services, person: Person, name: str, number: int) -> dict[str, Any]:
    """A version: card, audit, and whether it may be the champion."""
    model = here.champions.declared(name, person)
    found = here.champions.judge(model, number)
    return {
        "version": number,
        "created": found.version.created,
        "mlflow_run": found.version.run,
        "card": _dumped(found.card),
        "card_sha256": sha256(found.documents.card),
        "audit": _dumped(found.audit),
        "detector": found.detector,
        "measures": _measures(found.audit),
        "audit_sha256": sha256(found.documents.audit),
        "synthetic": _synthetic(found),
        "passes": found.verdict.passes,
        "refusals": [refusal(one) for one in found.verdict.refusals],
    }


def refusal(error: ArchipelError) -> dict[str, Any]:
    """``threshold``: the manifest's or the document's key; ``expected``, ``received``, ``by`` where they are
    known."""
    told = {"code": error.code, "threshold": error.where, "message": error.sentence()}
    amounts = {key: error.values[key] for key in ("expected", "received", "by") if key in error.values}
    return told | {key: _plain(value) for key, value in amounts.items()}


def _plain(value: Any) -> Any:
    return round(float(value), 6) if isinstance(value, float) else value


def promoted(promotion: Promotion) -> dict[str, Any]:
    return asdict(promotion) | {"refusals": [refusal(recalled(row)) for row in promotion.refusals]}


def _summary(here: Services, model: Declared) -> dict[str, Any]:
    speaking = language()
    versions = here.champions.registry.versions(model.name)
    defi = here.context.catalog().defis[model.defi]
    return {
        "name": model.name,
        "defi": model.defi,
        "defi_title": defi.title.in_language(speaking),
        "title": model.asked.title.in_language(speaking),
        "task": model.asked.task.in_language(speaking),
        "champion": here.champions.registry.champion(model.name),
        "latest": versions[0].number if versions else None,
    }


def _dumped(document: BaseModel | tuple[Any, ...]) -> dict[str, Any] | None:
    """None for one that could not be read: the refusals say why."""
    return None if isinstance(document, tuple) else document.model_dump(mode="json")


def _measures(audit: Heard) -> dict[str, dict[str, float | None]]:
    """Detector → its figures."""
    return {} if isinstance(audit, tuple) else {k: one.measures() for k, one in audit.detecteurs.items()}


def _synthetic(found: Judgement) -> bool:
    card = isinstance(found.card, Card) and found.card.donnees_synthetiques
    return card or (isinstance(found.audit, Audit) and found.audit.donnees_synthetiques)
