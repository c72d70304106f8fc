"""Names and recipes of the images: what changes them, and what does not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.region import Region
from archipel.datafolder import DataFolder
from archipel.deploy.tree import (
    Tree,
    ancestry,
    demand_known,
    image_names,
    usual,
    with_ancestors,
)
from archipel.environments import lock_of, platformcode
from archipel.environments.platformcode import ensure_platform_code, platform_contents, release_of
from archipel.errors import NotFound, Refusals
from archipel.names import image_reference
from support.source import ROOT

CATALOG = load_catalog(ROOT)


@pytest.fixture(scope="module")
def tree(plain_content: Path) -> Tree:
    return Tree(plain_content, CATALOG, Region())


@pytest.fixture
def copy(plain_content: Path, tmp_path: Path) -> Path:
    """The content that images are made from, to be changed."""
    return Path(shutil.copytree(plain_content, tmp_path / "content"))


def recipes(content: Path, region: Region | None = None) -> dict[str, tuple[str, str]]:
    tree = Tree(content, CATALOG, region or Region())
    images = {name: tree.image(name) for name in image_names(CATALOG)}
    return {name: (image.packages.recipe, image.runnable.recipe) for name, image in images.items()}


def test_a_reference() -> None:
    assert (
        image_reference("localhost/archipel/", "base", "0a1b", "c2d3") == "localhost/archipel/base:0a1b-c2d3"
    )
    assert image_reference("r.exemple:5000/x/", "base", "0a1b") == "r.exemple:5000/x/base:0a1b"


def test_the_order_in_which_images_are_built() -> None:
    assert image_names(CATALOG) == (
        "system",
        "base",
        "datascience",
        "imaging",
        "vision",
        "platform",
        "postgresql",
    )
    assert usual(CATALOG) == ("base", "datascience", "imaging", "platform", "postgresql")
    assert with_ancestors(CATALOG, ["platform", "datascience"]) == (
        "system",
        "base",
        "datascience",
        "platform",
    )
    assert ancestry(CATALOG, "vision") == ("system", "base", "datascience", "imaging", "vision")
    assert ancestry(CATALOG, "platform") == ("system", "platform")


def test_an_image_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(Refusals) as caught:
        demand_known(["datascience", "platforme"], CATALOG)
    assert "Le plus proche est « platform »" in str(caught.value)


def test_an_image_is_named_after_its_lock_and_the_release(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformcode.compileall, "compile_dir", lambda *_args, **_options: True)
    base = tree.image("base")
    lock = lock_of(ROOT, "base")
    assert base.packages.reference == f"localhost/archipel/base:{lock}"
    assert base.runnable.reference == f"localhost/archipel/base:{lock}-{tree.release}"
    # The same code has the same name on one machine.
    assert ensure_platform_code(DataFolder(tmp_path)).name == tree.release == release_of(platform_contents())
    assert re.fullmatch("[0-9a-f]{12}", tree.release)


def test_a_pinned_content_s_images_are_made_under_this_release(copy: Path, plain_content: Path) -> None:
    """An upgrade leaves the content as it is: sessions ask for its locks with the new release's code."""
    with (copy / "images" / "base" / "requirements.txt").open("a") as file:
        file.write("# another lock\n")
    tree, of_pinned = Tree(plain_content, CATALOG, Region()), Tree(plain_content, CATALOG, Region(), copy)
    for name in ("base", "datascience"):
        image = of_pinned.image(name)
        assert (image.lock, image.release) == (lock_of(copy, name), tree.release)
    base = of_pinned.image("base")
    assert base.lock != tree.image("base").lock
    assert of_pinned.image("datascience").packages.parent == base.packages.reference
    assert b"# another lock" in of_pinned.image("base").packages.files["requirements.txt"]
    assert of_pinned.image("platform") == tree.image("platform")


def test_children_stand_on_their_parent_s_packages(tree: Tree) -> None:
    assert tree.image("datascience").packages.parent == tree.image("base").packages.reference
    assert tree.image("base").packages.parent == tree.image("system").runnable.reference
    assert tree.image("platform").packages.parent == tree.image("system").runnable.reference
    assert tree.image("base").runnable.parent == tree.image("base").packages.reference


def test_a_dockerfile_changes_its_image_and_what_stands_on_it(copy: Path) -> None:
    before = recipes(copy)
    with (copy / "images" / "datascience" / "Dockerfile").open("a") as file:
        file.write("# more\n")
    after = recipes(copy)
    assert {name for name in before if before[name] != after[name]} == {"datascience", "imaging", "vision"}


def test_the_root_image_and_the_authorities_change_them_all(copy: Path) -> None:
    before = recipes(copy)
    other = Region.model_validate({"images": {"root": "r.exemple/debian:bookworm-slim"}})
    pem = copy / "ca.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n")
    for region in (other, Region(authorities=pem)):
        after = recipes(copy, region)
        assert all(before[name] != after[name] for name in before)


def test_the_content_changes_the_platform_s_last_layer_alone(copy: Path) -> None:
    before = recipes(copy)
    (copy / "notebooks" / "bonjour" / "note.md").write_text("Bonjour\n")
    after = recipes(copy)
    assert {name for name in before if before[name] != after[name]} == {"platform"}
    assert before["platform"][0] == after["platform"][0]


def test_what_an_image_without_dockerfile_says(copy: Path) -> None:
    (copy / "images" / "vision" / "Dockerfile").unlink()
    with pytest.raises(NotFound) as caught:
        recipes(copy)
    assert "l’image « vision » n’a pas de Dockerfile" in str(caught.value)
