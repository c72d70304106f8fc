"""What a provider says of someone → the account it gives them here, or why it gives none. Pure.

{"sub": "7f3a…", "preferred_username": "alice", "groups": ["pilotes", "Tous !"]}
→ Entry(subject="7f3a…", name="alice", groups={"pilotes"}, admin=False, ignored=1)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archipel.errors import Forbidden
from archipel.identity.oidc import Oidc
from archipel.names import is_slug, person_name
from archipel.texts import N_

MAX_GROUPS = 1000
"""Of the claim; a provider that says more is not read to the end."""
ASK = N_("Demandez-le à qui administre cet espace, en citant le code ci-dessous.")


@dataclass(frozen=True)
class House:
    """What the workspace itself says. ``groups``: those that it gives a meaning to."""

    groups: frozenset[str]
    administrators: frozenset[str]
    reserved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """``name``: what a new account is called. ``ignored``: how many groups meant nothing."""

    subject: str
    name: str
    groups: frozenset[str]
    admin: bool
    ignored: int = 0


def judged(oidc: Oidc, claims: Mapping[str, Any], house: House) -> Entry | Forbidden:
    """The account of verified ``claims``, or the reason of the refusal."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not re.fullmatch(r"[\x21-\x7e]{1,255}", subject):
        return Forbidden(
            "oidc.subject", "le fournisseur d’identité ne dit pas qui vous êtes (« sub »)", hint=ASK
        )
    wanted = claims.get(oidc.account_claim)
    if not isinstance(wanted, str) or not 0 < len(wanted.strip()) <= 255:
        return Forbidden(
            "oidc.account-claim",
            "le fournisseur d’identité ne donne pas « {claim} », d’où vient le nom du compte",
            hint=ASK,
            claim=oidc.account_claim,
        )
    meaningful = house.groups | house.administrators | frozenset(oidc.allowed_groups)
    groups, ignored = groups_of(claims.get(oidc.groups_claim), meaningful)
    admin = bool(groups & house.administrators)
    if not (oidc.everyone or admin or groups & frozenset(oidc.allowed_groups)):
        return Forbidden(
            "oidc.not-allowed",
            "vous êtes connu de {provider}, mais aucun de vos groupes n’entre dans cet espace",
            hint="Demandez à qui l’administre d’ajouter votre groupe, puis reconnectez-vous.",
            provider=oidc.name,
        )
    # Case says nothing in an address or a login, and two of them must not be two accounts.
    name = person_name(wanted.strip().lower(), house.reserved)
    if name.startswith("archipel"):
        name = person_name(f"x-{name}", {f"x-{name}"})
    return Entry(subject, name, groups, admin, ignored)


def groups_of(claim: Any, meaningful: frozenset[str]) -> tuple[frozenset[str], int]:
    """The groups of a claim (a list, or a text with spaces or commas), and how many were ignored.

    A claim of another type holds none, and counts for one that was ignored.
    """
    if claim is None:
        return frozenset(), 0
    if isinstance(claim, str):
        claim = [word for word in re.split(r"[\s,]+", claim) if word]
    if not isinstance(claim, list | tuple):
        return frozenset(), 1
    told = claim[:MAX_GROUPS]
    kept = {word for word in told if isinstance(word, str) and is_slug(word) and word in meaningful}
    ignored = sum(1 for word in told if not isinstance(word, str) or word not in kept)
    return frozenset(kept), ignored + len(claim) - len(told)
