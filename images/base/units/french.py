"""JupyterLab speaks French, and asks nothing of any other host."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

assert version("jupyterlab-language-pack-fr-FR")
settings = Path(sys.prefix) / "share/jupyter/lab/settings"
overrides = json.loads((settings / "overrides.json").read_text(encoding="utf-8"))
assert overrides["@jupyterlab/translation-extension:plugin"]["locale"] == "fr_FR"
assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
