"""What MLflow's application is started with."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from archipel.datafolder import DataFolder
from archipel.models.access import SOURCES
from archipel.models.server import Places, environment, sealing_key
from archipel.workspace import Workspace

CHECKED = "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX"


def test_mlflow_itself_opens_no_address_of_the_store(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.secrets.mkdir()
    # The one key that its pod has.
    (data.secrets / "mlflow").write_text("k")
    workspace = Workspace("shared", "archipel", "https", "a.fr", 443, "b.fr", "c.fr", {"mlflow": 8004})
    told = environment(data, workspace, Places("sqlite://", "sqlite://", "s3://archipel"))
    assert told[CHECKED] == SOURCES
    assert told["MLFLOW_FLASK_SERVER_SECRET_KEY"] == sealing_key(data) != "k"


def test_the_installed_mlflow_knows_that_setting() -> None:
    """A name that it no longer reads would open the store without a word."""
    found = find_spec("mlflow")
    if found is None or found.origin is None:
        pytest.skip("needs mlflow")
    assert CHECKED in (Path(found.origin).parent / "server" / "handlers.py").read_text(encoding="utf-8")
