"""What a provider says of someone → their account, or the reason why not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.errors import Forbidden
from archipel.identity.claims import Entry, House, groups_of, judged
from archipel.identity.oidc import Oidc
from archipel.names import PERSON, person_name

HOUSE = House(frozenset({"agents", "pilotes"}), frozenset({"administrateurs"}), frozenset({"portal", "root"}))
OIDC = Oidc(
    name="Essai",
    issuer="https://id.example.gouv.fr",
    client_id="archipel",
    client_secret_file="secret",
    allowed_groups=("agents",),
)
EVERYONE = OIDC.model_copy(update={"everyone": True, "allowed_groups": ()})
ALICE = {"sub": "7f3a", "preferred_username": "alice", "groups": ["agents", "Tous !"]}


def code(claims: dict[str, Any], oidc: Oidc = OIDC) -> str:
    found = judged(oidc, claims, HOUSE)
    return found.code if isinstance(found, Forbidden) else f"ok {found.name}"


def test_an_account_and_its_groups() -> None:
    assert judged(OIDC, ALICE, HOUSE) == Entry("7f3a", "alice", frozenset({"agents"}), False, ignored=1)


def test_administrators_enter_without_another_group() -> None:
    found = judged(OIDC, ALICE | {"groups": "administrateurs"}, HOUSE)
    assert isinstance(found, Entry)
    assert found.admin


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"groups": []}, "oidc.not-allowed"),
        ({"groups": None}, "oidc.not-allowed"),
        ({"groups": ["pilotes"]}, "oidc.not-allowed"),
        ({"groups": {"agents": True}}, "oidc.not-allowed"),
        ({"groups": [["agents"]]}, "oidc.not-allowed"),
        ({"groups": 7}, "oidc.not-allowed"),
        ({"groups": ["AGENTS", "agents "]}, "oidc.not-allowed"),
        ({"sub": ""}, "oidc.subject"),
        ({"sub": None}, "oidc.subject"),
        ({"sub": 12}, "oidc.subject"),
        ({"sub": "x" * 256}, "oidc.subject"),
        ({"sub": "a\nb"}, "oidc.subject"),
        ({"preferred_username": None}, "oidc.account-claim"),
        ({"preferred_username": ["alice"]}, "oidc.account-claim"),
        ({"preferred_username": "  "}, "oidc.account-claim"),
        ({"preferred_username": "x" * 256}, "oidc.account-claim"),
    ],
)
def test_refusals_have_their_reason(changed: dict[str, Any], expected: str) -> None:
    assert code(ALICE | changed) == expected


def test_everyone_that_the_provider_knows_enters_when_it_is_said() -> None:
    assert code({"sub": "7f3a", "preferred_username": "alice"}, EVERYONE) == "ok alice"


@pytest.mark.parametrize("name", ["portal", "root", "archipel", "archipel-run-1", "../x", "Zoé Ç", "0", "é"])
def test_names_that_nobody_may_have_are_changed(name: str) -> None:
    found = code(ALICE | {"preferred_username": name}).removeprefix("ok ")
    assert PERSON.fullmatch(found)
    assert "--" in found
    assert found != name
    assert not found.startswith("archipel")


def test_two_addresses_of_one_name_are_two_accounts() -> None:
    both = {person_name(f"jean.dupont@{place}.gouv.fr") for place in ("interieur", "culture")}
    assert len(both) == 2
    assert all(name.startswith("jean.dupont--") for name in both)


@given(st.text(max_size=80), st.text(max_size=80))
def test_names_are_valid_and_never_meet(one: str, other: str) -> None:
    assert PERSON.fullmatch(person_name(one))
    assert (person_name(one) == person_name(other)) == (one == other)


@pytest.mark.parametrize(
    ("claim", "groups", "ignored"),
    [
        ("agents, pilotes  autres", {"agents", "pilotes"}, 1),
        (["agents", "agents"], {"agents"}, 0),
        (["agents", 3, None, {"a": 1}], {"agents"}, 3),
        (["x"] * 1500, set(), 1500),
        ("", set(), 0),
        (b"agents", set(), 1),
        (True, set(), 1),
    ],
)
def test_groups_of_any_shape(claim: Any, groups: set[str], ignored: int) -> None:
    assert groups_of(claim, HOUSE.groups) == (groups, ignored)
