"""What an image says of itself from inside: its promises kept, and what it holds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from archipel.deploy.engines import Engine
from archipel.deploy.images import demand_present
from archipel.deploy.tree import ContainerImage, Tree, ancestry
from archipel.environments.checks import LIMIT_SECONDS, UnitResult, promises, units_of
from archipel.errors import Failed


def check(tree: Tree, engine: Engine, image: ContainerImage, user: str = "") -> Iterator[UnitResult]:
    """Run every unit of the image and of its ancestors inside it, one container each, as its own user."""
    reference = demand_present(engine, image)
    promised = promises(tree.catalog, image.name) if image.name in tree.catalog.images else {}
    env = {"ARCHIPEL_PROMISES": json.dumps({"imports": [], "commands": []} | promised)}
    for unit in units_of(tree.content, ancestry(tree.catalog, image.name)):
        name = f"{unit.parent.parent.name}/{unit.name}"
        program = unit.read_text(encoding="utf-8")
        try:
            done = run_python(engine, reference, program, env, user)
        except subprocess.TimeoutExpired:
            yield UnitResult(name, f"{LIMIT_SECONDS} s")
            continue
        printed = (done.stderr or done.stdout).strip()[-800:]
        yield UnitResult(name, (printed or f"exit {done.returncode}") if done.returncode else "")


def inventory(engine: Engine, image: ContainerImage) -> dict[str, Any]:
    """Packages of Python, Debian and npm that the image holds (`inventory.py`, run inside)."""
    reference = demand_present(engine, image)
    program = Path(__file__).with_name("inventory.py").read_text(encoding="utf-8")
    done = run_python(engine, reference, program)
    if done.returncode:
        raise Failed(
            "image.inventory",
            "le contenu de {reference} n’a pas pu être lu : {reason}",
            reference=reference,
            reason=done.stderr.strip()[-800:],
        )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def run_python(
    engine: Engine,
    reference: str,
    program: str,
    env: Mapping[str, str] | None = None,
    user: str = "",
    options: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """A program given to the image's Python on its standard input, as a restricted pod would run it."""
    return subprocess.run(
        engine.run(reference, ["python", *options, "-"], env or {}, user),
        input=program,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )
