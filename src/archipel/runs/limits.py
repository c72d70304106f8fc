"""What may be asked of the platform before anybody has reviewed it: a draft's own catalogue. Pure."""

from __future__ import annotations

from datetime import timedelta

from archipel.catalog.models import Catalog, Execution, Resources
from archipel.errors import Forbidden
from archipel.identity.person import Person

DRAFT_TIMEOUT = timedelta(hours=4)
"""Half a working day: what takes longer holds a slot that others wait for, and is taken in first."""


def demand(asked: Execution, pinned: Execution | None, person: Person, catalog: Catalog) -> None:
    """Raises `Forbidden` for an execution of a draft that asks more than its author could have otherwise: by
    the pinned execution of that name, or in a session. ``catalog``: the pinned one."""
    demand_resources(asked.resources, pinned.resources if pinned else None, person, catalog)
    most = max(DRAFT_TIMEOUT, pinned.timeout_delta if pinned else DRAFT_TIMEOUT)
    if asked.timeout_delta > most:
        _refuse("timeout", asked.timeout, f"{int(most.total_seconds() // 60)}m")


def demand_resources(asked: Resources, pinned: Resources | None, person: Person, catalog: Catalog) -> None:
    open_to = (one for one in catalog.profiles.values() if person.works_on(one.audience, catalog))
    allowed = [*((pinned,) if pinned else ()), *(one.resources for one in open_to)] or [Resources()]
    if asked.cpu > (cpu := max(one.cpu for one in allowed)):
        _refuse("cpu", asked.cpu, cpu)
    if asked.memory_bytes > (largest := max(allowed, key=lambda one: one.memory_bytes)).memory_bytes:
        _refuse("memory", asked.memory, largest.memory)
    if asked.gpu > (gpu := max(one.gpu for one in allowed)):
        _refuse("gpu", asked.gpu, gpu)


def _refuse(what: str, got: object, most: object) -> None:
    raise Forbidden(
        "draft.resources",
        "ce brouillon demande « {what}: {got} », et {most} au plus vous sont permis",
        hint="C’est la part de l’exécution du contenu épinglé, ou de votre plus grand profil : faites "
        "prendre ce contenu d’abord.",
        what=what,
        got=got,
        most=most,
    )
