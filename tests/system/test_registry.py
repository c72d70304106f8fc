"""MLflow's own tables and files, in SQLite and in PostgreSQL: versions, their documents, the champion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from archipel.artifacts import Artifacts
from archipel.catalog.load import load_catalog
from archipel.cluster import prepared
from archipel.datafolder import DataFolder
from archipel.errors import NotFound, Refusals
from archipel.identity.person import Person
from archipel.models.champions import Champions
from archipel.models.documents import MAX_BYTES
from archipel.models.registry import AUDIT_TAG, MlflowRegistry
from archipel.runs.clustered import open_ledger
from archipel.runs.promotions import Promotions
from archipel.runs.tracking import MlflowTracking
from archipel.runs.wiring import open_store
from support.postgresql import PostgreSQL, available
from support.registered import NAME, WEIGHTS, audit, card, gap
from support.source import ROOT

# MLflow's own way with SQLAlchemy.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")

CHEF = Person("chef", admin=True)
BAD = audit(gap(ecart=0.05, haut=0.06))
WHY = "Essai sur un site clos, sans public."


class Stores:
    """MLflow's stores, written as its server writes them, and what the platform makes of them."""

    def __init__(self, tables: str, artifacts: Artifacts, ledger: Engine) -> None:
        from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore

        MlflowTracking(tables, artifacts).make_tables()
        self.tracking = TrackingStore(tables, "mlflow-artifacts:/")
        self.own, self.artifacts = RegistryStore(tables), artifacts
        self.registry = MlflowRegistry(tables, artifacts)
        self.champions = Champions(self.registry, Promotions(ledger), lambda: load_catalog(ROOT))
        self.own.create_registered_model(NAME)
        self.engines = (ledger, self.tracking.engine, self.own.engine)

    def close(self) -> None:
        for engine in self.engines:
            engine.dispose()

    def run(self, experiment: str, files: dict[str, Any]) -> str:
        known = self.tracking.get_experiment_by_name(experiment)
        number = known.experiment_id if known else self.tracking.create_experiment(experiment)
        run = self.tracking.create_run(number, "alice", 0, [], "essai").info
        self.write(run.artifact_uri, files)
        return str(run.run_id)

    def write(self, address: str, files: dict[str, Any]) -> None:
        key = address.removeprefix("mlflow-artifacts:/").lstrip("/")
        for name, document in files.items():
            data = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.artifacts.write(f"{key}/{name}", data)

    def version(self, source: str, run: str | None = None, **tags: str) -> int:
        from mlflow.entities.model_registry import ModelVersionTag

        told = [ModelVersionTag(name, value) for name, value in tags.items()]
        return int(self.own.create_model_version(NAME, source, run, told).version)

    def told(self, number: int) -> tuple[bool, list[str]]:
        model = self.champions.declared(NAME, CHEF)
        verdict = self.champions.judge(model, number).verdict
        return verdict.passes, [one.where for one in verdict.refusals]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    artifacts, data = Artifacts(f"file://{folder}/artefacts"), DataFolder(folder / "donnees")
    if request.param == "sqlite":
        found = Stores(f"sqlite:///{folder}/mlflow.sqlite", artifacts, open_store(data).engine)
        yield found
        found.close()
        return
    if not available():
        pytest.skip("needs root, and Debian's PostgreSQL")
    made = PostgreSQL(folder / "base", "127.0.0.1")
    made.start()
    try:
        data.secrets.mkdir(parents=True)
        (data.secrets / "database").write_text(made.url, encoding="utf-8")
        ledger = open_ledger(data)
        with prepared(data, "mlflow") as tables:
            found = Stores(tables, artifacts, ledger)
        yield found
        found.close()
    finally:
        made.stop()


