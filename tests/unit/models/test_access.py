"""What a person, and a run, may ask of MLflow."""

from __future__ import annotations

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.models import Audience, Catalog, Rights
from archipel.identity.person import Person
from archipel.models.access import (
    Attempt,
    ambiguous,
    attempt_refusal,
    contradicted,
    experiment_permission,
    may_create_experiment,
    refusal,
)
from support.source import ROOT

ALICE = Person("alice", frozenset({"pilotage"}))
BRUNO = Person("bruno")
CHEF = Person("chef", admin=True)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """« bonjour » is read by « lecture » and written by « pilotage »."""
    catalog = load_catalog(ROOT)
    rights = Rights(
        read=Audience(access="groups", groups=("lecture", "pilotage")),
        write=Audience(access="groups", groups=("pilotage",)),
    )
    defi = catalog.defis["bonjour"].model_copy(update={"rights": rights})
    return catalog.model_copy(update={"defis": {"bonjour": defi}})


@pytest.mark.parametrize(
    ("name", "person", "permission"),
    [
        ("alice/essai", ALICE, "MANAGE"),
        ("alice/essai", BRUNO, "DENY"),
        ("alicex/essai", ALICE, "DENY"),
        ("alice", ALICE, "DENY"),
        ("bonjour", ALICE, "EDIT"),
        ("bonjour", Person("lea", frozenset({"lecture"})), "READ"),
        ("bonjour", BRUNO, "DENY"),
        ("inconnu", ALICE, "DENY"),
        ("bonjour", CHEF, "EDIT"),
        ("alice/essai", CHEF, "DENY"),
    ],
)
def test_experiments_are_ones_own_or_the_defis(
    catalog: Catalog, name: str, person: Person, permission: str
) -> None:
    assert experiment_permission(name, person, catalog) == permission


def test_an_experiment_is_made_where_one_may_write(catalog: Catalog) -> None:
    assert may_create_experiment("alice/essai", ALICE, catalog)
    assert may_create_experiment("bonjour", ALICE, catalog)
    assert not may_create_experiment("bonjour", BRUNO, catalog)
    assert not may_create_experiment("libre", ALICE, catalog)


API = "/api/2.0/mlflow"


def test_the_gate_refuses_what_mlflow_would_let_pass(catalog: Catalog) -> None:
    def asked(path: str, person: Person, **body: str) -> str:
        return refusal(f"{API}{path}", "POST", body, person, catalog)

    assert asked("/experiments/create", BRUNO, name="bruno/a") == ""
    assert asked("/experiments/create", BRUNO, name="alice/a").startswith(
        "une expérience se nomme « bruno/… »"
    )
    for spelling in ("new_name", "newName"):
        assert asked("/experiments/update", BRUNO, **{spelling: "bonjour"}) == "nouveau nom refusé"
        assert asked("/experiments/update", BRUNO, **{spelling: "bruno/b"}) == ""
    assert asked("/runs/create", BRUNO) == ""


@pytest.mark.parametrize("source", ["", "s3://archipel", "file:///s", "/etc", "http://a.fr/x", " runs:/a"])
@pytest.mark.parametrize("person", [BRUNO, CHEF])
def test_a_version_of_a_model_comes_from_mlflow_alone(catalog: Catalog, source: str, person: Person) -> None:
    path = "/ajax-api/2.0/mlflow/model-versions/create"
    for good in ("runs:/a/modele", "models:/m-1", "mlflow-artifacts:/1/a/artifacts/modele"):
        assert refusal(path, "POST", {"name": "m", "source": good}, person, catalog) == ""
    told = refusal(path, "POST", {"name": "m", "source": source}, person, catalog)
    assert told.startswith("une version de modèle vient de « runs:/ »")


@pytest.mark.parametrize("key", ["artifact_location", "artifactLocation"])
def test_nobody_chooses_where_the_files_of_an_experiment_lie(catalog: Catalog, key: str) -> None:
    body = {"name": "bruno/a", key: "mlflow-artifacts:/../runs"}
    told = refusal(f"{API}/experiments/create", "POST", body, BRUNO, catalog)
    assert told == "la place des fichiers d’une expérience ne se choisit pas"


def test_a_run_touches_its_own_mlflow_run_alone() -> None:
    attempt = Attempt("r1", "bonjour", "m1")

    def asked(path: str, method: str = "POST", **body: str) -> str:
        query = list(body.items()) if method == "GET" else []
        return attempt_refusal(f"{API}{path}", method, {} if query else body, query, attempt)

    assert asked("/runs/log-metric", run_id="m1") == ""
    assert asked("/runs/log-batch", run_id="m2") == "ce n’est pas votre run"
    assert asked("/runs/get", "GET", run_id="m2") == "ce n’est pas votre run"
    assert (
        asked("/experiments/get-by-name", "GET", experiment_name="pilote") == "ce n’est pas votre expérience"
    )
    assert asked("/runs/create", experiment_id="1") == "une exécution n’écrit que son propre run MLflow"
    assert (
        asked("/experiments/delete", experiment_id="1") == "une exécution n’écrit que son propre run MLflow"
    )


@pytest.mark.parametrize(
    ("body", "twice"),
    [
        ({"run_id": "m1"}, False),
        ({"run_uuid": "m1"}, False),
        ({}, False),
        ({"run_id": "m1", "run_uuid": "m1"}, False),
        ({"run_id": "m1", "run_uuid": "m2"}, True),
        ({"run_uuid": "m1", "runId": "m2"}, True),
        ({"runId": "m2"}, True),
    ],
)
def test_a_run_that_is_named_in_two_ways_is_refused(body: dict[str, str], twice: bool) -> None:
    assert ambiguous(body) is twice


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ([("run_id", "m1"), ("metric_key", "a"), ("metric_key", "b")], False),
        ([("run_id", "m2"), ("run_id", "m1")], True),
        ([("run_uuid", "m2"), ("run_id", "m1")], True),
        ([("experiment_name", "pilote"), ("experiment_name", "bonjour")], True),
    ],
)
def test_of_a_name_that_stands_twice_in_an_address_nobody_takes_the_other(
    query: list[tuple[str, str]], refused: bool
) -> None:
    told = attempt_refusal(f"{API}/metrics/get-history", "GET", {}, query, Attempt("r1", "bonjour", "m1"))
    assert bool(told) is refused


def test_an_address_that_contradicts_its_body_is_seen() -> None:
    body = {"name": "m", "alias": "champion"}
    assert contradicted(body, [("alias", "autre")])
    assert not contradicted(body, [("alias", "champion"), ("autre", "a"), ("autre", "b")])
