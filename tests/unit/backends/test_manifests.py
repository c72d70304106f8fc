"""A task as Kubernetes objects, whole: one reviewed file for each kind of task."""

# ruff: noqa: E501  # one case a line, to be compared

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from archipel.backends.manifests import SENSIBLE, Ground, deployment, job, probe, secret
from archipel.backends.task import Task
from archipel.catalog.load import load_catalog
from archipel.catalog.models import Resources
from archipel.deploy.restricted import problems
from support.golden import matches
from support.source import ROOT

GOLDEN = Path(__file__).parent / "golden"
GROUND = Ground(namespace="archipel", prefix="registre.exemple.gouv.fr/archipel/", release="c0ffee123456")
FULL = Ground(
    namespace="archipel",
    prefix="",
    release="c0ffee123456",
    pull_policy="Always",
    pull_secrets=("registre",),
    node_selector={"usage": "calcul"},
    tolerations=({"key": "reserve", "operator": "Exists", "effect": "NoSchedule"},),
    labels={"equipe": "donnees", "app.kubernetes.io/instance": "archipel"},
    environment={"HTTPS_PROXY": "http://mandataire.exemple.gouv.fr:3128"},
    cpu_share=0.5,
    work="20Gi",
    gpu="amd.com/gpu",
)
RUN = Task(
    name="run-20260105-0001-1",
    image="datascience",
    lock="9f8e7d6c5b4a",
    command=("python", "-m", "archipel.notebook.pod"),
    env={"ARCHIPEL_ORDER": "{}", "HOME": "/srv/archipel/ailleurs"},
    secrets={"ARCHIPEL_API_TOKEN": "jeton-de-la-tentative"},
    resources=Resources(cpu=0.5, memory="512M"),
    timeout=timedelta(minutes=30),
    labels={"defi": "pilote", "run": "20260105-0001"},
)
SHOWN = {
    "command": ("python", "-m", "archipel.notebook.pod"),
    "image": "base",
    "lock": "1a2b3c",
    "labels": {"defi": "pilote"},
}
TASKS: dict[str, tuple[Task, Ground, Callable[[Task, Ground], dict[str, Any]]]] = {
    "run": (RUN, GROUND, job),
    "publication": (Task(name="run-publication-1", timeout=timedelta(minutes=15), **SHOWN), GROUND, job),
    "preview": (Task(name="run-apercu-1", env={"ARCHIPEL_DRAFT": "brouillon"}, **SHOWN), GROUND, job),
    "live": (
        Task(
            name="live-v1",
            image="datascience",
            lock="9f8e7d6c5b4a",
            command=("python", "-m", "archipel.dashboards.pod"),
            secrets={"ARCHIPEL_API_TOKEN": "jeton-de-la-version"},
            resources=Resources(cpu=2, memory="1G"),
            port=8866,
        ),
        GROUND,
        deployment,
    ),
    "sensible": (
        Task(name="run-paie-1", sensible="defi-paie", labels={"defi": "paie"}, image="base", lock="1a2b3c", command=("python",)),
        FULL,
        job,
    ),
    "canary": (
        Task(name="canari-session-1", sensible="canari", image="base", lock="1a2b3c", command=("python", "-m", "archipel.backends.probe")),
        GROUND,
        lambda task, ground: probe(task, ground, "session"),
    ),
    "gpu": (
        Task(name="run-gpu-1", image="vision", lock="7777", command=("python",), resources=Resources(cpu=4, gpu=2)),
        FULL,
        job,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TASKS)
def test_a_task_makes_the_objects_that_were_reviewed(name: str, update_golden: bool) -> None:
    task, ground, make = TASKS[name]
    objects = [make(task, ground), *([secret(task, ground)] if task.secrets else [])]
    assert problems(objects) == []
    matches(GOLDEN / f"{name}.yaml", yaml.safe_dump_all(objects, sort_keys=False), update_golden)


@pytest.mark.parametrize("name", TASKS)
def test_no_secret_value_is_in_what_lists_pods(name: str) -> None:
    task, ground, make = TASKS[name]
    text = yaml.safe_dump(make(task, ground))
    assert not any(value in text for value in task.secrets.values())


def test_only_what_is_sensible_carries_the_label_and_it_is_told_no_proxy() -> None:
    marked = job(Task("run-1", "base", "l", ("python",), sensible="defi-paie"), FULL)["spec"]["template"]
    plain = job(Task("run-1", "base", "l", ("python",)), FULL)["spec"]["template"]
    assert marked["metadata"]["labels"].pop(SENSIBLE) == "defi-paie"
    assert marked["metadata"]["labels"] == plain["metadata"]["labels"]
    told = [{one["name"] for one in pod["spec"]["containers"][0]["env"]} for pod in (marked, plain)]
    assert told[1] - told[0] == {"HTTPS_PROXY"}


@pytest.mark.parametrize("component", ["session", "run", "dashboard"])
def test_policies_see_a_probe_as_a_pod_of_its_kind(component: str) -> None:
    task = Task("canari-1", "base", "l", ("python",), sensible="canari")
    labels = probe(task, FULL, component)["spec"]["template"]["metadata"]["labels"]
    port = 8866 if component == "dashboard" else None
    real = Task("live-1" if port else "run-1", "base", "l", ("python",), port=port, sensible="defi-paie")
    made = (deployment if port else job)(real, FULL)["spec"]["template"]["metadata"]["labels"]
    own = {"archipel/task", "archipel/sensible"}
    expected = {**made, "app.kubernetes.io/component": component}
    assert {k: v for k, v in labels.items() if k not in own} == {
        k: v for k, v in expected.items() if k not in own
    }
    assert SENSIBLE in labels


def test_only_what_a_run_takes_once_its_node_has_it_is_its_time() -> None:
    made = job(RUN, GROUND)["spec"]
    assert made["template"]["spec"]["activeDeadlineSeconds"] == 1800
    assert "activeDeadlineSeconds" not in made
    assert "activeDeadlineSeconds" not in deployment(TASKS["live"][0], GROUND)["spec"]["template"]["spec"]


def test_making_objects_twice_gives_the_same_and_changes_nothing() -> None:
    first, second = job(RUN, FULL), job(RUN, FULL)
    assert first == second
    first["spec"]["template"]["spec"]["nodeSelector"]["usage"] = "autre"
    first["spec"]["template"]["spec"]["tolerations"][0]["key"] = "autre"
    assert job(RUN, FULL) == second


def catalogue_tasks() -> dict[str, tuple[Task, Callable[[Task, Ground], dict[str, Any]]]]:
    """One task for each execution and each dashboard of the shipped catalogue."""
    found: dict[str, tuple[Task, Callable[[Task, Ground], dict[str, Any]]]] = {}
    for slug, defi in load_catalog(ROOT).defis.items():
        for name, execution in defi.executions.items():
            values = dict.fromkeys(execution.secrets, "valeur")
            task = Task(
                f"run-{slug}-{name}", execution.image, "l", ("python",), {}, values, execution.resources
            )
            found[f"{slug}/{name}"] = task, job
        if defi.dashboard is not None:
            board = defi.dashboard
            task = Task(f"live-{slug}", board.image, "l", ("python",), resources=board.resources, port=8866)
            found[f"{slug}/tableau"] = task, deployment
    return found


@pytest.mark.parametrize("ground", [GROUND, FULL], ids=["plain", "full"])
def test_each_pod_of_the_catalogue_fits_a_restricted_namespace(ground: Ground) -> None:
    tasks = catalogue_tasks()
    assert len(tasks) >= 4
    assert problems(make(task, ground) for task, make in tasks.values()) == []
