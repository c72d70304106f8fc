"""The first process of a live dashboard's pod: fetch the version, then become Voilà.

`python -m archipel.dashboards.pod`, in the image's environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import archipel
from archipel.names import POD_WORK
from archipel.notebook.pod import UNREACHED, Platform, Refusal, secrets_of


def main() -> int:
    work = Path(os.environ.get("ARCHIPEL_WORK", POD_WORK))
    key = secrets_of(os.environ["ARCHIPEL_SECRETS"])["ARCHIPEL_API_TOKEN"]
    if not (work / "content").is_dir():
        # A container that starts again in its pod has it already.
        try:
            Platform(os.environ["ARCHIPEL_API_URL"], key, patience=60).fetch(
                work, os.environ["ARCHIPEL_PACKAGE"]
            )
        except (Refusal, OSError) as error:
            print(f"platform: {error}", file=sys.stderr, flush=True)
            return UNREACHED
    return become_voila(work, key)


def become_voila(work: Path, key: str) -> NoReturn:
    code = Path(archipel.__file__).parents[1]
    env = {
        **os.environ,
        "ARCHIPEL_KEY": key,
        "ARCHIPEL_NOTEBOOK": str(work / "content" / os.environ["ARCHIPEL_NOTEBOOK"]),
        "ARCHIPEL_PUBLISHED": str(work / "published"),
        # The release first: of the content's commit, only the défis' packages run.
        "PYTHONPATH": os.pathsep.join([str(code), str(work / "content" / "src")]),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "JUPYTER_PATH": str(code / "archipel" / "dashboards" / "share"),
    }
    arguments = [sys.executable, "-m", "archipel.dashboards.voila_server"]
    os.execve(sys.executable, arguments, env)  # noqa: S606  # this process becomes Voilà


if __name__ == "__main__":
    sys.exit(main())
