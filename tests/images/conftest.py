"""The engine of this machine, and the images that the tier looks into; what is missing is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.region import load_region
from archipel.deploy import images
from archipel.deploy.engines import Engine, find
from archipel.deploy.root import make_root
from archipel.deploy.tree import ContainerImage, Tree
from archipel.errors import ArchipelError
from support.source import ROOT


@pytest.fixture(scope="session")
def engine() -> Engine:
    try:
        return find()
    except ArchipelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def tree() -> Tree:
    return Tree(ROOT, load_catalog(ROOT), load_region(ROOT))


@pytest.fixture(scope="session")
def base(engine: Engine, tree: Tree) -> ContainerImage:
    """The image `base`, built where it is missing (two minutes at most; the others: `make images`)."""
    try:
        images.ensure(tree, engine, ["base"], print)
    except ArchipelError as error:
        if error.code != "image.root":
            raise
        try:
            make_root(tree.region, engine)
        except ArchipelError as missing:
            pytest.skip(str(missing))
        images.ensure(tree, engine, ["base"], print)
    return tree.image("base")


@pytest.fixture(scope="session")
def image(engine: Engine, tree: Tree, base: ContainerImage) -> Callable[[str], ContainerImage]:
    """An image by its name: its packages must be there, its last layer is made in seconds."""

    def ready(name: str) -> ContainerImage:
        if not images.present(engine, tree.image(name).packages):
            pytest.skip(f"the image « {name} » is not built here (make images)")
        images.ensure(tree, engine, [name], print)
        return tree.image(name)

    return ready


@pytest.fixture
def small(tmp_path: Path) -> Callable[[str], Path]:
    """A content whose only image is the Dockerfile that a test gives."""

    def make(dockerfile: str) -> Path:
        folder = tmp_path / "images" / "system"
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(dockerfile)
        return tmp_path

    return make
