"""The house's own check of pods: the good ones pass, each spoilt one is refused by the key that spoils it."""

# ruff: noqa: E501  # a message is read whole

from __future__ import annotations

from typing import Any

import pytest

from archipel.deploy.restricted import problems
from support.spoilt import SPOILT, Spoilt, good_pod


def test_a_pod_of_ours_passes() -> None:
    assert problems([good_pod()]) == []


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda one: one.name)
def test_a_spoilt_pod_is_refused_by_its_key(spoilt: Spoilt) -> None:
    told = problems([spoilt.pod()])
    assert f"Pod/{spoilt.name}:{spoilt.key}" in {one.where for one in told}
    assert all("(accepté : " in str(one) for one in told)
    if spoilt.name not in ("init", "no-limits"):
        assert len(told) == 1, [str(one) for one in told]


@pytest.mark.parametrize(
    ("kind", "wrapped", "above"),
    [
        ("Deployment", lambda pod: {"spec": {"template": pod}}, "spec.template."),
        ("StatefulSet", lambda pod: {"spec": {"template": pod}}, "spec.template."),
        ("Job", lambda pod: {"spec": {"template": pod}}, "spec.template."),
        (
            "CronJob",
            lambda pod: {"spec": {"jobTemplate": {"spec": {"template": pod}}}},
            "spec.jobTemplate.spec.template.",
        ),
        ("PodTemplate", lambda pod: {"template": pod}, "template."),
    ],
)
def test_a_pod_is_found_wherever_a_kind_holds_it(kind: str, wrapped: Any, above: str) -> None:
    pod = good_pod()
    pod["spec"]["hostNetwork"] = True
    manifest = {"kind": kind, "metadata": {"name": "x"}, **wrapped(pod)}
    where = f"{kind}/x:{above}spec.hostNetwork"
    assert [one.where for one in problems([manifest])] == [where]
    assert [one.where for one in problems([{"kind": "List", "items": [manifest]}])] == [where]


def test_what_holds_no_pod_is_left_alone() -> None:
    assert problems([{"kind": "ConfigMap", "data": {}}, None, "texte", {"kind": "List", "items": None}]) == []


@pytest.mark.parametrize(
    ("labels", "account", "refused"),
    [
        ({"instance": "archipel", "component": "scheduler"}, "archipel-scheduler", False),
        ({"instance": "archipel", "component": "scheduler"}, "archipel-hub", True),
        ({"instance": "archipel", "component": "scheduler"}, "default", True),
        ({"component": "scheduler"}, "scheduler", True),
        ({"instance": "archipel", "component": "run"}, "archipel-run", True),
    ],
)
def test_a_component_that_speaks_to_the_api_server_holds_the_token_of_its_own_account(
    labels: dict[str, str], account: str, refused: bool
) -> None:
    pod = good_pod()
    pod["spec"]["automountServiceAccountToken"] = True
    pod["spec"]["serviceAccountName"] = account
    pod["metadata"]["labels"] = {f"app.kubernetes.io/{name}": value for name, value in labels.items()}
    assert bool(problems([pod])) is refused


def test_a_refusal_never_shows_a_secret_value() -> None:
    pod = good_pod()
    pod["spec"]["containers"][0]["env"] = [{"name": "MOT_PASSWORD", "value": "tres-secret"}]
    told = problems([pod])
    assert [str(one) for one in told] == [
        "Pod/essai:spec.containers.0.env.0.value: 'MOT_PASSWORD' refusé (accepté : un fichier monté d’un Secret : "
        "ce qui liste les pods ne lit aucun secret)"
    ]
