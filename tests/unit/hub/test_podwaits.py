"""Why a session is not there yet, or could not be, on a cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archipel.hub import podwaits

UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}


UNBOUND = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "session-alice"}, "status": {"phase": "Pending", **status}}


def waiting(reason: str) -> dict[str, Any]:
    return pod(containerStatuses=[{"state": {"waiting": {"reason": reason}}}])


@pytest.mark.parametrize(
    ("found", "while_waiting", "in_the_end"),
    [
        (None, "", "démarré à temps"),
        (pod(phase="Running"), "", "démarré à temps"),
        (pod(), "son conteneur démarre", "démarré à temps"),
        (pod(conditions=[UNSCHEDULABLE]), "aucun nœud n’a", "profil plus petit"),
        (pod(conditions=[{**UNSCHEDULABLE, "message": UNBOUND}]), "son volume n’est pas prêt", "volume prêt"),
        (waiting("ImagePullBackOff"), "l’image n’est pas encore", "registre"),
        (waiting("CreateContainerConfigError"), "refuse pour l’instant", "refusée"),
    ],
)
def test_each_wait_has_its_words(found: dict[str, Any] | None, while_waiting: str, in_the_end: str) -> None:
    told = podwaits.told(found)
    assert (while_waiting in told) if while_waiting else told == ""
    assert in_the_end in podwaits.given_up(found)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            json.dumps({"message": 'pods "a" is forbidden: exceeded quota: archipel, requested: pods=1'}),
            "plein",
        ),
        (json.dumps({"message": "pods is forbidden: violates PodSecurity"}), "refusée"),
        ("<html>", "refusée"),
        (json.dumps(["?"]), "refusée"),
        (None, "refusée"),
    ],
)
def test_what_the_cluster_refuses_is_told_without_its_json(body: str | None, words: str) -> None:
    told = podwaits.refused(body)
    assert words in told
    assert "{" not in told
