"""What a person may launch, by the catalogue. Pure."""

from __future__ import annotations

from archipel.catalog.models import Catalog, Profile
from archipel.identity.person import Person


def open_to(catalog: Catalog, person: Person) -> dict[str, Profile]:
    """The profiles open to a person, in the catalogue's order; none where they may open no session."""
    return {
        name: profile
        for name, profile in catalog.profiles.items()
        if person.works_on(profile.audience, catalog)
    }
