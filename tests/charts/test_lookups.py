"""What the chart asks of a cluster as it is installed: keys that it keeps, Secrets and classes that are there."""

# ruff: noqa: E501  # one case a line, to be compared

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.apiserver import answering
from support.branches import instrumented
from support.helm import CHART, manifest_text, masked, render

Rendered = tuple[int, str, str]
Look = Callable[..., Rendered]
ACCOUNT = {"namespaces/archipel/serviceaccounts/default": {"kind": "ServiceAccount", "apiVersion": "v1"}}
SLICE = {
    "namespaces/default/endpointslices/kubernetes": {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "endpoints": [{"addresses": ["10.9.0.1", "fd00::1"]}],
        "ports": [{"port": 6443}],
    }
}


def secret(name: str, *keys: str) -> dict[str, Any]:
    told = {
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {"name": name},
        "data": dict.fromkeys(keys, "YQ=="),
    }
    return {f"namespaces/archipel/secrets/{name}": told}


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """A render by a helm that speaks to a server holding ``objects``."""

    def rendered(case: str, objects: dict[str, Any], *options: str, chart: Path = CHART) -> Rendered:
        with answering(ACCOUNT | objects, tmp_path) as kubeconfig:
            done = render(case, "--dry-run=server", "--kubeconfig", str(kubeconfig), *options, chart=chart)
        return done.returncode, done.stdout, done.stderr

    return rendered


def test_a_second_installation_renders_the_same(look: Look) -> None:
    """The Secrets of the first are there: the second keeps each of their values, and draws what is new."""
    first = manifest_text("essai")
    held = {
        f"namespaces/archipel/secrets/{one['metadata']['name']}": one
        for one in yaml.safe_load_all(first)
        if one and one["kind"] == "Secret"
    }
    assert len(held) == 3
    code, again, said = look("essai", held)
    assert code == 0, said
    assert again == first
    keys = held["namespaces/archipel/secrets/archipel-keys"]["data"]
    del keys["cookies"]
    _code, later, _said = look("essai", held)
    changed = [line for line in later.splitlines() if line not in first.splitlines()]
    assert [line.partition(":")[0].strip() for line in changed] == ["cookies"]


def test_the_api_server_is_where_its_slice_says(look: Look) -> None:
    code, text, said = look("essai", SLICE)
    assert code == 0, said
    policies = {
        one["metadata"]["name"]: [
            (rule["to"][0]["ipBlock"]["cidr"], rule["ports"][0]["port"])
            for rule in one["spec"].get("egress", ())
            if "ipBlock" in rule["to"][0]
        ]
        for one in yaml.safe_load_all(text)
        if one and one["kind"] == "NetworkPolicy"
    }
    speaking = {"archipel-hub", "archipel-scheduler", "archipel-dashboards"}
    assert {name for name, places in policies.items() if places} == speaking
    assert all(policies[name] == [("10.9.0.1/32", 6443), ("fd00::1/128", 6443)] for name in speaking)


BASE, STORE = secret("archipel-base", "url"), secret("archipel-magasin", "s3-credentials", "s3-config")
OIDC = secret("archipel-oidc", "client-secret")
FIGURES = secret("archipel-chiffres", "metrics")


@pytest.mark.parametrize(
    ("case", "objects", "change", "told"),
    [
        ("production", STORE, "", "database.existingSecret : le Secret « archipel-base » n’existe pas dans"),
        ("production", BASE, "", "store.existingSecret : le Secret « archipel-magasin » n’existe pas dans"),
        (
            "production",
            STORE | secret("archipel-base", "adresse"),
            "",
            "« archipel-base » n’a pas la clé « url »",
        ),
        (
            "production",
            BASE | secret("archipel-magasin", "s3-credentials"),
            "",
            "« archipel-magasin » n’a pas la clé « s3-config »",
        ),
        (
            "essai",
            secret("cles", "portal"),
            "keys.existingSecret=cles",
            "« cles » n’a pas la clé « hub-cookie »",
        ),
        (
            "essai",
            secret("chiffres", "autre"),
            "serviceMonitor.existingSecret=chiffres",
            "serviceMonitor.existingSecret : le Secret « chiffres » n’a pas la clé « metrics »",
        ),
        (
            "production",
            BASE | STORE,
            "",
            "oidc.existingSecret : le Secret « archipel-oidc » n’existe pas dans",
        ),
        (
            "production",
            BASE | STORE | secret("archipel-oidc", "secret"),
            "",
            "« archipel-oidc » n’a pas la clé « client-secret »",
        ),
        (
            "essai",
            {},
            "database.internal.storageClass=rapide",
            "la classe de stockage « rapide » n’existe pas",
        ),
        ("essai", {}, "store.claim.storageClass=rapide", "store.claim.storageClass : la classe de stockage"),
        ("essai", {}, "singleuser.storage.dynamic.storageClass=rapide", "dynamic.storageClass : la classe"),
    ],
)
def test_what_the_cluster_has_not_is_told(
    case: str, objects: dict[str, Any], change: str, told: str, look: Look
) -> None:
    options = ["--set", change] if change else []
    code, text, said = look(case, objects, *options)
    assert (code, text) == (1, "")
    assert told in said
    # Whoever may not read them says so, and installs.
    if case == "production":
        assert look(case, objects, "--set", "lookups.enabled=false")[0] == 0


def test_what_the_cluster_has_is_installed(look: Look) -> None:
    assert look("production", BASE | STORE | OIDC)[0] == 0
    classes = {f"storageclasses/{name}": {"kind": "StorageClass"} for name in ("rapide", "lente")}
    keys = secret("archipel-cles", *_keys())
    code, text, said = look("all-branches", classes | keys | OIDC | FIGURES)
    assert code == 0, said
    assert masked(text) == masked(manifest_text("all-branches"))


def test_each_branch_that_asks_a_cluster_is_taken(look: Look, tmp_path: Path) -> None:
    """With `test_branches.py`, all of them: what is there, here; what is not, above."""
    marks = instrumented(CHART, tmp_path / "archipel")
    classes = {f"storageclasses/{name}": {"kind": "StorageClass"} for name in ("rapide", "lente")}
    held = SLICE | classes | OIDC | FIGURES | secret("archipel-cles", *_keys())
    taken: set[str] = set()
    for case in ("all-branches", "essai"):
        code, text, said = look(case, held, chart=tmp_path / "archipel")
        assert code == 0, said
        told = next(one for one in yaml.safe_load_all(text) if one and one["kind"] == "Branches")
        taken |= set(told["noted"])
    asking = [
        (name, one)
        for name, one in marks.items()
        if "lookup" in one.condition or "inCluster" in one.condition
    ]
    assert len(asking) >= 6
    assert [str(one) for name, one in asking if one.taken and name not in taken and not one.refusal] == []


def _keys() -> list[str]:
    """The names of the platform's keys, as the chart makes them."""
    made = [one for one in yaml.safe_load_all(manifest_text("essai")) if one and one["kind"] == "Secret"]
    return list(next(one["data"] for one in made if one["metadata"]["name"] == "archipel-keys"))
