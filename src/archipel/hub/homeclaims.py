"""Whose home a claim is: one that a leaver held is not mounted for who has their name now.

A claim bears the mark of whoever it was made for: when the hub first knew them. The hub forgets a leaver, and
who comes by that name later is somebody that it has known since later.
"""

from __future__ import annotations

from typing import Any

from archipel.texts import translate as _

HOLDER = "archipel/holder"
ABSENT = 404


class Foreign(Exception):
    """The claim bears somebody else's mark."""


def holder(user: Any) -> str:
    return str(user.created.isoformat())


async def demand(api: Any, namespace: str, claim: str, mark: str) -> bool:
    """Whether it is there. Raises `Foreign`.

    A claim without a mark is of before there were any, or an operator gave it away.
    """
    try:
        found = await api.read_namespaced_persistent_volume_claim(claim, namespace)
    except Exception as error:
        if getattr(error, "status", None) == ABSENT:
            return False
        raise
    if (found.metadata.annotations or {}).get(HOLDER, mark) != mark:
        raise Foreign(claim)
    return True


def refusal() -> str:
    return _(
        "Votre dossier personnel est celui de quelqu’un d’autre qui portait ce nom : il n’est pas ouvert. "
        "Dites-le à qui administre cet espace ; le guide de Kubernetes dit comment vous en donner un neuf, "
        "ou vous rendre celui-ci."
    )
