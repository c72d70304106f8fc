"""The identity provider as a value: what `oidc.yaml` says, the same on one machine and on Kubernetes.

The client's secret is in a file of its own, never in this one.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from archipel.catalog.models import Model, Slug
from archipel.catalog.told import told
from archipel.catalog.yamltree import read_tree
from archipel.errors import Refusals, Refused
from archipel.texts import translate as _

Word = Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]{1,300}$")]
"""Printable ASCII without a space: what OAuth takes for a scope, a claim, an identifier."""
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key pair. Never « none »; never HS*, whose key would be the provider's public one."""
ProxyAddress = Annotated[
    str, StringConstraints(pattern=r"^(https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?/?)?$")
]
"""Without an account: its password would be in the open."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Rules(Model):
    """What is asked of a provider and believed of it: the keys that have a default.

    ``account_claim``: what the account's name is made from, once. ``proxy``: what leads to the provider; else
    HTTPS_PROXY and NO_PROXY do. ``everyone``: whoever the provider knows enters; else members of
    ``allowed_groups``, and administrators.
    ``check_with``: how the provider is asked whether someone still is of the house.
    ``unreachable_minutes``: how long a provider that does not answer is waited for before people lose access.
    ``unverified_hours``: how long someone stays, of a provider whose tokens ended and cannot be renewed.
    """

    scopes: tuple[Word, ...] = Field(
        default=("openid", "profile", "email"), json_schema_extra={"contains": {"const": "openid"}}
    )
    acr_values: tuple[Word, ...] = ()
    account_claim: Word = "preferred_username"
    groups_claim: Word = "groups"
    everyone: bool = False
    allowed_groups: tuple[Slug, ...] = ()
    userinfo_signed: bool = False
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "ES256"), min_length=1)
    proxy: ProxyAddress = ""
    check_seconds: int = Field(default=2, ge=1, le=60)
    check_with: Literal["userinfo", "refresh_token"] = "userinfo"
    unreachable_minutes: int = Field(default=15, ge=0, le=1440)
    unverified_hours: int = Field(default=12, ge=1, le=24)

    @field_validator("scopes")
    @classmethod
    def _scopes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError(_("« openid » manque parmi les portées"))
        return value


class Oidc(Rules):
    """``name``: the provider's, on the button. ``ca_bundle``: the only authorities that vouch for it."""

    name: str = Field(min_length=1, max_length=40)
    issuer: str = Field(max_length=300)
    client_id: Word
    client_secret_file: str = Field(min_length=1, max_length=300)
    ca_bundle: str = ""

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not secure or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError(_("adresse « https://… » attendue, reçu {got}", got=repr(value)[:80]))
        return value

    @model_validator(mode="after")
    def _somebody(self) -> Oidc:
        if self.everyone == bool(self.allowed_groups):
            raise ValueError(_("qui entre ? « everyone: true » ou « allowed_groups: [...] », l’un des deux"))
        return self

    @property
    def is_proconnect(self) -> bool:
        """ProConnect asks for a button of its own."""
        return self.name.replace(" ", "").lower() == "proconnect"

    def secret(self) -> str:
        """Raises `Refused` where its file cannot be read or is empty."""
        try:
            found = Path(self.client_secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise Refused(
                "oidc.secret",
                "le secret du client OIDC est illisible : {reason}",
                where=self.client_secret_file,
                hint="« client_secret_file » nomme un fichier (mode 0600) qui ne contient que lui.",
                reason=reason,
            ) from None
        if not found:
            raise Refused("oidc.secret", "le fichier du secret OIDC est vide", where=self.client_secret_file)
        return found


def demand_files(oidc: Oidc) -> None:
    """Raises `Refused` where the secret or the authorities' file is not what it must be."""
    oidc.secret()
    if oidc.ca_bundle:
        try:
            ssl.create_default_context(cafile=oidc.ca_bundle)
        except OSError as error:
            raise Refused(
                "oidc.authorities",
                "le fichier des autorités de certification est inutilisable : {reason}",
                where=oidc.ca_bundle,
                reason=error.strerror or str(error),
            ) from None


def load_oidc(path: Path) -> Oidc:
    """Read ``oidc.yaml``; the files that it names are found from its own folder.

    Raises `Refusals` with each fault as ``file:line:key``.
    """
    tree = read_tree(path, path.name)
    try:
        found = Oidc.model_validate(tree.data if tree.data is not None else {})
    except ValidationError as invalid:
        raise Refusals([told(error, tree, Oidc) for error in invalid.errors()]) from None
    folder = path.absolute().parent
    return found.model_copy(
        update={
            "client_secret_file": str(folder / found.client_secret_file),
            "ca_bundle": str(folder / found.ca_bundle) if found.ca_bundle else "",
        }
    )
