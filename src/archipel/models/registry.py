"""MLflow's registry, read and written directly by the platform: versions, their files, the champion.

The MLflow application refuses the alias `champion` to everybody (`archipel.models.protection`); this is the
one place that sets it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from archipel.artifacts import Artifacts, blocks
from archipel.errors import NotFound
from archipel.mlflow_stores import load, registry_store, tracking_store
from archipel.models.documents import AUDIT, CARD, MAX_BYTES
from archipel.models.protection import CHAMPION, Protected

AUDIT_TAG = "archipel.audit"
"""Tag of a version: the MLflow run, of its défi's experiment, that holds its audit."""
MOST_VERSIONS = 200
RUN_FINISHED = 3
"""MLflow's `RunStatus.FINISHED`."""


@dataclass(frozen=True)
class Version:
    """``created``: ISO 8601, UTC. ``run``: the MLflow run it came from, "" for none."""

    name: str
    number: int
    created: str
    run: str
    audit_run: str


@dataclass(frozen=True)
class Documents:
    """The two files as they are, None where absent."""

    card: bytes | None
    audit: bytes | None


class MlflowRegistry:
    """``tables``: SQLAlchemy address of MLflow's own. ``artifacts``: what its server serves."""

    def __init__(self, tables: str, artifacts: Artifacts) -> None:
        self._tables, self._artifacts = tables, artifacts
        self._lock = threading.Lock()

    def versions(self, name: str) -> list[Version]:
        """The newest first; none where nobody registered any."""
        found = self._stores.registry.search_model_versions(
            filter_string=f"name='{name}'", max_results=MOST_VERSIONS, order_by=["version_number DESC"]
        )
        return [_version(one) for one in found]

    def version(self, name: str, number: int) -> Version:
        """Raises `NotFound`."""
        return _version(_known(name, number, lambda: self._stores.registry.get_model_version(name, number)))

    def champion(self, name: str) -> int | None:
        aliases = _or_none(lambda: self._stores.registry.get_registered_model(name).aliases)
        return int(aliases[CHAMPION]) if aliases and CHAMPION in aliases else None

    def register(self, name: str, experiment: str, files: Mapping[str, bytes]) -> int:
        """A new version, of a run of its own in ``experiment``; its number."""
        stores = self._stores
        known = stores.tracking.get_experiment_by_name(experiment)
        place = known.experiment_id if known else stores.tracking.create_experiment(experiment)
        now = int(time.time() * 1000)
        run = stores.tracking.create_run(place, "", now, [], f"{name}-livré").info
        stores.tracking.update_run_info(run.run_id, RUN_FINISHED, now, run.run_name)
        source = f"{run.artifact_uri}/modele"
        for path, data in files.items():
            self._artifacts.write(f"{_artifact_key(source)}/{path}", data)
        if _or_none(lambda: stores.registry.get_registered_model(name)) is None:
            stores.registry.create_registered_model(name)
        return int(stores.registry.create_model_version(name, source, run.run_id).version)

    def set_champion(self, name: str, number: int) -> None:
        _known(
            name,
            number,
            lambda: self._stores.registry.set_registered_model_alias(name, CHAMPION, str(number)),
        )

    def protected(self) -> Protected:
        """Every champion, declared or not, and where its files lie."""
        registry = self._stores.registry
        from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModelAlias

        # Its own searches leave out what is tagged as a prompt.
        with registry.ManagedSessionMaker() as session:
            rows = session.query(SqlRegisteredModelAlias).filter_by(alias=CHAMPION).all()
            champions = {str(row.name): int(row.version) for row in rows}
        keys = {name: self._files(name, number) for name, number in champions.items()}
        return Protected(champions, {name: PurePosixPath(key).parts for name, key in keys.items() if key})

    def documents(self, version: Version, experiment: str) -> Documents:
        """Card and audit lie in the version's files, or in its run's; an audit made later lies in the run
        that the version's tag names, which is of the défi's ``experiment``."""
        places = [self._files(version.name, version.number), self._run_files(version.run)]
        audits = [self._run_files(version.audit_run, experiment), *places]
        return Documents(self._first(places, CARD), self._first(audits, AUDIT))

    def digests(self, version: Version) -> dict[str, str]:
        """Path → SHA-256 of each file of the version: reads them all."""
        key = self._files(version.name, version.number)
        if not key:
            return {}
        found = {}
        for name, _size in list(self._artifacts.files(key)):
            digest = hashlib.sha256()
            for block in blocks(self._artifacts.open(f"{key}/{name}")):
                digest.update(block)
            found[name] = digest.hexdigest()
        return found

    def _first(self, keys: list[str], name: str) -> bytes | None:
        for key in filter(None, keys):
            # One byte more than is read says that it is too big.
            if (data := self._artifacts.read(f"{key}/{name}", MAX_BYTES + 1)) is not None:
                return data
        return None

    def _files(self, name: str, number: int) -> str:
        """Key of a version's files, "" where they lie nowhere that is known."""
        registry = self._stores.registry
        address = _or_none(lambda: registry.get_model_version_download_uri(name, number))
        return self._key(str(address)) if address else ""

    def _key(self, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme == "runs":
            run, _slash, path = parts.path.strip("/").partition("/")
            root = self._run_files(run)
            return f"{root}/{path}".rstrip("/") if root else ""
        if parts.scheme == "models":
            model = parts.path.strip("/")
            found = _or_none(lambda: self._stores.tracking.get_logged_model(model))
            return _artifact_key(found.artifact_location) if found else ""
        return _artifact_key(address)

    def _run_files(self, run: str, experiment: str = "") -> str:
        """Key of a run's artefacts; "" for no run, or one of another experiment."""
        found = _or_none(lambda: self._stores.tracking.get_run(run)) if run else None
        if found is None:
            return ""
        if experiment:
            known = self._stores.tracking.get_experiment(found.info.experiment_id)
            if known.name != experiment:
                return ""
        return _artifact_key(found.info.artifact_uri)

    @property
    def _stores(self) -> _Stores:
        with self._lock:
            return self._opened

    @cached_property
    def _opened(self) -> _Stores:
        return _Stores(tracking_store(self._tables, "mlflow-artifacts:/"), registry_store(self._tables))


@dataclass(frozen=True)
class _Stores:
    tracking: Any
    registry: Any


def _artifact_key(address: str) -> str:
    """``mlflow-artifacts:/1/a/artifacts/m`` → ``1/a/artifacts/m``; "" for any other address."""
    parts = urlsplit(address)
    path = PurePosixPath(unquote(parts.path).lstrip("/"))
    if parts.scheme != "mlflow-artifacts" or ".." in path.parts or not path.parts:
        return ""
    return str(path)


def _version(found: Any) -> Version:
    created = datetime.fromtimestamp(found.creation_timestamp / 1000, UTC).isoformat(timespec="milliseconds")
    return Version(found.name, int(found.version), created, found.run_id or "", found.tags.get(AUDIT_TAG, ""))


def _or_none(ask: Callable[[], Any]) -> Any:
    """None where MLflow knows no such thing."""
    load()
    from mlflow.exceptions import MlflowException

    try:
        return ask()
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _known(name: str, number: int, ask: Callable[[], Any]) -> Any:
    """Raises `NotFound` for a version that is not there, or no more."""
    load()
    from mlflow.exceptions import MlflowException

    try:
        return ask()
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        raise NotFound(
            "model.no-version", "« {name} » n’a pas de version {number}", name=name, number=number
        ) from None
