"""How heavy the container images are, and how long each takes to build from nothing.

    python benchmarks/images.py [IMAGE...]      # by default, those of « make images »; all are built anew

A registry's own compression is reckoned: each layer by gzip, at its usual level.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from archive import size_of
from measure import record, recorded

from archipel.catalog.load import load_catalog
from archipel.catalog.region import load_region
from archipel.deploy import images
from archipel.deploy.engines import find
from archipel.deploy.tree import Tree, usual

CONTENT = Path(__file__).parents[1]
MB = 1_000_000


def main(names: list[str]) -> None:
    catalog = load_catalog(CONTENT)
    tree, engine = Tree(CONTENT, catalog, load_region(CONTENT)), find()
    # Those that are not built this time keep their last measure.
    rows: dict[str, dict[str, Any]] = recorded("images").get("rows", {})
    for built in images.ensure(tree, engine, names or usual(catalog), print, force=True):
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "image.tar"
            images.save(engine, built.image, archive)
            size = size_of(archive)
        rows[built.image.name] = {
            "seconds": built.seconds,
            "plain_mb": round(size.plain / MB),
            "compressed_mb": round(size.compressed / MB),
            "release_mb": round(size.last / MB, 1),
        }
        print(built.image.name, rows[built.image.name])
    machine = f"{platform.machine()}, {engine.name}"
    record("images", {"machine": machine, "unit": "MB, s", "rows": rows})


if __name__ == "__main__":
    main(sys.argv[1:])
