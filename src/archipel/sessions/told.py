"""What a session tells its person, as sentences in their language."""

from __future__ import annotations

from typing import Any, Protocol

from archipel.texts import N_, paris
from archipel.texts import translate as _


class Kept(Protocol):
    start: dict[str, str]
    ends: float
    why: str
    newer: bool


REASONS = {
    "home.full": N_("Votre dossier est plein : rien de plus ne peut y être écrit."),
    "home.closed": N_("Votre dossier n’accepte aucune écriture : prévenez l’administrateur."),
    "home.silent": N_("Le disque de votre dossier ne répond pas, ou trop lentement."),
    "prepare.failed": N_("Votre environnement personnel n’a pas pu être préparé."),
    "server.died": N_("JupyterLab s’est arrêté dès son démarrage avec vos paquets et vos réglages."),
    "server.silent": N_("JupyterLab n’a pas répondu à temps avec vos paquets et vos réglages."),
    "page.broken": N_("La page de JupyterLab ne s’affiche pas avec vos extensions et vos réglages."),
    "kernel.died": N_("Aucun noyau Python ne démarre avec vos paquets et vos fichiers de démarrage."),
    "kernel.silent": N_("Le noyau Python ne répond pas avec vos paquets et vos fichiers de démarrage."),
    "asked": N_("Vous avez demandé le mode de secours."),
}


def reason(trouble: str) -> str:
    """Why a session is in rescue mode; "" for one that is not."""
    return _(REASONS.get(trouble, REASONS["server.died"])) if trouble else ""


LONGEST = 140
"""Letters that JupyterLab shows of a notification."""


def notices(keeper: Kept) -> list[dict[str, Any]]:
    """What JupyterLab and the pages show now. ``id`` changes when it is to be shown again."""
    found: list[dict[str, Any]] = []
    if trouble := keeper.start.get("trouble", ""):
        text = _("Mode de secours. {reason}", reason=reason(trouble))
        found.append({"id": f"rescue-{trouble}", "kind": "error", "text": text})
    if keeper.ends:
        sentence = {
            "gpu": N_("Votre GPU ne sert pas : la session s’arrêtera à {time} pour le rendre."),
            "idle": N_("Rien ne se passe dans cette session : elle s’arrêtera à {time}."),
        }[keeper.why]
        time = hour(keeper.ends)
        text = _(sentence, time=time) + " " + _("Vos fichiers restent ; enregistrez ce qui ne l’est pas.")
        found.append({"id": f"ends-{int(keeper.ends)}", "kind": "warning", "text": text, "keep": True})
    if keeper.newer:
        text = _(
            "Une version plus récente de cet environnement est là : arrêtez la session depuis l’accueil, "
            "puis ouvrez-la de nouveau."
        )
        found.append({"id": "newer", "kind": "info", "text": text})
    return found


def hour(seconds: float) -> str:
    """``14:05`` in Paris."""
    from datetime import UTC, datetime

    return paris(datetime.fromtimestamp(seconds, UTC).isoformat())[-5:]
