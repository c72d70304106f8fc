"""`archipel doctor` in a pod of a cluster: whether its database and its store serve it, and what to do."""

from __future__ import annotations

import json
import ssl
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, SSLError

from archipel import cluster as module
from archipel.artifacts import Artifacts
from archipel.cluster import NAME, Cluster
from archipel.datafolder import DataFolder
from archipel.errors import Conflict
from archipel.hub.doctor import Step, examine
from archipel.objectstore import speaking
from archipel.workspace import Workspace

INSIDE = {"hub": "http://archipel-hub:80"}
WORKSPACE = Workspace("shared", "archipel", "https", "a.fr", 443, "b.fr", "c.fr", inside=INSIDE)


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """Of a pod whose store is a volume, and which is given no key of the database."""
    made = DataFolder(tmp_path)
    made.running.mkdir()
    made.secrets.mkdir()
    made.workspace_file.write_text(WORKSPACE.to_json(), encoding="utf-8")
    cluster = asdict(Cluster(f"file://{tmp_path}/magasin", {}))
    (made.running / NAME).write_text(json.dumps(cluster), encoding="utf-8")
    return made


def told(data: DataFolder) -> dict[str, Step]:
    return {step.title: step for step in examine(data)}


def answer(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")


def untrusted() -> SSLError:
    doubt = ssl.SSLCertVerificationError(1, "certificate verify failed")
    doubt.verify_message = "self-signed certificate"
    made = SSLError(endpoint_url="https://s3.exemple", error=doubt)
    made.__cause__ = doubt
    return made


def test_a_store_that_serves_is_one_line_and_nothing_is_left_in_it(data: DataFolder) -> None:
    steps = told(data)
    assert {title: step.error for title, step in steps.items()} == {"Magasin d’objets": ""}
    assert Artifacts(f"file://{data.root}/magasin").names(".probe") == []


@pytest.mark.parametrize(
    ("raised", "reason", "hint"),
    [
        (answer("NoSuchBucket", 404), "n’a pas ce seau", "corrigez store.url"),
        (
            answer("SignatureDoesNotMatch", 403),
            "refuse ces clés (SignatureDoesNotMatch)",
            "store.existingSecret",
        ),
        (untrusted(), "n’est pas reconnu (self-signed certificate)", "region.yaml"),
        (ConnectTimeoutError(endpoint_url="https://s3.exemple"), "ne répond pas", "« endpoint_url »"),
    ],
    ids=["bucket", "keys", "certificate", "silent"],
)
def test_a_store_that_does_not_is_told_with_what_to_check(
    data: DataFolder,
    raised: Exception,
    reason: str,
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Wrong(Artifacts):
        def write(self, _key: str, _content: bytes) -> Any:
            with speaking("s3://seau"):
                raise raised

    monkeypatch.setattr(module, "Artifacts", Wrong)
    error = told(data)["Magasin d’objets"].error
    assert error.startswith("s3://seau: le ")
    assert reason in error
    assert hint in error


def test_both_are_told_when_the_first_is_silent(data: DataFolder) -> None:
    (data.secrets / "database").write_text("postgresql://archipel:secret@127.0.0.1:9/archipel")
    steps = told(data)
    assert list(steps) == ["Base de données", "Magasin d’objets"]
    assert "127.0.0.1:9: la base ne répond pas" in steps["Base de données"].error
    assert "networkPolicy.database" in steps["Base de données"].error
    assert "secret" not in steps["Base de données"].error.replace("le Secret", "")
    assert not steps["Magasin d’objets"].error


def test_nothing_is_tried_where_nothing_runs(data: DataFolder) -> None:
    data.workspace_file.unlink()
    with pytest.raises(Conflict):
        told(data)
