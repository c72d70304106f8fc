"""What the pages say of what is marked « sensible »: to everybody what is held, to administrators why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from archipel.identity.person import Person
from archipel.isolation import CUT, DOUBTS, Held, Verdict
from archipel.portal.services import Services
from archipel.runs.canary import anything_marked
from archipel.texts import N_
from archipel.texts import translate as _

TARGETS = {
    "api": N_("le serveur d’API du cluster"),
    "database": N_("la base de la plateforme"),
    "store": N_("le magasin d’objets, en direct"),
    "proxy": N_("les commandes du mandataire"),
    "scheduler": N_("l’ordonnanceur"),
    "kubelet": N_("le kubelet du nœud"),
    "metadata": N_("les métadonnées du nuage"),
    "hub": N_("le hub"),
    "portal": N_("le portail"),
    "mlflow": N_("MLflow"),
    "dashboards": N_("le front des tableaux"),
}
KINDS = {
    "session": N_("d’une session"),
    "run": N_("d’une exécution"),
    "dashboard": N_("d’un tableau vivant"),
}


def held_now(here: Services, slug: str) -> str:
    """Why a défi marked « sensible » does not start now; "" where it does, or is not marked."""
    scope = here.context.sensible_scope(slug)
    held = here.context.isolation.held() if scope else None
    return _told(held) if held else ""


def state(here: Services, person: Person) -> dict[str, Any] | None:
    """For administrators, where anything is marked: the last trial, and what it found."""
    catalog = here.context.catalog()
    if not anything_marked(catalog) or not person.administers(catalog):
        return None
    isolation = here.context.isolation
    held, verdict = isolation.held(), isolation.verdict()
    return {
        "ok": held is None,
        "told": _told(held) if held else "",
        "at": _instant(verdict) if verdict else None,
        "found": found(verdict) if verdict else [],
    }


def found(verdict: Verdict) -> list[str]:
    """What the trial saw, a sentence each: destinations that answer, or why it proved nothing."""
    if verdict.state == CUT:
        return []
    if verdict.why:
        return [_(DOUBTS.get(verdict.why, DOUBTS["silent"]))]
    told = []
    for one in verdict.reached:
        kind, _arrow, target = one.partition(" → ")
        name = _(TARGETS[target]) if target in TARGETS else target
        told.append(_("{target} répond au pod {kind}", target=name, kind=_(KINDS.get(kind, kind))))
    return told


def _told(held: Held) -> str:
    sentence = held.sentence()
    return f"{sentence[0].upper()}{sentence[1:]}. {held.next_step()}"


def _instant(verdict: Verdict) -> str:
    return datetime.fromtimestamp(verdict.at, UTC).isoformat(timespec="seconds")