def test_documents_lie_with_the_version_or_with_its_run(stores: Stores) -> None:
    whole = {"modele/poids.bin": WEIGHTS, "modele/carte.json": card(), "modele/audit.json": audit()}
    run = stores.run("twincity", whole)
    address = stores.tracking.get_run(run).info.artifact_uri
    for source in (f"runs:/{run}/modele", f"{address}/modele"):
        assert stores.told(stores.version(source, run)) == (True, [])
    beside = stores.run(
        "twincity", {"modele/poids.bin": WEIGHTS, "carte.json": card(), "audit.json": audit()}
    )
    assert stores.told(stores.version(f"runs:/{beside}/modele", beside)) == (True, [])
    # The version's own go before.
    both = stores.run("twincity", whole | {"audit.json": BAD})
    assert stores.told(stores.version(f"runs:/{both}/modele", both)) == (True, [])
    assert stores.told(stores.version(f"runs:/{both}", both)) == (False, ["carte.json"])


def test_a_logged_model_has_its_own_files(stores: Stores) -> None:
    experiment = stores.tracking.create_experiment("twincity-modele")
    logged = stores.tracking.create_logged_model(experiment_id=experiment)
    stores.write(
        logged.artifact_location, {"poids.bin": WEIGHTS, "carte.json": card(), "audit.json": audit()}
    )
    number = stores.version(logged.artifact_location)
    assert stores.told(number) == (True, [])


def test_an_audit_made_later_is_one_of_the_defi_s_runs(stores: Stores) -> None:
    run = stores.run("twincity", {"m/poids.bin": WEIGHTS, "m/carte.json": card(), "m/audit.json": BAD})
    later = stores.run("twincity", {"audit.json": audit()})
    drafted = stores.run("alice/twincity", {"audit.json": audit()})
    for audited, passes in ((later, True), (drafted, False), ("nulle-part", False)):
        number = stores.version(f"runs:/{run}/m", run, **{AUDIT_TAG: audited})
        assert stores.told(number)[0] is passes


def test_what_lies_nowhere_or_is_too_big_is_told(stores: Stores) -> None:
    empty = stores.run("twincity", {})
    assert stores.told(stores.version(f"runs:/{empty}/m", empty)) == (False, ["carte.json", "audit.json"])
    big = {"m/carte.json": b" " * (MAX_BYTES + 1), "m/audit.json": b"["}
    run = stores.run("twincity", big)
    assert stores.told(stores.version(f"runs:/{run}/m", run)) == (False, ["carte.json", "audit.json"])
    up = stores.version("mlflow-artifacts:/../../secrets", empty)
    assert stores.told(up) == (False, ["carte.json", "audit.json"])


def test_the_champion_is_set_written_down_and_held(stores: Stores) -> None:
    files = {"m/poids.bin": WEIGHTS, "m/carte.json": card(), "m/audit.json": audit()}
    good, bad = stores.run("twincity", files), stores.run("twincity", files | {"m/audit.json": BAD})
    first, second = (stores.version(f"runs:/{run}/m", run) for run in (good, bad))
    stores.champions.promote(NAME, first, CHEF)
    with pytest.raises(Refusals, match="2,00 de trop"):
        stores.champions.promote(NAME, second, CHEF)
    stores.champions.promote(NAME, second, CHEF, override=True, reason=WHY)
    assert stores.registry.champion(NAME) == second
    assert [(one.previous, one.version, one.reason) for one in stores.champions.promotions(NAME)] == [
        (first, second, WHY),
        (None, first, ""),
    ]
    # Tagged as a prompt it is no longer among MLflow's models, and protected all the same.
    from mlflow.entities.model_registry import RegisteredModelTag

    stores.own.set_registered_model_tag(NAME, RegisteredModelTag("mlflow.prompt.is_prompt", "true"))
    protected = stores.registry.protected()
    assert protected.champions == {NAME: second}
    assert protected.places[NAME][1:] == (bad, "artifacts", "m")


def test_a_version_that_is_not_there_is_told(stores: Stores) -> None:
    run = stores.run("twincity", {"m/poids.bin": WEIGHTS})
    number = stores.version(f"runs:/{run}/m", run)
    stores.own.delete_model_version(NAME, number)
    for one in (number, 2**31 - 1):
        with pytest.raises(NotFound):
            stores.registry.version(NAME, one)
        with pytest.raises(NotFound):
            stores.registry.set_champion(NAME, one)
    assert stores.registry.versions("inconnu") == []
    assert stores.registry.champion("inconnu") is None
