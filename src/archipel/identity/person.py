"""Who asks. Made by the sign-in, the command line or a session; everything else only reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archipel.catalog.models import Audience, Catalog


@dataclass(frozen=True)
class Person:
    """``kind``: a person, or a service of the platform. ``admin``: the hub's flag."""

    name: str
    groups: frozenset[str] = frozenset()
    admin: bool = False
    kind: Literal["user", "service"] = "user"

    def administers(self, catalog: Catalog) -> bool:
        return self.admin or bool(self.groups & set(catalog.workspace.administrators))

    def belongs(self, audience: Audience, catalog: Catalog) -> bool:
        """Whether this person is of an audience; administrators are of every one."""
        return self.administers(catalog) or audience.admits(self.name, self.groups)

    def works(self, catalog: Catalog) -> bool:
        """Whether sessions are open to this person; who has no right to one reads dashboards alone."""
        return self.belongs(catalog.workspace.sessions, catalog)

    def works_on(self, audience: Audience, catalog: Catalog) -> bool:
        """Whether this person is of an audience among those who work here (runs, experiments)."""
        return self.works(catalog) and self.belongs(audience, catalog)
