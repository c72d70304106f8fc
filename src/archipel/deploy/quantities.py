"""The words of Kubernetes that the chart's values hold, as annotated types: one pattern each."""

from __future__ import annotations

from decimal import Decimal
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from archipel.catalog.models import Model
from archipel.texts import translate as _

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_HOST = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"

Size = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,12}(\.[0-9]{1,3})?(Ki|Mi|Gi|Ti|k|M|G|T)$")]
"""Of memory or of a disk: 512Mi, 10Gi."""
Cpu = Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{0,5}m|[0-9]{1,4}(\.[0-9]{1,3})?)$")]
"""Of processor: 250m, "2", "0.5"."""
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,3})?(m|Ki|Mi|Gi|Ti|k|M|G|T)?$")]
"""Of whatever a quota counts."""
Host = Annotated[str, StringConstraints(pattern=f"^{_HOST}$", max_length=253)]
MaybeHost = Annotated[str, StringConstraints(pattern=f"^({_HOST})?$", max_length=253)]
CertifiedHost = Annotated[str, StringConstraints(pattern=rf"^(\*\.)?{_HOST}$", max_length=253)]
ObjectName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
MaybeName = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$")]
Key = Annotated[str, StringConstraints(pattern=rf"^({_HOST}/)?{_LABEL}$", max_length=317)]
LabelValue = Annotated[str, StringConstraints(pattern=f"^({_LABEL})?$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
_FOUR = r"((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_SIX = "[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}"


def _network(text: str) -> str:
    """What the pattern cannot say of an IPv6 address: how often « :: » may come."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError(_("« {got} » n’est pas une adresse et sa longueur", got=text)) from None
    return text


Cidr = Annotated[
    str,
    StringConstraints(pattern=f"^({_FOUR}/(3[0-2]|[12]?[0-9])|{_SIX}/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$"),
    AfterValidator(_network),
]
NarrowCidr = Annotated[
    str,
    StringConstraints(
        pattern=f"^({_FOUR}/(3[0-2]|[12][0-9]|[89])|{_SIX}/(12[0-8]|1[01][0-9]|[2-9][0-9]|1[6-9]))$"
    ),
    AfterValidator(_network),
]
"""Of a network that somebody holds: neither everything, nor a half of everything."""
Tag = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.-]{0,126})?$")]
Port = Annotated[int, Field(ge=1, le=65535)]
NamedPort = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,13}[a-z0-9])?$")]
"""The name that a pod gives to one of its ports."""
Labels = dict[Key, LabelValue]

_OURS = ("app.kubernetes.io/", "archipel/", "hub.jupyter.org/")


def _free(labels: Labels) -> Labels:
    for key in labels:
        if key.startswith(_OURS):
            raise ValueError(_("« {key} » : c’est une étiquette de la plateforme", key=key))
    return labels


_NO_KEY = {"maxLength": 317, "not": {"pattern": f"^({'|'.join(_OURS)})".replace(".", "[.]")}}
MoreLabels = Annotated[Labels, AfterValidator(_free), Field(json_schema_extra={"propertyNames": _NO_KEY})]
"""Of an operator's own. By the platform's policies and selectors go: a session without them is in none."""


UNITS = {
    **{"": Decimal(1), "m": Decimal("0.001"), "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9)},
    **{"T": Decimal(10**12), "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30)},
    "Ti": Decimal(2**40),
}


def number(amount: str) -> Decimal:
    """A quantity of Kubernetes, in its own unit: processors, bytes, objects."""
    digits = amount.rstrip("mkMGTKi")
    return Decimal(digits) * UNITS[amount[len(digits) :]]


class Amounts(Model):
    """Of processor, memory and local disk."""

    cpu: Cpu
    memory: Size
    ephemeral: Size = Field(alias="ephemeral-storage", description="Caches and temporary files of the pod")


class ResourceNeeds(Model):
    """What a container is promised, and what it may not pass."""

    requests: Amounts
    limits: Amounts


class Toleration(Model):
    key: Key | None = None
    operator: Literal["Exists", "Equal"] = "Equal"
    value: LabelValue | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    tolerationSeconds: Annotated[int, Field(ge=0)] | None = None


class Requirement(Model):
    key: Key
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[LabelValue, ...] = ()


class Selector(Model):
    """Of pods or namespaces, by their labels."""

    matchLabels: Labels = Field(default={})
    matchExpressions: tuple[Requirement, ...] = ()


class Block(Model):
    cidr: Cidr
    besides: tuple[Cidr, ...] = Field(default=(), alias="except")


class Peer(Model):
    """A peer of NetworkPolicy: addresses, or pods and namespaces."""

    ipBlock: Block | None = None
    namespaceSelector: Selector | None = None
    podSelector: Selector | None = None

    @model_validator(mode="after")
    def _someone(self) -> Peer:
        pods = self.namespaceSelector is not None or self.podSelector is not None
        if (self.ipBlock is None) != pods:
            raise ValueError(_("« ipBlock », ou bien « namespaceSelector » et « podSelector »"))
        return self


class PolicyPort(Model):
    port: Port
    protocol: Literal["TCP", "UDP"] = "TCP"
    endPort: Port | None = None


class Egress(Model):
    """A rule of NetworkPolicy: whom pods may speak to, on which ports."""

    to: Annotated[tuple[Peer, ...], Field(min_length=1, description="None would mean everybody")]
    ports: tuple[PolicyPort, ...] = ()


class Place(Model):
    """Addresses outside of the cluster, and the port that answers there."""

    cidr: Cidr
    port: Port


class Source(Model):
    """Where a source of what is marked « sensible » answers."""

    cidr: NarrowCidr
    port: Port
