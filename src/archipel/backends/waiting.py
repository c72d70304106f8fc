"""What a pod that has not started waits for, in the words of who waits for it. Pure.

The words that `backends.verdict` gives are reasons; each has its sentence here, of runs and sessions alike.
"""

from __future__ import annotations

from archipel.texts import N_
from archipel.texts import translate as _

WAITING = {
    "image": N_("En attente : l’image n’est pas encore sur le nœud."),
    "unschedulable": N_("En attente : aucun nœud n’a pour l’instant les ressources demandées."),
    "quota": N_("En attente : le quota de l’espace de travail est plein."),
    "volume": N_("En attente : son volume n’est pas prêt."),
    "refused": N_("En attente : le cluster refuse pour l’instant son conteneur."),
    "starting": N_("En attente : son conteneur démarre."),
}


def sentence(reason: str) -> str:
    """The empty text where there is nothing to add."""
    return _(WAITING[reason]) if reason in WAITING else ""
