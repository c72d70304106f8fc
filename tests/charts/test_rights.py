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
