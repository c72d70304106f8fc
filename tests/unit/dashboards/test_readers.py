"""Who reads while the hub is silent."""

from __future__ import annotations

import asyncio

import pytest

from archipel.dashboards.readers import known_or_public
from archipel.identity.person import Person
from archipel.identity.signin import HubSilent


async def somebody() -> Person:
    return Person("alice")


async def silence() -> Person:
    raise HubSilent("hub.silent", "le hub ne répond pas : on ne peut pas savoir qui vous êtes")


@pytest.mark.parametrize("public", [True, False])
def test_who_the_hub_knows_is_known(public: bool) -> None:
    assert asyncio.run(known_or_public(somebody(), lambda: public)) == Person("alice")


def test_what_is_public_is_shown_without_the_hub_and_nothing_else_is() -> None:
    assert asyncio.run(known_or_public(silence(), lambda: True)) is None
    with pytest.raises(HubSilent):
        asyncio.run(known_or_public(silence(), lambda: False))
