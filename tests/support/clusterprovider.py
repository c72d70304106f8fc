"""The tests' identity provider as a pod of the cluster, in a namespace of its own.

``python -m support.clusterprovider VALUES TARGET`` starts it for the release that VALUES describe, and writes
to TARGET these values with the sign-in that it vouches for. Where it cannot be had, TARGET is VALUES, and why
is said: the tests of that sign-in are then skipped.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from archipel.deploy.review import overlaid
from support.certificates import certified
from support.kubectl import kubectl
from support.provider import SECRET, addresses, packages, rules
from support.source import ROOT
from support.workspace import ARCHIPEL, wait_for

RELEASE = os.environ.get("ARCHIPEL_NAMESPACE", "archipel")
NAMESPACE = f"{RELEASE}-fournisseur"
HOST = f"fournisseur.{NAMESPACE}.svc"
PORT = 8443
ISSUER = f"https://{HOST}:{PORT}"
PLACE = "/srv/fournisseur"
STAMP = "archipel/essai"
START = f"""
while [ ! -f {PLACE}/pret ]; do sleep 0.2; done
cd {PLACE}
exec "$(python -c 'from archipel.environments.node import node_program as n; print(n())')" server.mjs "$@"
"""


def apply(*objects: dict[str, Any]) -> None:
    kubectl("apply", "-f", "-", given=yaml.safe_dump_all(objects))


def found(kind: str, name: str, namespace: str = NAMESPACE) -> dict[str, Any]:
    """An object of the cluster; empty where there is none."""
    told = kubectl("-n", namespace, "get", kind, name, "--ignore-not-found", "-o", "json")
    read: dict[str, Any] = json.loads(told) if told else {}
    return read


def authorities() -> str:
    """The certificate of who vouches for the provider, as the cluster keeps it; "" before the first start."""
    kept = found("secret", "fournisseur-tls").get("data", {}).get("ca.crt", "")
    return base64.b64decode(kept).decode()


def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authorities())


def pod(image: str, stamp: str, url: str) -> dict[str, Any]:
    security = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "fournisseur",
            "namespace": NAMESPACE,
            "labels": {"app": "fournisseur"},
            "annotations": {STAMP: stamp},
        },
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "fsGroup": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "fournisseur",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sh", "-ec", START, "--"],
                    "args": [str(PORT), *addresses(url), ISSUER, "/srv/tls"],
                    "ports": [{"containerPort": PORT}],
                    "readinessProbe": {
                        "httpGet": {"path": "/jwks", "port": PORT, "scheme": "HTTPS"},
                        "periodSeconds": 1,
                        "timeoutSeconds": 5,
                        # « down » is a state that the tests put it in: it must stay reachable.
                        "failureThreshold": 600,
                    },
                    "resources": {
                        "requests": {"cpu": "20m", "memory": "64Mi"},
                        "limits": {"cpu": "1", "memory": "256Mi"},
                    },
                    "securityContext": security,
                    "volumeMounts": [
                        {"name": "place", "mountPath": PLACE},
                        {"name": "tls", "mountPath": "/srv/tls", "readOnly": True},
                    ],
                }
            ],
            "volumes": [
                {"name": "place", "emptyDir": {}},
                {"name": "tls", "secret": {"secretName": "fournisseur-tls", "defaultMode": 0o440}},
            ],
        },
    }


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "fournisseur", "namespace": NAMESPACE},
    "spec": {
        "type": "NodePort",
        "selector": {"app": "fournisseur"},
        "ports": [{"name": "https", "port": PORT, "targetPort": PORT}],
    },
}


def namespace(name: str) -> None:
    level = {"pod-security.kubernetes.io/enforce": "restricted"}
    apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": level}})
    kubectl("-n", name, "wait", "--for=create", "serviceaccount/default", "--timeout=30s")


def started(image: str, url: str) -> str:
    """The address of the provider's pod, started for the workspace at ``url`` unless it is there already.

    Raises `RuntimeError` where its packages cannot be had.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "oidc").iterdir())}
        stamp = hashlib.sha256(repr((image, url, own)).encode()).hexdigest()[:16]
        there = found("pod", "fournisseur")
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in _conditions(there))
        if ready and there["metadata"]["annotations"].get(STAMP) == stamp:
            return str(there["status"]["podIP"])
        if trouble := packages(folder):
            raise RuntimeError(trouble)
        namespace(NAMESPACE)
        if not authorities():
            apply(
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": "fournisseur-tls", "namespace": NAMESPACE},
                    "stringData": certified(HOST),
                }
            )
        kubectl("-n", NAMESPACE, "delete", "pod", "fournisseur", "--ignore-not-found", "--force")
        apply(SERVICE, pod(image, stamp, url))
        wait_for(lambda: found("pod", "fournisseur").get("status", {}).get("phase") == "Running", seconds=90)
        packed = subprocess.run(
            ["tar", "-C", name, "-cz", *sorted(path.name for path in folder.iterdir())],
            capture_output=True,
            check=True,
        ).stdout
        unpack = f"tar -xz --no-same-owner -C {PLACE} && touch {PLACE}/pret"
        kubectl("-n", NAMESPACE, "exec", "-i", "fournisseur", "--", "sh", "-ec", unpack, given=packed)
        kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "pod/fournisseur", "--timeout=60s")
        return str(found("pod", "fournisseur")["status"]["podIP"])


def _conditions(told: dict[str, Any]) -> list[dict[str, Any]]:
    conditions: list[dict[str, Any]] = told.get("status", {}).get("conditions", [])
    return conditions


def values(own: dict[str, Any]) -> dict[str, Any]:
    """``own`` with the provider's sign-in beside; it is started, and the client's secret is given."""
    derived = subprocess.run([*ARCHIPEL, "deploy", "values"], cwd=ROOT, capture_output=True, check=True)
    told: dict[str, Any] = {}
    layers = [Path(ROOT, "charts/archipel/values.yaml"), Path(ROOT, "charts/values/essai.yaml")]
    for layer in [*(path.read_text(encoding="utf-8") for path in layers), derived.stdout]:
        told = overlaid(told, yaml.safe_load(layer))
    told = overlaid(told, own)
    image = f"{told['images']['prefix']}platform:{told['images']['platform']}"
    standard = {"http": 80, "https": 443}[told["scheme"]]
    port = "" if told["publicPort"] == standard else f":{told['publicPort']}"
    url = f"{told['scheme']}://{told['host']}{port}{told['hub']['baseUrl'].rstrip('/')}"
    address = started(image, url)
    namespace(RELEASE)
    apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "archipel-oidc", "namespace": RELEASE},
            "stringData": {"client-secret": SECRET},
        }
    )
    given = {
        "oidc": {
            "enabled": True,
            "existingSecret": "archipel-oidc",
            "authorities": authorities(),
            "config": rules(ISSUER),
        },
        "networkPolicy": {"identityProvider": [{"cidr": f"{address}/32", "port": PORT}]},
    }
    return overlaid(own, given)


def main(source: Path, target: Path) -> None:
    own = yaml.safe_load(source.read_text(encoding="utf-8")) or {}
    try:
        own = values(own)
        print(f"fournisseur d’identité des essais : {ISSUER}")
    except RuntimeError as error:
        print(
            f"pas de fournisseur d’identité, ses essais seront sautés : {str(error)[-300:]}", file=sys.stderr
        )
    target.write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
