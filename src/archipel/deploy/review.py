"""Values of the chart as an operator writes them: what is wrong, where, and what is accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from archipel.catalog.references import unknown
from archipel.catalog.told import told
from archipel.catalog.yamltree import Tree, read_tree
from archipel.deploy import chart, network, quantities, signin
from archipel.deploy.chart import Values
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.identity import oidc
from archipel.texts import N_
from archipel.texts import translate as _

FORMS: dict[Any, str] = {
    quantities.Size: N_("une taille et son unité, comme 512Mi ou 10Gi"),
    quantities.Cpu: N_('des processeurs entre guillemets, comme "250m" ou "2"'),
    quantities.Amount: N_('une quantité entre guillemets, comme "40" ou "160Gi"'),
    quantities.Host: N_("un nom d’hôte en minuscules, sans adresse ni port"),
    quantities.MaybeHost: N_("un nom d’hôte en minuscules, sans adresse ni port"),
    quantities.CertifiedHost: N_("un nom d’hôte, ou « *. » et son suffixe"),
    quantities.ObjectName: N_("un nom d’objet Kubernetes : minuscules, chiffres, tirets et points"),
    quantities.MaybeName: N_("un nom d’objet Kubernetes : minuscules, chiffres, tirets et points"),
    quantities.Cidr: N_("des adresses comme 10.0.0.0/24"),
    quantities.NarrowCidr: N_("des adresses comme 10.0.0.0/24, /8 au moins (/16 en IPv6)"),
    network.Target: N_("un hôte et son port, comme entrepot.exemple:5432"),
    quantities.Tag: N_("une étiquette d’image"),
    quantities.Variable: N_("un nom de variable : lettres, chiffres et « _ »"),
    chart.Prefix: N_("le début du nom des images, « / » à la fin"),
    chart.BasePath: N_("un chemin qui commence et finit par « / »"),
    chart.StoreUrl: N_("« s3://seau » ou « file:///dossier »"),
    signin.Issuer: N_("l’adresse « https://… » du fournisseur, sans compte, « ? » ni « # »"),
    signin.MaybeWord: N_("un identifiant sans espace ni accent"),
    signin.Authorities: N_("des certificats PEM (« -----BEGIN CERTIFICATE----- »)"),
    oidc.ProxyAddress: N_("une adresse « http://hôte:port », sans compte"),
    chart.Person: N_("un compte : minuscules, chiffres, « . », « _ » et tirets, 32 au plus"),
}
"""What a form means, in words: its pattern alone helps nobody."""


@dataclass
class Layers(Tree):
    """Several files, the last one winning, as helm reads them. ``given``: path → where it was said last."""

    given: dict[tuple[str | int, ...], str] = field(default_factory=dict)

    def add(self, tree: Tree) -> None:
        self.file = tree.file
        self.data = overlaid(self.data or {}, tree.data or {})
        self.given |= {path: f"{tree.file}:{line}" for path, line in tree.lines.items() if path}

    def place(self, path: tuple[str | int, ...]) -> str:
        known = path
        while known and known not in self.given:
            known = known[:-1]
        return f"{self.given.get(known, self.file)}:{'.'.join(map(str, path))}".rstrip(":")


def overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Helm's own merge: mappings by key, anything else replaced, a null taking its key away."""
    merged = dict(under)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = overlaid(merged[key], value)
        else:
            merged[key] = value
    return merged


