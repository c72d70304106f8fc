"""An image proves its promises from inside: the same units as in its container image."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archipel.catalog.models import Catalog
from archipel.environments.build import Environment

LIMIT_SECONDS = 300
SYSTEM = "system"
"""What every image stands on, in no catalogue: it has no packages of its own."""


@dataclass(frozen=True)
class UnitResult:
    """``name``: image and file; ``problem``: the end of what it printed, "" where it passed."""

    name: str
    problem: str


def units(content: Path, catalog: Catalog, image: str) -> list[Path]:
    """The checks of an image: its ancestors' first, so that a child keeps its parents' promises."""
    return units_of(content, (SYSTEM, *catalog.lineage(image)))


def units_of(content: Path, names: Iterable[str]) -> list[Path]:
    return [unit for name in names for unit in sorted((content / "images" / name / "units").glob("*.py"))]


def promises(catalog: Catalog, image: str) -> dict[str, list[str]]:
    """Imports and commands that the image and its ancestors promise."""
    line = [catalog.images[name] for name in catalog.lineage(image)]
    return {
        "imports": [name for member in line for name in member.imports],
        "commands": [name for member in line for name in member.commands],
    }


def check(
    environment: Environment, content: Path, catalog: Catalog, platform_code: Path
) -> Iterator[UnitResult]:
    """Run every unit inside the environment, one process each, with nothing of ours but its path."""
    env = {
        "PATH": f"{environment.bin}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(platform_code),
        "ARCHIPEL_PROMISES": json.dumps(promises(catalog, environment.image)),
    }
    for unit in units(content, catalog, environment.image):
        name = f"{unit.parent.parent.name}/{unit.name}"
        try:
            result = subprocess.run(
                [str(environment.python), str(unit)],
                env=env,
                capture_output=True,
                text=True,
                timeout=LIMIT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            yield UnitResult(name, f"{LIMIT_SECONDS} s")
            continue
        printed = (result.stderr or result.stdout).strip()[-800:]
        yield UnitResult(name, (printed or f"exit {result.returncode}") if result.returncode else "")
