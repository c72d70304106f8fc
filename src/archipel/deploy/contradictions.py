"""Keys of the chart's values that want or exclude each other, in words; its templates refuse the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archipel.catalog.told import told
from archipel.deploy import reserve, signin
from archipel.deploy.chart import Values
from archipel.errors import ArchipelError, Refused

if TYPE_CHECKING:
    from archipel.deploy.review import Layers


def contradictions(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    yield from _about_the_database(values, layers)
    yield from _about_the_store(values, layers)
    if values.declared.names and not values.declared.existingSecret:
        yield Refused(
            "values.declared",
            "le Secret qui tient les secrets déclarés manque ({names})",
            where=layers.place(("declared", "existingSecret")),
            hint="Il a une clé par nom ; celles qui manquent ne refusent que leurs exécutions.",
            names=", ".join(values.declared.names),
        )
    for key in ("platform", "release", *(("postgresql",) if values.database.internal.enabled else ())):
        if not getattr(values.images, key):
            yield Refused(
                "values.image",
                "l’étiquette de l’image manque",
                where=layers.place(("images", key)),
                hint="« archipel deploy values » la donne.",
            )
    for key, wanted in reserve.lacking(values).items():
        yield Refused(
            "values.quota",
            "ne suffit pas aux pods de la plateforme et à une session ({wanted} au moins)",
            where=layers.place(("quota", "hard", key)),
            hint="Ils comptent dans le quota : gardez-leur une réserve.",
            wanted=wanted,
        )
    yield from _about_the_network(values, layers)
    yield from _about_doors(values, layers)
    if values.oidc.enabled:
        yield from _about_the_provider(values, layers)


def _about_the_network(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    network = values.networkPolicy
    if network.enabled and not (network.apiServer or values.lookups.enabled):
        yield Refused(
            "values.api-server",
            "où répond l’API de Kubernetes manque ; lookups.enabled: false défend de le demander au cluster",
            where=layers.place(("networkPolicy", "apiServer")),
            hint="Par exemple : apiServer: [{{cidr: 10.1.0.1/32, port: 6443}}]",
        )
    if network.sensible and not network.enabled:
        yield Refused(
            "values.sensible-open",
            "le catalogue marque « sensible » {scopes}, que seules les règles du réseau coupent",
            where=layers.place(("networkPolicy", "enabled")),
            scopes=", ".join(network.sensible),
        )
    if network.enabled:
        for key, error in _outside(values).items():
            if not getattr(network, key):
                error.where = layers.place(("networkPolicy", key))
                yield error
    for scope, names in network.sensible.items():
        for name in names:
            if not network.sources.get(name):
                yield Refused(
                    "values.source",
                    "les adresses de la source « {name} » manquent, que « {scope} » déclare au catalogue",
                    where=layers.place(("networkPolicy", "sources")),
                    hint="Par exemple : {name}: [{{cidr: 10.0.0.0/28, port: 5432}}]",
                    name=name,
                    scope=scope,
                )


def _outside(values: Values) -> dict[str, Refused]:
    """What the platform reaches outside of its namespace: key of the addresses → the refusal without them."""
    reached = {
        "database": (
            values.database.existingSecret and not values.database.internal.enabled,
            Refused(
                "values.database-network",
                "où répond la base manque ; les règles du réseau en couperaient la plateforme",
                hint="Par exemple : database: [{{cidr: 10.1.2.3/32, port: 5432}}]",
            ),
        ),
        "store": (
            values.store.existingSecret and not values.store.claim.enabled,
            Refused(
                "values.store-network",
                "où répond le magasin d’objets manque ; les règles du réseau en couperaient la plateforme",
                hint="Par exemple : store: [{{cidr: 10.1.2.4/32, port: 443}}]",
            ),
        ),
        "identityProvider": (
            values.oidc.enabled,
            Refused(
                "values.oidc-network",
                "où répond le fournisseur d’identité manque ; les règles du réseau en couperaient le hub",
                hint="Par exemple : identityProvider: [{{cidr: 10.1.2.5/32, port: 443}}]",
            ),
        ),
    }
    return {key: error for key, (wanted, error) in reached.items() if wanted}


def _about_doors(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    """Names and ports by which people, and who reads figures, come in."""
    names = [name for name in (values.host, values.contentHost, values.liveSuffix) if name]
    if len(set(names)) < len(names):
        yield Refused(
            "values.hosts",
            "trois noms différents sont attendus : ce qu’écrit un notebook n’est pas servi avec l’espace",
            where=layers.place(("host",)),
        )

    for name in uncertified(values):
        yield Refused(
            "values.tls",
            "« {name} » manque parmi les noms des certificats",
            where=layers.place(("ingress", "tls")),
            hint="Ajoutez-le à « hosts » du Secret qui tient son certificat.",
            name=name,
        )

    service, monitor = values.proxy.service, values.serviceMonitor
    if service.nodePorts.http and service.type == "ClusterIP":
        yield Refused(
            "values.node-port",
            "un port de nœud ne se donne qu’avec « type: NodePort » ou « LoadBalancer »",
            where=layers.place(("proxy", "service", "nodePorts", "http")),
        )
    if monitor.enabled and values.networkPolicy.enabled and not monitor.readers:
        yield Refused(
            "values.monitor",
            "qui peut lire les chiffres manque ; les règles du réseau le refuseraient",
            where=layers.place(("serviceMonitor", "from")),
            hint="Par exemple : from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: "
            "monitoring}}}}}}]",
        )


def uncertified(values: Values) -> list[str]:
    """Names by which people come in, and for which the Ingress is told no certificate though others are.

    An entry that says no name stands for whatever its certificate holds.
    """
    if not values.ingress.enabled or values.scheme != "https" or not values.ingress.tls:
        return []
    told = {host for one in values.ingress.tls for host in one.hosts or ("*",)}
    live = f"*.{values.liveSuffix}" if values.liveSuffix else ""
    wanted = [name for name in (values.host, values.contentHost, live) if name]
    return [name for name in wanted if not told & {"*", name, f"*.{name.partition('.')[2]}"}]


def _about_the_database(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    database, internal = values.database, values.database.internal.enabled
    if database.existingSecret and internal:
        yield Refused(
            "values.database-both",
            "« existingSecret » et « internal.enabled » sont donnés tous deux ; gardez l’un",
            where=layers.place(("database", "existingSecret")),
        )
    if not database.existingSecret and not internal:
        yield Refused(
            "values.database-none",
            "le Secret dont la clé « url » dit la base, ou database.internal.enabled pour un essai",
            where=layers.place(("database", "existingSecret")),
        )


def _about_the_store(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    store = values.store
    if store.claim.enabled and store.existingSecret:
        yield Refused(
            "values.store-both",
            "« existingSecret » et « claim.enabled » sont donnés tous deux ; gardez l’un",
            where=layers.place(("store", "existingSecret")),
        )
    expected = "file:///" if store.claim.enabled else "s3://"
    if not store.url.startswith(expected):
        yield Refused(
            "values.store-url",
            "« {got} » reçu, « {expected}… » attendu avec store.claim.enabled: {enabled}",
            where=layers.place(("store", "url")),
            got=store.url,
            expected=expected,
            enabled=str(store.claim.enabled).lower(),
        )
    if not store.claim.enabled and not store.existingSecret:
        yield Refused(
            "values.store-secret",
            "le Secret des clés du magasin d’objets manque (s3-credentials, s3-config)",
            where=layers.place(("store", "existingSecret")),
            hint="Pour un essai sur un nœud, store.claim.enabled donne un volume.",
        )


def _about_the_provider(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    for error in signin.faults(values.oidc):
        yield told(error, layers, Values)
    if not values.oidc.existingSecret:
        yield Refused(
            "values.oidc-secret",
            "le Secret dont la clé « client-secret » tient le secret du client manque",
            where=layers.place(("oidc", "existingSecret")),
        )
    if values.mode == "personal":
        yield Refused(
            "values.oidc-personal",
            "un espace personnel n’a qu’un compte : « oidc.enabled » se donne avec « mode: shared »",
            where=layers.place(("oidc", "enabled")),
        )
