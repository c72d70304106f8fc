"""Why a session on a cluster is not there yet, or could not be: a cause and a next step. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archipel.backends import verdict, waiting
from archipel.texts import N_
from archipel.texts import translate as _

FAILED = {
    "image": N_("Son image n’est pas dans le registre : dites-le à qui administre cet espace."),
    "unschedulable": N_(
        "Aucun nœud n’a eu de quoi l’accueillir : choisissez un profil plus petit, ou réessayez plus tard."
    ),
    "volume": N_(
        "Son dossier personnel, ou celui d’un groupe, n’a pas de volume prêt : dites-le à qui administre cet "
        "espace."
    ),
    "quota": N_("L’espace est plein : une place se libère quand une session ou une exécution se termine."),
    "refused": N_("Le cluster l’a refusée : le journal du hub dit pourquoi à qui administre cet espace."),
    "starting": N_("Elle n’a pas démarré à temps : réessayez ; sinon, dites-le à qui administre cet espace."),
}
"""Reason of `backends.verdict` → what is told once the session is given up."""


def told(pod: Mapping[str, Any] | None) -> str:
    """While it is waited for; "" where nothing holds it up."""
    return waiting.sentence(verdict.waits(pod, ())) if pod is not None else ""


def given_up(pod: Mapping[str, Any] | None) -> str:
    """Once it has been waited for too long."""
    return _(FAILED[verdict.waits(pod, ()) or "starting"])


def refused(body: str | bytes | None) -> str:
    """What the API server answered to a pod or a claim that it would not make."""
    try:
        said = str(json.loads(body or "{}").get("message", ""))
    except (ValueError, AttributeError):
        said = ""
    return _(FAILED[verdict.refused(said)])
