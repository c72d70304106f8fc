"""Why a task ended, or waits, in the words of who reads the run: a cause and a next step. Pure.

The words that a backend gives are its `Status.reason`; each has its sentences here.
"""

from __future__ import annotations

from typing import Any

from archipel.backends import verdict, waiting
from archipel.texts import N_
from archipel.texts import translate as _

FAILED = {
    "timeout": (N_("Délai dépassé"), N_("la durée permise est écoulée")),
    "memory": (
        N_("Mémoire épuisée"),
        N_("l’exécution a manqué de mémoire ; augmentez « resources: memory » dans la déclaration du défi"),
    ),
    "image": (
        N_("Image absente"),
        N_("son image n’est pas dans le registre ; l’exploitant la construit par « make images »"),
    ),
    "unschedulable": (
        N_("Aucune place"),
        N_("aucun nœud n’a eu de quoi l’accueillir ; demandez moins de ressources, ou relancez plus tard"),
    ),
    "volume": (
        N_("Volume absent"),
        N_("son volume n’est pas devenu prêt ; l’exploitant lit pourquoi par « kubectl describe pvc »"),
    ),
    "quota": (
        N_("Quota atteint"),
        N_("le quota de l’espace est resté plein ; attendez la fin d’autres exécutions et relancez"),
    ),
    "refused": (
        N_("Démarrage refusé"),
        N_("le cluster a refusé cette exécution ; le journal de l’ordonnanceur dit pourquoi"),
    ),
}
"""Reason of a task that failed → (error, message)."""

HELD = {
    "sensible.unproven": N_(
        "En attente : défi sensible, et la coupure du réseau n’a pas encore été éprouvée."
    ),
    "sensible.open": N_(
        "En attente : défi sensible, et une destination interdite répond. L’exécution partira "
        "d’elle-même une fois la coupure rétablie."
    ),
    "sensible.unknown": N_(
        "En attente : défi sensible, et la dernière épreuve de la coupure du réseau n’a rien prouvé."
    ),
    "sensible.stale": N_(
        "En attente : défi sensible, et la dernière épreuve de la coupure du réseau est trop ancienne."
    ),
    "sensible.machine": N_(
        "En attente : défi sensible, et une machine seule ne coupe pas le réseau. L’exploitant peut "
        "l’accepter : archipel up --allow-sensible"
    ),
}
"""Code of what holds a queued run → its sentence, kept in French with the run and translated when shown."""

SILENT = N_("En attente : le cluster ne répond pas ; elle partira d’elle-même.")
AWAY = N_("En attente : un service dont elle a besoin ne répond pas ; elle partira d’elle-même.")
"""Of a run whose start nobody answers: the cluster, or what else it stands on."""

ENDED = {
    "evicted": N_("Interrompue : le nœud manquait de place et l’a écartée. Relancez-la."),
    "node-lost": N_("Interrompue : le nœud qui l’exécutait ne répond plus. Relancez-la."),
    "deleted": N_("Interrompue : son pod a été supprimé. Relancez-la."),
}

UNEXPLAINED = {
    137: N_("arrêtée par le système ; le plus souvent, la mémoire a manqué"),
    # `archipel.notebook.pod.UNREACHED`
    4: N_("la plateforme ou son magasin n’ont pas répondu : ses fichiers n’y sont pas tous ; relancez-la"),
}
"""By exit code: what ended without an event that tells why."""


def sentence(reason: str) -> str:
    """Of a task that waits, or was interrupted; "" where there is nothing to add."""
    return _(ENDED[reason]) if reason in ENDED else waiting.sentence(reason)


def failure(reason: str) -> dict[str, Any] | None:
    """Of a task that failed for a reason that its own process could not tell."""
    if reason not in FAILED:
        return None
    error, message = FAILED[reason]
    return {"cell": None, "error": _(error), "message": _(message)}


def refused(said: str) -> dict[str, Any]:
    """Of a task that the cluster would not take. ``said``: its own words, for operators."""
    found = failure(verdict.refused(said))
    assert found is not None
    return found


def unexplained(exit_code: int | None) -> dict[str, Any]:
    found = UNEXPLAINED.get(exit_code or 0)
    message = _(found) if found else _("voir le journal")
    return {"cell": None, "error": f"Code {exit_code}", "message": message}
