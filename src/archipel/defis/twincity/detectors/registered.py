"""A model of MLflow's registry: `twincity-pietons@champion`."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from archipel.defis.twincity.refusal import DataRefused

NAMED = re.compile(r"(?P<model>[a-z0-9-]{1,40})@(?P<alias>[a-z0-9-]{1,40})")


def fetched(named: str, endings: tuple[str, ...]) -> Path:
    """The one file of the version that ends so, with those beside it, in a folder of this process's own.

    Raises `DataRefused`.
    """
    found = NAMED.fullmatch(named)
    assert found is not None
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    folder = tempfile.mkdtemp(prefix="modele-")
    try:
        place = Path(download_artifacts(f"models:/{named}", dst_path=folder))
    except MlflowException as error:
        raise DataRefused(
            f"detecteur : « {named} » ne peut pas être pris dans le registre ({error})"
        ) from None
    models = sorted(path for path in place.rglob("*") if path.suffix.lower() in endings)
    if len(models) != 1:
        raise DataRefused(
            f"detecteur : « {named} » : un fichier {' ou '.join(endings)} attendu dans la version, "
            f"{len(models)} trouvé(s)"
        )
    return models[0]
