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


def oidc(
    network: str = "[{cidr: 10.5.0.1/32, port: 443}]",
    secret: str = "s",
    authorities: str = "''",
    **config: str,
) -> str:
    """A sign-in by a provider, with what is said of it changed."""
    given = {"name": "Essai", "issuer": "https://id.fr", "client_id": "a", "everyone": "true"} | config
    keys = ", ".join(f"{key}: {value}" for key, value in given.items())
    told = f"enabled: true, existingSecret: {secret}, authorities: {authorities}, config: {{{keys}}}"
    return f"{{oidc: {{{told}}}, networkPolicy: {{identityProvider: {network}}}}}"


BAD = (
    Bad("key-top", "hsot: a", "'hsot' not allowed", "1:hsot: clé inconnue « hsot »"),
    Bad("key-second", "hub: {baseurl: /}", "'baseurl' not allowed", "La plus proche est « baseUrl »"),
    Bad("key-third", "singleuser: {storage: {capacite: 1Gi}}", "'capacite' not allowed", "singleuser.storage.capacite"),
    Bad("key-in-a-list", "scheduling: {corePods: {tolerations: [{cle: a}]}}", "'cle' not allowed", "tolerations.0.cle"),
    Bad("unit-of-memory", "singleuser: {work: 10 Go}", "/singleuser/work", "« 10 Go » refusé (attendu : une taille et son unité"),
    Bad("memory-without-unit", "hub: {resources: {limits: {memory: '512'}}}", "/hub/resources/limits/memory", "comme 512Mi"),
    Bad("cpu-in-words", "portal: {resources: {requests: {cpu: beaucoup}}}", "/portal/resources/requests/cpu", "« beaucoup » refusé (attendu : des processeurs"),
    Bad("label-of-ours", "labels: {app.kubernetes.io/part-of: autre}", "invalid propertyName 'app.kubernetes.io/part-of'", "labels: « app.kubernetes.io/part-of » : c’est une étiquette de la plateforme"),
    Bad("label-of-a-policy", "labels: {archipel/sensible: ''}", "invalid propertyName 'archipel/sensible'", "« archipel/sensible » : c’est une étiquette"),
    Bad("label-of-a-session", "labels: {hub.jupyter.org/username: a}", "invalid propertyName 'hub.jupyter.org/username'", "« hub.jupyter.org/username » : c’est une étiquette"),
    Bad("number-as-text", "publicPort: '80'", "/publicPort", "1:publicPort"),
    Bad("text-as-flag", "ingress: {enabled: oui}", "/ingress/enabled", "« true » ou « false » attendu"),
    Bad("choice", "images: {pullPolicy: always}", "/images/pullPolicy", "« always » refusé (acceptés : IfNotPresent, Always, Never)"),
    Bad("host-with-scheme", "host: https://a.fr", "/host", "un nom d’hôte en minuscules"),
    Bad("cull-in-words", "dashboards: {cull: {timeout: 5m}}", "/dashboards/cull/timeout", "dashboards.cull.timeout"),
    Bad("base-path", "hub: {baseUrl: archipel}", "/hub/baseUrl", "un chemin qui commence et finit par « / »"),
    Bad("person", "people: {Élodie: {}}", "/people", "people.Élodie"),
    Bad("policy-peer", "networkPolicy: {ingress: [{podselector: {}}]}", "'podselector' not allowed", "podSelector"),
    Bad("addresses", "networkPolicy: {database: [{cidr: base.fr, port: 5432}]}", "/networkPolicy/database/0/cidr", "des adresses comme 10.0.0.0/24"),
    Bad("addresses-too-long", "networkPolicy: {store: [{cidr: 10.1.2.3/99, port: 443}]}", "/networkPolicy/store/0/cidr", "« 10.1.2.3/99 » refusé (attendu : des adresses"),
    Bad("addresses-of-no-byte", "networkPolicy: {store: [{cidr: 10.1.2.300/32, port: 443}]}", "/networkPolicy/store/0/cidr", "« 10.1.2.300/32 » refusé"),
    Bad("egress-to-everybody", "singleuser: {networkPolicy: {egress: [{to: []}]}}", "/singleuser/networkPolicy/egress/0/to", "singleuser.networkPolicy.egress.0.to"),
    Bad("egress-to-no-address", "singleuser: {networkPolicy: {egress: [{to: [{ipBlock: {cidr: 10.1.2.3/99}}]}]}}", "ipBlock/cidr", "« 10.1.2.3/99 » refusé"),
    Bad("source-everywhere", "networkPolicy: {sources: {entrepot: [{cidr: 0.0.0.0/0, port: 443}]}}", "/networkPolicy/sources/entrepot/0/cidr", "« 0.0.0.0/0 » refusé (attendu : des adresses comme 10.0.0.0/24, /8 au moins"),
    Bad("source-half-of-everything", "networkPolicy: {sources: {entrepot: [{cidr: 128.0.0.0/1, port: 443}]}}", "/networkPolicy/sources/entrepot/0/cidr", "« 128.0.0.0/1 » refusé"),
    Bad("source-everywhere-in-six", "networkPolicy: {sources: {entrepot: [{cidr: '::/0', port: 443}]}}", "/networkPolicy/sources/entrepot/0/cidr", "« ::/0 » refusé"),
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
    Bad("database-cut-off", "{database: {existingSecret: b, internal: {enabled: false}}, networkPolicy: {database: []}}", "networkPolicy.database : où répond la base manque", "networkPolicy.database: où répond la base manque"),
    Bad("store-cut-off", f"{{store: {{url: '{S3}', existingSecret: s, claim: {{enabled: false}}}}, networkPolicy: {{store: []}}}}", "networkPolicy.store : où répond le magasin", "networkPolicy.store: où répond le magasin d’objets manque"),
    Bad("api-server", "{lookups: {enabled: false}, networkPolicy: {apiServer: []}}", "networkPolicy.apiServer : où répond l’API", "networkPolicy.apiServer: où répond l’API de Kubernetes manque"),
    Bad("quota-pods", "quota: {hard: {pods: '7'}}", "quota.hard.pods", "quota.hard.pods: ne suffit pas aux pods de la plateforme et à une session (8 au moins)"),
    Bad("quota-cpu", "quota: {hard: {requests.cpu: 849m}}", "quota.hard.requests.cpu", "une session (0.85 au moins)"),
    Bad("quota-memory", "quota: {hard: {requests.memory: 2847Mi}}", "quota.hard.requests.memory", "une session (2848Mi au moins)"),
    Bad("declared", "declared: {names: [CLE]}", "declared.existingSecret", "le Secret qui tient les secrets déclarés manque (CLE)"),
    Bad("node-port", "proxy: {service: {type: ClusterIP}}", "proxy.service.nodePorts.http", "un port de nœud ne se donne qu’avec"),
    Bad("monitor", "serviceMonitor: {enabled: true}", "serviceMonitor.from", "serviceMonitor.from: qui peut lire les chiffres manque"),
    Bad("source", "networkPolicy: {sensible: {defi-paie: [entrepot]}}", "networkPolicy.sources.entrepot", "networkPolicy.sources: les adresses de la source « entrepot » manquent"),
    Bad("source-port", "networkPolicy: {sources: {entrepot: [{cidr: 10.0.0.0/28}]}}", "/networkPolicy/sources/entrepot/0", "networkPolicy.sources.entrepot.0.port"),
    Bad("sensible-open", "networkPolicy: {enabled: false, sensible: {profil-clos: []}}", "« sensible » profil-clos", "networkPolicy.enabled: le catalogue marque « sensible » profil-clos, que seules les règles du réseau coupent"),
    Bad("canary-target", "networkPolicy: {canary: {targets: [annuaire.fr]}}", "/networkPolicy/canary/targets/0", "« annuaire.fr » refusé (attendu : un hôte et son port"),
    Bad("dns-ports", "networkPolicy: {dns: {ports: []}}", "/networkPolicy/dns/ports", "networkPolicy.dns.ports"),
    Bad("same-host", "contentHost: archipel.localhost", "trois noms différents", "trois noms différents sont attendus"),
    Bad("tls-content", "{scheme: https, ingress: {enabled: true, tls: [{secretName: c, hosts: [archipel.localhost, '*.vivant.localhost']}]}}", "ingress.tls : « contenu.localhost » manque", "ingress.tls: « contenu.localhost » manque parmi les noms des certificats"),
    Bad("tls-live", "{scheme: https, ingress: {enabled: true, tls: [{secretName: c, hosts: ['*.localhost']}]}}", "ingress.tls : « *.vivant.localhost » manque", "ingress.tls: « *.vivant.localhost » manque parmi les noms des certificats"),
    Bad("oidc-key", "oidc: {config: {clientid: a}}", "'clientid' not allowed", "La plus proche est « client_id »"),
    Bad("oidc-secret-in-clear", "oidc: {config: {client_secret: a}}", "'client_secret' not allowed", "clé inconnue « client_secret »"),
    Bad("oidc-file-of-the-secret", "oidc: {config: {client_secret_file: a}}", "'client_secret_file' not allowed", "clé inconnue « client_secret_file »"),
    Bad("oidc-no-secret", oidc(secret="''"), "oidc.existingSecret", "le Secret dont la clé « client-secret »"),
    Bad("oidc-secret-s-name", oidc(secret="Mon Secret"), "/oidc/existingSecret", "un nom d’objet Kubernetes"),
    Bad("oidc-no-name", oidc(name="''"), "oidc.config.name", "oidc.config.name: valeur manquante"),
    Bad("oidc-no-issuer", oidc(issuer="''"), "oidc.config.issuer", "oidc.config.issuer: valeur manquante"),
    Bad("oidc-issuer-in-clear", oidc(issuer="http://id.fr"), "/oidc/config/issuer", "« http://id.fr » refusé (attendu : l’adresse « https://… »"),
    Bad("oidc-issuer-here", oidc(issuer="http://localhost:9"), "/oidc/config/issuer", "« http://localhost:9 » refusé"),
    Bad("oidc-issuer-no-address", oidc(issuer="id.fr"), "/oidc/config/issuer", "« id.fr » refusé"),
    Bad("oidc-issuer-with-a-query", oidc(issuer="'https://id.fr/?a=1'"), "/oidc/config/issuer", "sans compte, « ? » ni « # »"),
    Bad("oidc-issuer-with-an-account", oidc(issuer="https://a:b@id.fr"), "/oidc/config/issuer", "sans compte, « ? » ni « # »"),
    Bad("oidc-no-client", oidc(client_id="''"), "oidc.config.client_id", "oidc.config.client_id: valeur manquante"),
    Bad("oidc-client", oidc(client_id="'a b'"), "/oidc/config/client_id", "un identifiant sans espace ni accent"),
    Bad("oidc-nobody-enters", oidc(everyone="false"), "oidc.config : qui entre ?", "oidc.config: qui entre ?"),
    Bad("oidc-who-enters-twice", oidc(allowed_groups="[agents]"), "oidc.config : qui entre ?", "oidc.config: qui entre ?"),
    Bad("oidc-group", oidc(everyone="false", allowed_groups="[Agents]"), "/oidc/config/allowed_groups/0", "oidc.config.allowed_groups.0"),
    Bad("oidc-scopes", oidc(scopes="[email]"), "/oidc/config/scopes", "« openid » manque parmi les portées"),
    Bad("oidc-alg-none", oidc(algorithms="[none]"), "/oidc/config/algorithms/0", "« none » refusé"),
    Bad("oidc-alg-shared", oidc(algorithms="[HS256]"), "/oidc/config/algorithms/0", "« HS256 » refusé"),
    Bad("oidc-alg-no-one", oidc(algorithms="[]"), "/oidc/config/algorithms", "oidc.config.algorithms"),
    Bad("oidc-turn", oidc(check_seconds="0"), "/oidc/config/check_seconds", "1 au moins"),
    Bad("oidc-turn-in-words", oidc(check_seconds="2s"), "/oidc/config/check_seconds", "nombre entier attendu"),
    Bad("oidc-asked-with", oidc(check_with="jeton"), "/oidc/config/check_with", "« jeton » refusé (acceptés : userinfo, refresh_token)"),
    Bad("oidc-authorities", oidc(authorities="ac.pem"), "/oidc/authorities", "des certificats PEM"),
    Bad("oidc-proxy-with-a-password", oidc(proxy="http://a:b@m.fr:3128"), "/oidc/config/proxy", "une adresse « http://hôte:port », sans compte"),
    Bad("oidc-cut-off", oidc(network="[]"), "networkPolicy.identityProvider", "les règles du réseau en couperaient le hub"),
    Bad("oidc-place", oidc(network="[{cidr: id.fr, port: 443}]"), "/networkPolicy/identityProvider/0/cidr", "des adresses comme 10.0.0.0/24"),
    Bad("oidc-personal", "{mode: personal, " + oidc()[1:], "oidc.enabled : un espace personnel", "un espace personnel n’a qu’un compte"),
)  # fmt: skip
