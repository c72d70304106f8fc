"""Sign-in by an identity provider, as values of the chart: `oidc.yaml`'s keys, its files apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from archipel.catalog.models import Model
from archipel.deploy.quantities import MaybeName
from archipel.identity.oidc import Oidc, Rules

Issuer = Annotated[
    str,
    StringConstraints(pattern=r"^(https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[^?#\s]*)?)?$", max_length=300),
]
"""No loopback here: it would be the hub's own pod."""
MaybeWord = Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]{0,300}$")]
Authorities = Annotated[
    str,
    StringConstraints(
        pattern=r"^(\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)*$",
        max_length=200_000,
    ),
]


class Provider(Rules):
    name: str = Field(default="", max_length=40, description="On the button; « ProConnect » takes its own")
    issuer: Issuer = ""
    client_id: MaybeWord = ""


class SignIn(Model):
    enabled: bool = False
    existingSecret: MaybeName = Field(default="", description="Its key « client-secret »")
    authorities: Authorities = Field(
        default="", description="PEM: the only ones that vouch for the provider; else those of the images"
    )
    config: Provider = Field(default=Provider(), description="The content of oidc.yaml")


def faults(told: SignIn) -> Iterator[Any]:
    """What is wrong in the provider's settings, as pydantic's errors, their places from ``oidc``."""
    given = {key: value for key, value in told.config.model_dump().items() if value != ""}
    try:
        Oidc.model_validate(given | {"client_secret_file": "oidc"})
    except ValidationError as invalid:
        for error in invalid.errors():
            yield {**error, "loc": ("oidc", "config", *error["loc"])}
