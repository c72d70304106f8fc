"""Every branch of every template is taken both ways by the reviewed cases, and every key is used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from archipel.deploy.chart import Values
from support.branches import Branch, instrumented
from support.helm import CHART, VALUES, manifest_text, masked, render

ASK_A_CLUSTER = {
    'and .Values.lookups.enabled (lookup "v1" "ServiceAccount" .Release.Namespace "default")',
    'include "archipel.inCluster" .root',
    "not $found",
    ".keys",
    "not (hasKey ($found.data | default dict) .)",
    'and .class (include "archipel.inCluster" .root)',
    'not (lookup "storage.k8s.io/v1" "StorageClass" "" .class)',
    "$slice.endpoints",
    ".addresses",
}
"""Conditions on what a cluster answers: `test_lookups.py` takes them."""


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Branch], set[str]]:
    """Every branch, and those that some case takes; the copy renders what the chart does."""
    copy = tmp_path_factory.mktemp("chart") / "archipel"
    marks, taken = instrumented(CHART, copy), set()
    for case in VALUES:
        done = render(case, chart=copy)
        assert done.returncode == 0, done.stderr
        documents = [one for one in yaml.safe_load_all(masked(done.stdout)) if one]
        told = next(one for one in documents if one["kind"] == "Branches")
        taken |= set(told["noted"])
        documents.remove(told)
        assert documents == [one for one in yaml.safe_load_all(masked(manifest_text(case))) if one]
    return marks, taken


def test_each_branch_is_taken_both_ways(noted: tuple[dict[str, Branch], set[str]]) -> None:
    marks, taken = noted
    missed = {name: one for name, one in marks.items() if name not in taken and not one.refusal}
    assert [str(one) for one in missed.values() if one.condition not in ASK_A_CLUSTER] == []
    assert len(taken) > 100


def leaves(told: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of the defaults that holds no key of its own."""
    for key, value in told.items():
        below = isinstance(value, dict) and value and (*path, key) not in FREE
        yield from leaves(value, (*path, key)) if below else [(*path, key)]


FREE = {("quota", "hard"), ("networkPolicy", "dns", "labels")}
"""Keys whose own keys are the operator's."""
OTHERS = {
    ("images", "pullPolicy"): "Always",
    ("proxy", "service", "type"): "LoadBalancer",
    ("store", "claim", "accessMode"): "ReadWriteOnce",
    ("store", "url"): "file:///autre",
    ("scheme",): "http",
    ("mode",): "personal",
    ("hub", "baseUrl"): "/autre/",
    ("quota", "hard"): {"pods": "7"},
    ("images", "prefix"): "autre/",
    ("labels",): {"equipe": "autre"},
    ("networkPolicy", "dns", "ports"): [53],
    ("singleuser", "extraEnv"): {"HTTP_PROXY": ""},
    ("oidc", "authorities"): "",
    ("oidc", "config", "issuer"): "https://autre.exemple.gouv.fr",
    ("oidc", "config", "scopes"): ["openid"],
    ("oidc", "config", "algorithms"): ["ES256"],
    ("oidc", "config", "proxy"): "",
    ("oidc", "config", "check_with"): "refresh_token",
    ("oidc", "config", "unverified_hours"): 1,
}
"""Key → another value that it may have, where the general rule below gives none."""
DEFAULTS = Values().model_dump(mode="json", by_alias=True)


def another(path: tuple[str, ...], value: Any) -> Any:
    if path in OTHERS:
        return OTHERS[path]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value / 2
    if isinstance(value, str):
        return {"cpu": "77m", "memory": "77Mi", "ephemeral-storage": "77Mi"}.get(
            path[-1], "77Gi" if value.endswith("Gi") else "autre"
        )
    return [] if isinstance(value, list) else None


LOOKED_UP = ("lookups", "enabled")
"""It changes what is asked of a cluster: `test_lookups.py`."""


@pytest.mark.parametrize("path", [one for one in leaves(DEFAULTS) if one != LOOKED_UP], ids=".".join)
def test_each_key_changes_what_is_installed(path: tuple[str, ...], tmp_path: Path) -> None:
    """From the case where all is on: a key that is changed there changes the render."""
    held: Any = DEFAULTS
    given: Any = {}
    for source in VALUES["all-branches"]:
        given |= yaml.safe_load(source.read_text(encoding="utf-8"))
    for part in path:
        held = held[part]
        given = given.get(part) if isinstance(given, dict) else None
    changed: Any = another(path, held if given is None else given)
    for part in reversed(path):
        changed = {part: changed}
    file = tmp_path / "changed.yaml"
    file.write_text(yaml.safe_dump(changed), encoding="utf-8")
    done = render("all-branches", "--values", str(file))
    refused_by_a_rule = "execution error" in done.stderr
    assert done.returncode == 0 or refused_by_a_rule, done.stderr
    assert masked(done.stdout) != masked(manifest_text("all-branches"))
