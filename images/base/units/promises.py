"""Every import and command that the catalogue promises for the image (`ARCHIPEL_PROMISES`, JSON)."""

import importlib
import json
import os
import shutil
import sys
from pathlib import Path

promises = json.loads(os.environ["ARCHIPEL_PROMISES"])
missing = []
for name in promises["imports"]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing.append(f"import {name}: {error}")
search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
missing += [f"command {name}" for name in promises["commands"] if not shutil.which(name, path=search)]
if missing:
    sys.exit("\n".join(missing))
