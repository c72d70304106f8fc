"""What a pod marked « sensible » reaches outside of the cluster: the chart's policies, by our own labels.

Policies only add up: a pod loses the region's mirrors where no policy that opens them selects it. The render
is the one with every branch on, which `tests/charts/test_golden.py` keeps fresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from archipel.backends.manifests import Ground, deployment, job, marked, probe, told_of_region
from archipel.backends.task import Task
from archipel.catalog.region import Mirrors, Proxy, Region, environment
from archipel.isolation import KINDS
from support.source import ROOT

RENDER = ROOT / "tests" / "charts" / "golden" / "all-branches.yaml"
SESSION = (ROOT / "tests" / "unit" / "hub" / "golden" / "session.yaml").read_text(encoding="utf-8")
GROUND = Ground("archipel", "", "c0ffee", labels={"app.kubernetes.io/instance": "archipel"})
REGION, SOURCES = {("10.4.0.0/24", 3128)}, {("10.5.0.0/28", 5432), ("10.5.1.0/28", 443)}
Labels = Mapping[str, str]


def task(scope: str = "", port: int | None = None) -> Task:
    return Task("essai-1", "base", "l", ("python",), sensible=scope, port=port)


def labels(made: Mapping[str, Any]) -> Labels:
    found: Labels = made["spec"]["template"]["metadata"]["labels"]
    return found


def pod(kind: str, scope: str) -> Labels:
    """As the platform labels it: `test_session_pod.py` shows that a session's mark is the same."""
    if kind == "session":
        return yaml.safe_load(SESSION)["metadata"]["labels"] | marked(scope)
    if kind == "run":
        return labels(job(task(scope), GROUND))
    return labels(deployment(task(scope, 8866), GROUND))


@cache
def policies() -> list[dict[str, Any]]:
    documents = RENDER.read_text(encoding="utf-8").split("\n---\n")
    return [yaml.safe_load(one)["spec"] for one in documents if "\nkind: NetworkPolicy\n" in one]


def selected(selector: Mapping[str, Any], told: Labels) -> bool:
    """As Kubernetes reads a selector, of the operators that the chart uses."""
    for one in selector.get("matchExpressions", ()):
        value = told.get(one["key"])
        verdict = {"In": value in one.get("values", ()), "DoesNotExist": value is None}
        if not verdict[one["operator"]]:
            return False
    return selector.get("matchLabels", {}).items() <= told.items()


def outside(told: Labels) -> set[tuple[str, int]]:
    """Addresses and ports that some policy opens to a pod; a rule that names nobody opens everything."""
    chosen = [one for one in policies() if selected(one["podSelector"], told)]
    assert sum("Egress" in one["policyTypes"] for one in chosen) > 1, "it would reach everything"
    found = set()
    for rule in (rule for one in chosen for rule in one.get("egress") or ()):
        for peer in rule.get("to") or [{"ipBlock": {"cidr": "0.0.0.0/0"}}]:
            ports = [port["port"] for port in rule.get("ports", ())] or [0]
            found |= {(peer["ipBlock"]["cidr"], port) for port in ports if "ipBlock" in peer}
    return found


@pytest.mark.parametrize(
    ("kind", "scope", "reached"),
    [
        ("session", "", REGION),
        ("run", "", REGION),
        ("dashboard", "", REGION),
        ("session", "defi-paie", SOURCES),
        ("run", "defi-paie", SOURCES),
        ("dashboard", "defi-paie", SOURCES),
        # It declares no source; and one that was marked after the installation, which knows nothing of it.
        ("session", "profil-clos", set()),
        ("run", "defi-recent", set()),
    ],
)
def test_the_mark_takes_the_mirrors_away_and_gives_the_declared_sources(
    kind: str, scope: str, reached: set[tuple[str, int]]
) -> None:
    assert outside(pod(kind, scope)) == reached


@pytest.mark.parametrize("kind", KINDS)
def test_a_probe_is_given_nobody_s_source(kind: str) -> None:
    assert outside(labels(probe(task("canari"), GROUND, kind))) == set()


def test_it_is_told_no_proxy_but_the_mirrors_names() -> None:
    """They are cut like the rest: without their names, pip would only ask the public ones instead."""
    address = "http://mandataire.exemple.gouv.fr:3128"
    region = Region(
        proxy=Proxy(http=address, https=address, none=("localhost",)),
        mirrors=Mirrors(pip="https://miroir.exemple.gouv.fr/pip", npm="https://miroir.exemple.gouv.fr/npm"),
    )
    told = environment(region)
    assert told_of_region(told, "") == told
    mirrors = {"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY"}
    assert set(told_of_region(told, "defi-paie")) == mirrors
