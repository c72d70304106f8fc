"""The part of the chart's values that says what may speak to what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from archipel.catalog.models import Model, Slug
from archipel.deploy.quantities import Labels, NamedPort, ObjectName, Peer, Place, Port, Source


class Dns(Model):
    namespace: ObjectName = "kube-system"
    labels: Labels = Field(default={"k8s-app": "kube-dns"})
    ports: tuple[NamedPort | Port, ...] = Field(
        default=("dns", "dns-tcp"), min_length=1, description="Of its pods: names, or numbers"
    )


Scope = Annotated[str, StringConstraints(pattern=r"^(defi|profil)-[a-z]([a-z0-9-]{0,38}[a-z0-9])?$")]


Target = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?:[1-9][0-9]{0,4}$")
]


class Canary(Model):
    seconds: int = Field(default=3600, ge=20, le=86400, description="Between two trials of what is cut off")
    targets: tuple[Target, ...] = Field(
        default=(), description="host:port, more that must not answer what is marked « sensible »"
    )


class Network(Model):
    enabled: bool = True
    apiServer: tuple[Place, ...] = Field(
        default=(), description="Where empty, asked of the cluster at install, and kept until the next one"
    )
    database: tuple[Place, ...] = ()
    store: tuple[Place, ...] = ()
    identityProvider: tuple[Place, ...] = Field(default=(), description="It, or the proxy that leads to it")
    ingress: tuple[Peer, ...] = Field(default=(), description="Who reaches the proxy; everyone where empty")
    dns: Dns = Dns()
    sources: dict[Slug, tuple[Source, ...]] = Field(
        default={}, description="Where the sources of what is marked « sensible » answer"
    )
    sensible: dict[Scope, tuple[Slug, ...]] = Field(
        default={}, description="What is marked so, and the sources that it declares (from the catalogue)"
    )
    canary: Canary = Canary()
