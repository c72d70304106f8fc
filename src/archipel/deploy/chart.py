"""The values of `charts/archipel` as models: their JSON Schema is generated, their defaults values.yaml's.

Every level refuses an unknown key. Names are those of zero-to-jupyterhub where the thing is the same.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from archipel.catalog.models import Model, SecretName, Slug
from archipel.deploy.network import Network
from archipel.deploy.quantities import (
    Amount,
    CertifiedHost,
    Egress,
    Host,
    Key,
    Labels,
    LabelValue,
    MaybeHost,
    MaybeName,
    MoreLabels,
    ObjectName,
    Peer,
    Port,
    ResourceNeeds,
    Size,
    Tag,
    Toleration,
    Variable,
)
from archipel.deploy.signin import SignIn

Person = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9._-]{0,30}[a-z0-9])?$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9._/-]|:[0-9]+/)*/)?$")]
Lock = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,126}$")]
BasePath = Annotated[str, StringConstraints(pattern=r"^/([A-Za-z0-9._~-]+/)*$")]
StoreUrl = Annotated[
    str, StringConstraints(pattern=r"^(s3://[a-z0-9][a-z0-9./_-]{0,200}|file:///[A-Za-z0-9._/-]+)$")
]
NodePort = Annotated[int, Field(ge=1, le=65535)]


def needs(cpu: str, memory: str, disk: str, most_cpu: str, most_memory: str, most_disk: str) -> ResourceNeeds:
    return ResourceNeeds.model_validate(
        {
            "requests": {"cpu": cpu, "memory": memory, "ephemeral-storage": disk},
            "limits": {"cpu": most_cpu, "memory": most_memory, "ephemeral-storage": most_disk},
        }
    )


class Images(Model):
    prefix: Prefix = Field(default="", description="Before each image's name; ends with « / »")
    platform: Tag = Field(default="", description="Tag of the platform's image: <lock>-<release>")
    release: Tag = Field(default="", description="Of the sessions' images, whose lock each task tells")
    postgresql: Tag = Field(default="", description="Tag of the small database for trials")
    pullPolicy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"


class Member(Model):
    groups: tuple[Slug, ...] = ()
    admin: bool = False
    federated: bool = Field(default=False, description="Signs in by the provider, never by a link")


class Tls(Model):
    secretName: ObjectName
    hosts: tuple[CertifiedHost, ...] = ()


class Ingress(Model):
    enabled: bool = False
    ingressClassName: MaybeName = ""
    annotations: dict[Key, str] = Field(default={})
    tls: tuple[Tls, ...] = ()


class InternalDatabase(Model):
    enabled: bool = Field(default=True, description="A small one, for trials")
    storage: Size = "2Gi"
    storageClass: MaybeName = Field(default="", description="« » : the cluster's default one")
    resources: ResourceNeeds = needs("50m", "128Mi", "64Mi", "1", "512Mi", "1Gi")


class Database(Model):
    existingSecret: MaybeName = Field(default="", description="Its key « url » says the PostgreSQL")
    internal: InternalDatabase = InternalDatabase()


class StoreClaim(Model):
    enabled: bool = Field(default=True, description="A volume of the platform's pods, for trials")
    size: Size = "5Gi"
    storageClass: MaybeName = ""
    accessMode: Literal["ReadWriteOnce", "ReadWriteMany"] = "ReadWriteOnce"


class Store(Model):
    url: StoreUrl = Field(default="file:///store", description="s3://bucket, or file:///… with a claim")
    existingSecret: MaybeName = Field(default="", description="Its keys: « s3-credentials », « s3-config »")
    claim: StoreClaim = StoreClaim()


class Keys(Model):
    existingSecret: MaybeName = Field(default="", description="« » : made once, and kept")


class Declared(Model):
    existingSecret: MaybeName = Field(default="", description="One key for each name")
    names: tuple[SecretName, ...] = Field(default=(), description="Secrets that défis declare")


class Where(Model):
    nodeSelector: Labels = Field(default={})
    tolerations: tuple[Toleration, ...] = ()


class Scheduling(Model):
    corePods: Where = Field(default=Where(), description="The platform's own pods")
    userPods: Where = Field(default=Where(), description="Sessions, runs and live dashboards")


class DynamicStorage(Model):
    storageClass: MaybeName = ""


class HomeStorage(Model):
    capacity: Size = Field(default="10Gi", description="Of a person's home")
    dynamic: DynamicStorage = DynamicStorage()
    groups: MaybeName = Field(default="", description="A shared claim for the groups' folders")


class UserNetwork(Model):
    egress: tuple[Egress, ...] = Field(default=(), description="The region's proxy and mirrors")


class SingleUser(Model):
    extraEnv: dict[Variable, str] = Field(default={}, description="The region's variables")
    storage: HomeStorage = HomeStorage()
    gpu: Key = Field(default="nvidia.com/gpu", description="How the cluster calls one")
    cpuShare: float = Field(default=0.25, gt=0, le=1, description="Part of its limit that a pod is promised")
    work: Size = Field(default="10Gi", description="Working folder of a pod")
    networkPolicy: UserNetwork = UserNetwork()


class Hub(Model):
    baseUrl: BasePath = Field(default="/", description="Of the whole workspace; ends with « / »")
    resources: ResourceNeeds = needs("100m", "256Mi", "256Mi", "2", "1Gi", "10Gi")


class NodePorts(Model):
    http: NodePort | None = None


class ProxyService(Model):
    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    nodePorts: NodePorts = NodePorts()


class Proxy(Model):
    service: ProxyService = ProxyService()
    resources: ResourceNeeds = needs("50m", "96Mi", "64Mi", "1", "256Mi", "1Gi")


class Portal(Model):
    resources: ResourceNeeds = needs("100m", "320Mi", "256Mi", "2", "1Gi", "20Gi")


class Scheduler(Model):
    slots: int = Field(default=20, ge=1, le=10000, description="Runs at a time")
    resources: ResourceNeeds = needs("100m", "320Mi", "256Mi", "1", "768Mi", "20Gi")


class Cull(Model):
    timeout: int = Field(default=300, ge=30, le=86400, description="Seconds without a reader")
    maxAge: int = Field(default=43200, ge=600, le=604800, description="Seconds, read or not")


class Dashboards(Model):
    slots: int = Field(default=8, ge=1, le=1000, description="Live dashboards at a time")
    cull: Cull = Field(default=Cull(), description="When a live dashboard is ended")
    resources: ResourceNeeds = needs("100m", "192Mi", "256Mi", "1", "512Mi", "10Gi")


class Mlflow(Model):
    resources: ResourceNeeds = needs("100m", "512Mi", "256Mi", "2", "1Gi", "10Gi")


class Quota(Model):
    enabled: bool = True
    hard: dict[Key, Amount] = Field(
        default={
            "requests.cpu": "40",
            "requests.memory": "160Gi",
            "pods": "300",
            "persistentvolumeclaims": "300",
        }
    )


class Switch(Model):
    enabled: bool


class Pulled(Model):
    image: Slug
    lock: Lock


class PrePuller(Model):
    continuous: Switch = Switch(enabled=False)
    images: tuple[Pulled, ...] = ()


class Monitor(Model):
    enabled: bool = False
    existingSecret: MaybeName = Field(default="", description="Its key « metrics » opens the figures")
    labels: dict[Key, LabelValue] = Field(default={}, description="By which Prometheus finds it")
    readers: tuple[Peer, ...] = Field(default=(), alias="from", description="Who may read the figures")


class Values(Model):
    """Values of the chart « archipel »."""

    images: Images = Images()
    imagePullSecrets: tuple[ObjectName, ...] = ()
    host: Host = Field(default="archipel.localhost", description="First name: hub and portal")
    contentHost: MaybeHost = Field(default="contenu.localhost", description="What notebooks wrote")
    liveSuffix: MaybeHost = Field(default="vivant.localhost", description="One host a live dashboard")
    scheme: Literal["http", "https"] = "http"
    publicPort: Port = 80
    mode: Literal["shared", "personal"] = "shared"
    firstResults: bool = True
    people: dict[Person, Member] = Field(default={}, description="Who may sign in by link")
    oidc: SignIn = SignIn()
    ingress: Ingress = Ingress()
    database: Database = Database()
    store: Store = Store()
    keys: Keys = Keys()
    declared: Declared = Declared()
    scheduling: Scheduling = Scheduling()
    labels: MoreLabels = Field(default={}, description="Added to every object")
    singleuser: SingleUser = SingleUser()
    hub: Hub = Hub()
    proxy: Proxy = Proxy()
    portal: Portal = Portal()
    scheduler: Scheduler = Scheduler()
    dashboards: Dashboards = Dashboards()
    mlflow: Mlflow = Mlflow()
    networkPolicy: Network = Network()
    quota: Quota = Quota()
    limitRange: Switch = Switch(enabled=True)
    prePuller: PrePuller = PrePuller()
    pdb: Switch = Switch(enabled=True)
    serviceMonitor: Monitor = Monitor()
    lookups: Switch = Switch(enabled=True)


def schema_text() -> str:
    """`values.schema.json`, that helm checks every value against."""
    document = Values.model_json_schema(by_alias=True)
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["$comment"] = "Généré par « archipel deploy schema --write » : ne pas modifier à la main."
    return json.dumps(_bare(document), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _bare(part: Any, named: bool = False) -> Any:
    """Without pydantic's titles, and without defaults: those are values.yaml's.

    ``named``: whether the keys of ``part`` are values' own names (of which one may be « title »).
    """
    if isinstance(part, list):
        return [_bare(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if named or key not in ("title", "default")}
    below = {key: _bare(value, key in ("properties", "$defs") and not named) for key, value in kept.items()}
    if "patternProperties" in below and not named:
        # An object of free names: those that fit the pattern, and no other.
        below["additionalProperties"] = False
    return below
