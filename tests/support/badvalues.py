"""Values that a deployment may not have: what helm says of each, and what we say."""

# ruff: noqa: E501  # one case a line, to be compared

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bad:
    """``values``: YAML, over the case « essai ». ``helm``, ``ours``: words that each refusal holds."""

    name: str
    values: str
    helm: str
    ours: str


S3 = "s3://archipel"
BAD = (
    Bad("key-top", "hsot: a", "'hsot' not allowed", "1:hsot: clé inconnue « hsot »"),
    Bad("key-second", "hub: {baseurl: /}", "'baseurl' not allowed", "La plus proche est « baseUrl »"),
    Bad("key-third", "singleuser: {storage: {capacite: 1Gi}}", "'capacite' not allowed", "singleuser.storage.capacite"),
    Bad("key-in-a-list", "scheduling: {corePods: {tolerations: [{cle: a}]}}", "'cle' not allowed", "tolerations.0.cle"),
    Bad("unit-of-memory", "singleuser: {work: 10 Go}", "/singleuser/work", "« 10 Go » refusé (attendu : une taille et son unité"),
    Bad("memory-without-unit", "hub: {resources: {limits: {memory: '512'}}}", "/hub/resources/limits/memory", "comme 512Mi"),
    Bad("cpu-in-words", "portal: {resources: {requests: {cpu: beaucoup}}}", "/portal/resources/requests/cpu", "« beaucoup » refusé (attendu : des processeurs"),
    Bad("number-as-text", "publicPort: '80'", "/publicPort", "1:publicPort"),
    Bad("text-as-flag", "ingress: {enabled: oui}", "/ingress/enabled", "« true » ou « false » attendu"),
    Bad("choice", "images: {pullPolicy: always}", "/images/pullPolicy", "« always » refusé (acceptés : IfNotPresent, Always, Never)"),
    Bad("host-with-scheme", "host: https://a.fr", "/host", "un nom d’hôte en minuscules"),
    Bad("base-path", "hub: {baseUrl: archipel}", "/hub/baseUrl", "un chemin qui commence et finit par « / »"),
    Bad("person", "people: {Élodie: {}}", "/people", "people.Élodie"),
    Bad("policy-peer", "networkPolicy: {ingress: [{podselector: {}}]}", "'podselector' not allowed", "podSelector"),
    Bad("addresses", "networkPolicy: {database: [{cidr: base.fr, port: 5432}]}", "/networkPolicy/database/0/cidr", "des adresses comme 10.0.0.0/24"),
    Bad("no-image", "images: {platform: ''}", "images.platform", "images.platform: l’étiquette de l’image manque"),
    Bad("no-release", "images: {release: ''}", "images.release", "images.release: l’étiquette de l’image manque"),
    Bad("no-database-image", "images: {postgresql: ''}", "images.postgresql", "images.postgresql: l’étiquette"),
    Bad("image-name", "prePuller: {images: [{image: Data Science, lock: a}]}", "/prePuller/images/0/image", "prePuller.images.0.image"),
    Bad("database-none", "database: {internal: {enabled: false}}", "database.existingSecret", "le Secret dont la clé « url » dit la base"),
    Bad("database-both", "database: {existingSecret: base}", "gardez l’un", "database.existingSecret: « existingSecret » et « internal.enabled »"),
    Bad("store-both", "store: {existingSecret: cles}", "gardez l’un", "store.existingSecret: « existingSecret » et « claim.enabled »"),
    Bad("s3-with-claim", f"store: {{url: '{S3}'}}", "« file:///… » attendu", "« file:///… » attendu"),
    Bad("s3-without-secret", f"store: {{url: '{S3}', claim: {{enabled: false}}}}", "store.existingSecret", "le Secret des clés du magasin d’objets manque"),
    Bad("store-elsewhere", "store: {url: 'gs://archipel'}", "/store/url", "« s3://seau » ou « file:///dossier »"),
    Bad("declared", "declared: {names: [CLE]}", "declared.existingSecret", "le Secret qui tient les secrets déclarés manque (CLE)"),
    Bad("node-port", "proxy: {service: {type: ClusterIP}}", "proxy.service.nodePorts.http", "un port de nœud ne se donne qu’avec"),
    Bad("monitor", "serviceMonitor: {enabled: true}", "serviceMonitor.from", "serviceMonitor.from: qui peut lire les chiffres manque"),
    Bad("source", "networkPolicy: {sensible: {defi-paie: [entrepot]}}", "networkPolicy.sources.entrepot", "networkPolicy.sources: les adresses de la source « entrepot » manquent"),
    Bad("source-port", "networkPolicy: {sources: {entrepot: [{cidr: 10.0.0.0/28}]}}", "/networkPolicy/sources/entrepot/0", "networkPolicy.sources.entrepot.0.port"),
    Bad("dns-ports", "networkPolicy: {dns: {ports: []}}", "/networkPolicy/dns/ports", "networkPolicy.dns.ports"),
    Bad("same-host", "contentHost: archipel.localhost", "trois noms différents", "trois noms différents sont attendus"),
)  # fmt: skip