def check_values(files: Sequence[Path], derived: Mapping[str, Any], images: Sequence[str]) -> Values:
    """The values of a deployment. Raises `Refusals` with all that is wrong.

    ``derived``: what follows from the catalogue (`chart_values`), over the chart's defaults and under
    ``files``. ``images``: those of the catalogue.
    """
    defaults = Values().model_dump(mode="json", by_alias=True, exclude_none=True)
    layers = Layers("values.yaml", overlaid(defaults, derived))
    errors: list[ArchipelError] = []
    for path in files:
        try:
            tree = read_tree(path, str(path))
        except Refusals as refusals:
            errors += refusals.errors
            continue
        if tree.data is not None and not isinstance(tree.data, dict):
            errors.append(
                Refused("values.form", "groupe de clés attendu, reçu {got}", where=str(path), got=tree.data)
            )
            continue
        layers.add(tree)
    if errors:
        raise Refusals(errors)
    try:
        # As JSON: a text is no number there, as for helm.
        values = Values.model_validate_json(json.dumps(layers.data), strict=True)
    except ValidationError as invalid:
        raise Refusals([_told(error, layers) for error in invalid.errors()]) from None
    if errors := [*contradictions(values, layers), *unknown_images(values, layers, images)]:
        raise Refusals(errors)
    return values


def _told(error: Any, layers: Layers) -> ArchipelError:
    meant = {form.__metadata__[0].pattern: words for form, words in FORMS.items()}
    path = tuple(part for part in error["loc"] if part != "[key]")
    pattern = error.get("ctx", {}).get("pattern")
    if error["type"] == "string_pattern_mismatch" and pattern in meant:
        return Refused(
            "values.form",
            "« {got} » refusé (attendu : {form})",
            where=layers.place(path),
            got=str(error["input"])[:80],
            form=_(meant[pattern]),
        )
    return told(error, layers, Values)


def contradictions(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    """What the chart's templates refuse too: keys that want or exclude each other."""
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
    yield from _about_sources(values, layers)
    yield from _about_doors(values, layers)
    if values.oidc.enabled:
        yield from _about_the_provider(values, layers)
    if values.networkPolicy.sensible and not values.networkPolicy.enabled:
        yield Refused(
            "values.sensible-open",
            "le catalogue marque « sensible » {scopes}, que seules les règles du réseau coupent",
            where=layers.place(("networkPolicy", "enabled")),
            scopes=", ".join(values.networkPolicy.sensible),
        )


def _about_sources(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    given = values.networkPolicy
    for scope, names in given.sensible.items():
        for name in names:
            if not given.sources.get(name):
                yield Refused(
                    "values.source",
                    "les adresses de la source « {name} » manquent, que « {scope} » déclare au catalogue",
                    where=layers.place(("networkPolicy", "sources")),
                    hint="Par exemple : {name}: [{{cidr: 10.0.0.0/28, port: 5432}}]",
                    name=name,
                    scope=scope,
                )


def _about_doors(values: Values, layers: Layers) -> Iterator[ArchipelError]:
    """Names and ports by which people, and who reads figures, come in."""
    names = [name for name in (values.host, values.contentHost, values.liveSuffix) if name]
    if len(set(names)) < len(names):
        yield Refused(
            "values.hosts",
            "trois noms différents sont attendus : ce qu’écrit un notebook n’est pas servi avec l’espace",
            where=layers.place(("host",)),
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
    if values.networkPolicy.enabled and not values.networkPolicy.identityProvider:
        yield Refused(
            "values.oidc-network",
            "où répond le fournisseur d’identité manque ; les règles du réseau en couperaient le hub",
            where=layers.place(("networkPolicy", "identityProvider")),
            hint="Par exemple : identityProvider: [{{cidr: 10.1.2.5/32, port: 443}}]",
        )
    if values.mode == "personal":
        yield Refused(
            "values.oidc-personal",
            "un espace personnel n’a qu’un compte : « oidc.enabled » se donne avec « mode: shared »",
            where=layers.place(("oidc", "enabled")),
        )


def unknown_images(values: Values, layers: Layers, images: Sequence[str]) -> Iterator[ArchipelError]:
    for number, pulled in enumerate(values.prePuller.images):
        if pulled.image not in images:
            place = layers.place(("prePuller", "images", number, "image"))
            yield unknown(pulled.image, images, _("l’image"), place)
