"""What the platform may do in the cluster, counted on what is rendered."""

from __future__ import annotations

import pytest

from support.helm import VALUES, manifests

PAIRS = {"archipel-hub": 9, "archipel-scheduler": 11, "archipel-dashboards": 8}
"""Role → pairs of a verb and a resource; a new right is a line that somebody reads here."""


@pytest.mark.parametrize("case", VALUES)
def test_the_rights_are_few_and_of_one_namespace(case: str) -> None:
    kinds = {one["kind"] for one in manifests(case)}
    assert not kinds & {"ClusterRole", "ClusterRoleBinding"}
    counted = {}
    for role in (one for one in manifests(case) if one["kind"] == "Role"):
        pairs = {
            (group, resource, verb)
            for rule in role["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        assert not any("*" in pair for pair in pairs)
        assert {verb for _group, name, verb in pairs if name == "secrets"} <= {"create", "delete"}
        assert not any(name in ("roles", "rolebindings", "pods/exec", "nodes") for _g, name, _v in pairs)
        counted[role["metadata"]["name"]] = len(pairs)
    assert counted == PAIRS
    assert counted["archipel-hub"] <= 14


FILES = {
    "proxy": {"proxy"},
    "hub": {
        "hub-cookie",
        "auth-state",
        "proxy",
        "portal",
        "dashboards",
        "mlflow",
        "operator",
        "keeper",
        "metrics",
    },
    "portal": {"portal", "cookies"},
    "scheduler": set(),
    "dashboards": {"dashboards", "cookies", "proxy", "metrics"},
    "mlflow": {"mlflow"},
}
"""Process → the platform's keys that it is given; one more is a line that somebody reads here."""
OTHERS = {"database", "s3-credentials", "s3-config", "oidc"}


@pytest.mark.parametrize("case", VALUES)
def test_a_process_is_given_the_keys_that_it_uses(case: str) -> None:
    for one in (one for one in manifests(case) if one["kind"] == "Deployment"):
        name = one["metadata"]["name"].removeprefix("archipel-")
        volumes = {volume["name"]: volume for volume in one["spec"]["template"]["spec"]["volumes"]}
        if "secrets" not in volumes:
            continue
        given = [source["secret"] for source in volumes["secrets"]["projected"]["sources"]]
        # A Secret without a list of its keys would be given whole.
        assert all(source.get("items") for source in given)
        paths = {item["path"] for source in given for item in source["items"]}
        assert {path for path in paths if not path.startswith("declared/")} - OTHERS == FILES[name]


@pytest.mark.parametrize("case", VALUES)
def test_who_collects_figures_reads_their_key_and_no_other(case: str) -> None:
    told = {one["metadata"]["name"]: set(one["data"]) for one in manifests(case) if one["kind"] == "Secret"}
    monitors = [one for one in manifests(case) if one["kind"] == "ServiceMonitor"]
    named = {
        point["authorization"]["credentials"]["name"]
        for one in monitors
        for point in one["spec"]["endpoints"]
        if "authorization" in point
    }
    assert all(told.get(name, {"metrics"}) == {"metrics"} for name in named)
    assert len(named) == bool(monitors)


@pytest.mark.parametrize("case", VALUES)
def test_each_role_is_one_account_s(case: str) -> None:
    for binding in (one for one in manifests(case) if one["kind"] == "RoleBinding"):
        name = binding["metadata"]["name"]
        assert binding["roleRef"]["name"] == name
        assert [(one["kind"], one["name"]) for one in binding["subjects"]] == [("ServiceAccount", name)]


@pytest.mark.parametrize("case", VALUES)
def test_three_processes_hold_a_token_and_nobody_else(case: str) -> None:
    pods = [one for one in manifests(case) if one["kind"] in ("Deployment", "DaemonSet")]
    holding = {
        one["metadata"]["name"]
        for one in pods
        if one["spec"]["template"]["spec"]["automountServiceAccountToken"] is not False
    }
    assert holding == {"archipel-hub", "archipel-scheduler", "archipel-dashboards"}
