"""Who may do what in MLflow, decided from the catalogue. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archipel.catalog.models import Catalog
from archipel.identity.person import Person
from archipel.texts import translate as _

NONE, READ, EDIT, MANAGE = "DENY", "READ", "EDIT", "MANAGE"

BLOCKED = re.compile(
    r"/(assistant|mcp|gateway[^/]*|jobs|webhooks|users|roles|signup|scorers|prompt-optimization|secrets)(/|$|\?)"
)
"""Rooms of MLflow that nobody enters here: they act in the server's name, or manage its own accounts."""

OWN_RUN = re.compile(
    r"/mlflow/runs/(log-metric|log-parameter|log-batch|set-tag|delete-tag|update|log-model|log-inputs|outputs)$"
)
READ_OWN = re.compile(r"/mlflow/(runs/get|metrics/get-history|artifacts/list|experiments/get(-by-name)?)$")
ARTIFACT = re.compile(
    r"/mlflow-artifacts/(?:artifacts|presigned|mpu/[a-z]+)/(?:[^/]+)/([0-9a-f]{32})/artifacts(?:/|$)"
)

SOURCES = r"^(runs:/|models:/|mlflow-artifacts:/)"
"""Where a version of a model may come from: what MLflow itself keeps, and guards by its rights. Any other
address is opened with the server's own keys, which are those of the whole store."""


NAMING = {"run_id", "run_uuid", "experiment_name"}
"""What says, in an attempt's query, of what it asks."""


@dataclass(frozen=True)
class Attempt:
    """A running attempt: it writes its own MLflow run and nothing else."""

    run: str
    experiment: str
    mlflow_run: str


def experiment_permission(name: str, person: Person, catalog: Catalog) -> str:
    """MLflow's permission of a person on an experiment, from its name.

    ``<défi>``: the défi's rights. ``<person>/…``: that person's. Anything else: nobody's.
    """
    if name.startswith(f"{person.name}/"):
        return MANAGE
    defi = catalog.defis.get(name)
    if defi is None:
        return NONE
    if person.works_on(defi.rights.write, catalog):
        return EDIT
    return READ if person.works_on(defi.rights.read, catalog) else NONE


def model_permission(name: str, person: Person, catalog: Catalog) -> str | None:
    """The défi's rights on a model that it declares; None for any other, which is its maker's."""
    declared = catalog.model(name)
    if declared is None:
        return None
    rights = declared[1].rights
    if person.works_on(rights.write, catalog):
        return EDIT
    return READ if person.works_on(rights.read, catalog) else NONE


def attempt_permission(name: str, attempt: Attempt, *, reads_models: bool) -> str:
    """On an experiment: it writes its own, and reads the défi's where the gate lets it read a champion."""
    if name == attempt.experiment:
        return EDIT
    return READ if reads_models and name == attempt.experiment.rpartition("/")[2] else NONE


def may_create_experiment(name: str, person: Person, catalog: Catalog) -> bool:
    """One's own, or the défi's by those who may write it."""
    return experiment_permission(name, person, catalog) in (EDIT, MANAGE)


def refusal(path: str, method: str, body: Mapping[str, Any], person: Person, catalog: Catalog) -> str:
    """Why a person's request is refused before MLflow sees it; "" to let it on."""
    if not person.works(catalog):
        return _("les expériences sont à qui a une session ici")
    if BLOCKED.search(path):
        return _("cette partie de MLflow est fermée ici")
    if path.endswith("/mlflow/experiments/create") and method == "POST":
        name = str(body.get("name", ""))
        if not may_create_experiment(name, person, catalog):
            return _(
                "une expérience se nomme « {name}/… » ou du nom d’un défi que vous pouvez modifier",
                name=person.name,
            )
        if body.get("artifact_location") or body.get("artifactLocation"):
            return _("la place des fichiers d’une expérience ne se choisit pas")
    if path.endswith("/mlflow/model-versions/create") and not re.match(SOURCES, str(body.get("source", ""))):
        return _("une version de modèle vient de « runs:/ », « models:/ » ou « mlflow-artifacts:/ »")
    if path.endswith("/mlflow/experiments/update") and method == "POST":
        # Protobuf's JSON has two spellings of a name.
        given = [str(body[key]) for key in ("new_name", "newName") if body.get(key)]
        if not all(may_create_experiment(name, person, catalog) for name in given):
            return _("nouveau nom refusé")
    return ""


def ambiguous(body: Mapping[str, Any]) -> bool:
    """A body that names two runs, or one in the spelling that MLflow's checks and its handlers read
    differently (https://protobuf.dev/programming-guides/json: both spellings are taken). MLflow's own
    client names one run by both ``run_id`` and ``run_uuid``."""
    named = {str(body[key]) for key in ("run_id", "run_uuid") if body.get(key)}
    return len(named) > 1 or "runId" in body or "runUuid" in body


def contradicted(body: Mapping[str, Any], query: Sequence[tuple[str, str]]) -> bool:
    """A query that says otherwise than the body of the same request: MLflow reads one of them alone."""
    return any(name in body and str(body[name]) != value for name, value in query)


def attempt_refusal(
    path: str, method: str, body: Mapping[str, Any], asked: Sequence[tuple[str, str]], attempt: Attempt
) -> str:
    """Why an attempt's request is refused; "" to let it on. ``asked``: its query."""
    query = dict(asked)
    names = [name for name, _value in asked if name in NAMING]
    if len(names) > len(set(names)) or ambiguous(query):
        # Of a name that stands twice, MLflow takes the first.
        return _("un run se nomme une fois, par « run_id »")
    if path.endswith(("/server-info", "/health", "/version")):
        return ""
    if found := ARTIFACT.search(path):
        return "" if found.group(1) == attempt.mlflow_run else _("ce n’est pas votre run")
    if method == "POST" and OWN_RUN.search(path):
        named = body.get("run_id") or body.get("run_uuid")
        return "" if named == attempt.mlflow_run else _("ce n’est pas votre run")
    if method == "GET" and READ_OWN.search(path):
        named = query.get("run_id") or query.get("run_uuid")
        if named is not None:
            return "" if named == attempt.mlflow_run else _("ce n’est pas votre run")
        return (
            ""
            if query.get("experiment_name", attempt.experiment) == attempt.experiment
            else _("ce n’est pas votre expérience")
        )
    return _("une exécution n’écrit que son propre run MLflow")
