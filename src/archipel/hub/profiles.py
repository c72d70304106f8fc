"""Catalogue → what a person may launch, as plain values. Pure."""

from __future__ import annotations

from typing import Any

from archipel.catalog.models import Catalog


def profile_list(catalog: Catalog) -> list[dict[str, Any]]:
    """The profiles in the catalogue's order, with all that the spawner and its form need."""
    return [
        {
            "slug": name,
            "title": {"fr": profile.title.fr, "en": profile.title.en or profile.title.fr},
            "description": {
                "fr": profile.description.fr,
                "en": profile.description.en or profile.description.fr,
            },
            "image": profile.image,
            "cpu": profile.resources.cpu,
            "cores": f"{profile.resources.cpu:g}",
            "gibibytes": f"{profile.resources.memory_bytes / 2**30:.3g}",
            "memory": profile.resources.memory_bytes,
            "default": profile.default,
            "access": profile.audience.access,
            "groups": list(profile.audience.groups),
            "administrators": list(catalog.workspace.administrators),
            "sessions": {
                "access": catalog.workspace.sessions.access,
                "groups": list(catalog.workspace.sessions.groups),
            },
        }
        for name, profile in catalog.profiles.items()
    ]


def open_to(profiles: list[dict[str, Any]], groups: set[str], admin: bool) -> list[dict[str, Any]]:
    """Those open to a person of these groups; none where the person has no right to a session."""
    found = []
    for profile in profiles:
        boss = admin or bool(groups & set(profile["administrators"]))
        session = profile["sessions"]
        enter = boss or session["access"] != "groups" or bool(groups & set(session["groups"]))
        launch = boss or profile["access"] != "groups" or bool(groups & set(profile["groups"]))
        if enter and launch:
            found.append(profile)
    return found
