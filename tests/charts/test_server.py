"""What a real API server says of the renders and of spoilt pods, asked without keeping anything."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from support.helm import CHART, NAMESPACE, VALUES, helm, manifests
from support.source import ROOT
from support.spoilt import SPOILT, good_pod

Apply = Callable[[str], subprocess.CompletedProcess[str]]
UNITS = ROOT / "tests" / "unit"
FOREIGN = "monitoring.coreos.com/v1"
"""Known only where Prometheus' operator is."""


def as_pods(case: str) -> list[dict[str, Any]]:
    """The pods that a render asks for: a namespace judges those, and only warns of their owners."""
    found = []
    for one in manifests(case):
        if one["kind"] not in ("Deployment", "DaemonSet"):
            continue
        template = one["spec"]["template"]
        spec = {**template["spec"], "serviceAccountName": "default"}
        metadata = {"name": one["metadata"]["name"], "labels": template["metadata"]["labels"]}
        found.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    return found


def listed(items: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


@pytest.mark.parametrize("case", VALUES)
def test_all_that_is_rendered_is_accepted(case: str, apply: Apply) -> None:
    known = [one for one in manifests(case) if one["apiVersion"] != FOREIGN]
    for port in (port for one in known if one["kind"] == "Service" for port in one["spec"]["ports"]):
        # One in the whole cluster may have it, and somebody else's trial has.
        port.pop("nodePort", None)
    done = apply(listed(known))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(known)


@pytest.mark.parametrize("case", VALUES)
def test_each_pod_is_admitted_in_a_restricted_namespace(case: str, apply: Apply) -> None:
    pods = as_pods(case)
    done = apply(listed(pods))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(pods) >= 6


def test_sessions_runs_and_live_dashboards_are_admitted_too(apply: Apply) -> None:
    """The pods that the platform itself makes, as they were reviewed (`tests/unit`)."""
    pods = []
    for path in sorted([*UNITS.glob("backends/golden/*.yaml"), UNITS / "hub/golden/session.yaml"]):
        for one in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            pod = one if one["kind"] == "Pod" else one.get("spec", {}).get("template")
            if pod is not None:
                metadata = {"name": path.stem, "labels": pod["metadata"]["labels"]}
                pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod["spec"]})
    done = apply(listed(pods))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(pods) >= 6


def test_the_profile_refuses_what_we_say_it_refuses(apply: Apply) -> None:
    """The house refuses all of `SPOILT` (unit tests); of these, the API server refuses those."""
    assert apply(json.dumps(good_pod())).returncode == 0
    refused = {one.name for one in SPOILT if apply(json.dumps(one.pod())).returncode}
    assert refused == {one.name for one in SPOILT if one.profile}
    assert len(SPOILT) >= 40
    assert len(refused) >= 20


@pytest.mark.parametrize(
    ("case", "change", "told"),
    [
        ("essai", "database.internal.storageClass=absente", "la classe de stockage « absente » n’existe pas"),
        ("essai", "store.claim.storageClass=absente", "la classe de stockage « absente » n’existe pas"),
        (
            "essai",
            "singleuser.storage.dynamic.storageClass=absente",
            "la classe de stockage « absente » n’existe pas",
        ),
        ("essai", "keys.existingSecret=absent", "keys.existingSecret : le Secret « absent » n’existe pas"),
        ("production", "hub.baseUrl=/", "le Secret « archipel-magasin » n’existe pas"),
    ],
)
def test_what_the_cluster_has_not_is_told_before_anything_is_applied(
    case: str, change: str, told: str, apply: Apply
) -> None:
    files = [word for path in VALUES[case] for word in ("--values", str(path))]
    done = helm(
        "install",
        "--dry-run=server",
        "archipel",
        str(CHART),
        "--namespace",
        NAMESPACE,
        *files,
        "--set",
        change,
    )
    assert done.returncode == 1
    assert told in done.stderr


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (
            "essai",
            (
                "http://archipel.localhost:30080/\n",
                "http://contenu.localhost:30080/d/\n",
                "http://<nom>.vivant.localhost:30080/\n",
                f"kubectl --namespace {NAMESPACE} exec deploy/archipel-hub -- archipel login admin\n",
            ),
        ),
        ("bare", ("http://archipel.localhost/\n", "-- archipel login NOM\n", "Personne n’est déclaré")),
    ],
)
def test_who_installs_is_told_where_to_go(case: str, told: tuple[str, ...], apply: Apply) -> None:
    files = [word for path in VALUES[case] for word in ("--values", str(path))]
    # The port of a node is the whole cluster's: another trial may have it.
    free = ["--set", "proxy.service.nodePorts.http=null", "--set", "serviceMonitor.enabled=false"]
    done = helm(
        "install", "--dry-run=server", "archipel", str(CHART), "--namespace", NAMESPACE, *files, *free
    )
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("\nNOTES:\n")[2]
    assert all(words in notes for words in told), notes
