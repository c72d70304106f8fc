"""The groups' common folders in the pod of a session: those of the person's own groups, and no other's. Pure.

Every pod has the same account: what keeps a group's folder from who is not of it is that it is not mounted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archipel.names import is_slug

PLACE = "/groupes"
_VOLUME = "groups"

Dicts = list[dict[str, Any]]


def laid(volumes: Dicts, mounts: Dicts, claim: str, groups: Iterable[str], scope: str) -> tuple[Dicts, Dicts]:
    """Volumes and mounts of a start, whatever an earlier one had. ``claim``: "" where there is none.

    ``scope``: of a session marked « sensible », which shares nothing.
    """
    volumes = [one for one in volumes if one["name"] != _VOLUME]
    mounts = [one for one in mounts if one["name"] != _VOLUME]
    own = sorted(filter(is_slug, groups)) if claim and not scope else []
    if own:
        volumes.append({"name": _VOLUME, "persistentVolumeClaim": {"claimName": claim}})
        mounts += [{"name": _VOLUME, "mountPath": f"{PLACE}/{group}", "subPath": group} for group in own]
    return volumes, mounts
