"""What is built, in which order, from what; and what is told where it cannot be. The engine is a stand-in,
whose commands run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.region import Region
from archipel.deploy import images, inside
from archipel.deploy import tree as deploy_tree
from archipel.deploy.engines import Build
from archipel.deploy.tree import Tree
from archipel.environments.platformcode import platform_contents
from archipel.errors import Failed, Refused
from support.source import ROOT

CATALOG = load_catalog(ROOT)


class StandIn:
    """An engine whose images are files that hold their labels. ``broken``: its builds fail."""

    name = "stand-in"

    def __init__(self, folder: Path, root: bool = True, broken: bool = False) -> None:
        self.folder, self.broken = folder, broken
        self.builds: list[tuple[Build, set[str]]] = []
        if root:
            self._file(Region().images.root).write_text("{}")

    def _file(self, reference: str) -> Path:
        return self.folder / quote(reference, safe="")

    def probe(self) -> list[str]:
        return ["true"]

    def build(self, build: Build) -> list[str]:
        assert {path.name for path in build.secrets.values() if path.is_file()} == {*build.secrets}
        assert all(path.parent.stat().st_mode & 0o077 == 0 for path in build.secrets.values())
        assert build.dockerfile.read_text().startswith("# ")
        held = {path.relative_to(build.context).parts[0] for path in build.context.rglob("*")}
        self.builds.append((build, held))
        if self.broken:
            return ["sh", "-c", "echo 'ERROR: no matching distribution' >&2; exit 1"]
        text = json.dumps(dict(build.labels))
        return ["sh", "-c", 'printf %s "$1" >"$2"', "sh", text, str(self._file(build.reference))]

    def inspect(self, reference: str) -> list[str]:
        return ["cat", str(self._file(reference))]

    def labels(self, printed: str) -> dict[str, str]:
        return dict(json.loads(printed))

    def history(self, reference: str) -> list[str]:
        return self.inspect(reference)

    def pull(self, reference: str) -> list[str]:
        return ["sh", "-c", "echo 'no route to host' >&2; exit 1"]

    def push(self, reference: str) -> list[str]:
        return self.inspect(reference)

    def save(self, reference: str, file: Path) -> list[str]:
        return ["cp", str(self._file(reference)), str(file)]

    def load_root(self, tree: Path, reference: str) -> list[str]:
        return ["cp", str(tree), str(self._file(reference))]

    def run(self, reference: str, command: Sequence[str], env: Mapping[str, str], user: str) -> list[str]:
        return ["env", *(f"{name}={value}" for name, value in env.items()), "python3", "-I", "-"]


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """A platform of few files, since each build writes them; and what pip is told is asked of no process."""
    few = {name: text for name, text in platform_contents().items() if name.startswith("archipel/hub/proxy/")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "pip_settings", dict)
        patch.setattr(deploy_tree, "platform_contents", lambda: few)
        yield


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(ROOT, CATALOG, Region())


def test_parents_first_each_stage_with_what_it_needs(tree: Tree, tmp_path: Path) -> None:
    engine, heard = StandIn(tmp_path), list[str]()
    images.ensure(tree, engine, ["base", "platform"], heard.append)
    system, base, platform = (tree.image(name) for name in ("system", "base", "platform"))
    told = [(build.reference, build.target, held) for build, held in engine.builds]
    assert told == [
        (system.runnable.reference, "", {"authorities"}),
        (base.packages.reference, "environment", {"requirements.txt", "settings"}),
        (base.runnable.reference, "", {"code"}),
        (platform.packages.reference, "environment", {"requirements.txt", "node", "code"}),
        (platform.runnable.reference, "", {"code", "content"}),
    ]
    last = engine.builds[2][0]
    assert last.arguments["ENVIRONMENT"] == base.packages.reference
    assert last.labels["archipel.release"] == tree.release
    assert heard[0].startswith(f"{system.runnable.reference} : faite en ")


def test_what_is_there_stays_unless_it_is_forced(tree: Tree, tmp_path: Path) -> None:
    engine, heard = StandIn(tmp_path), list[str]()
    images.ensure(tree, engine, ["base"], heard.append)
    assert [one.seconds for one in images.ensure(tree, engine, ["base"], heard.append)] == [0.0, 0.0]
    assert heard[-1].endswith(" : déjà là, rien à faire.")
    assert len(engine.builds) == 3
    images.ensure(tree, engine, ["base"], heard.append, force=True)
    assert len(engine.builds) == 6


def test_a_name_that_holds_another_recipe_is_built_again(tree: Tree, tmp_path: Path) -> None:
    engine = StandIn(tmp_path)
    images.ensure(tree, engine, ["base"], print)
    stage = tree.image("base").packages
    engine._file(stage.reference).write_text(json.dumps({"archipel.recipe": "000000000000"}))
    images.ensure(tree, engine, ["base"], print)
    assert [build.reference for build, _held in engine.builds[3:]] == [stage.reference]


def test_a_root_that_cannot_be_had_says_how_to_make_one(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        images.ensure(tree, StandIn(tmp_path, root=False), ["base"], print)
    assert "ne peut pas être prise : no route to host" in str(caught.value)
    assert "« archipel image root »" in str(caught.value)


def test_a_build_that_fails_says_what_it_printed(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        images.ensure(tree, StandIn(tmp_path, broken=True), ["base"], print)
    assert "ERROR: no matching distribution" in str(caught.value)


def test_what_is_not_made_is_neither_saved_nor_pushed_nor_looked_into(tree: Tree, tmp_path: Path) -> None:
    engine, base = StandIn(tmp_path), tree.image("base")
    other = Tree(ROOT, CATALOG, Region.model_validate({"images": {"prefix": "registre.exemple/a/"}}))
    for action in (
        lambda: images.save(engine, base, tmp_path / "base.tar"),
        lambda: images.push(other, engine, ["base"], print),
        lambda: inside.inventory(engine, base),
        lambda: list(inside.check(tree, engine, base)),
    ):
        with pytest.raises(Refused) as caught:
            action()
        assert "« archipel image build base » la fait" in str(caught.value)


def test_a_unit_that_fails_is_told(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "images/system/units").mkdir(parents=True)
    good = "import json, os; json.loads(os.environ['ARCHIPEL_PROMISES'])"
    (tmp_path / "images/system/units/good.py").write_text(good)
    (tmp_path / "images/system/units/worse.py").write_text("raise SystemExit('promesse rompue')")
    (tmp_path / "images/system/Dockerfile").write_text("# system\nFROM x\n")
    (tmp_path / "store").mkdir()
    small, engine = Tree(tmp_path, CATALOG, Region()), StandIn(tmp_path / "store")
    images.ensure(small, engine, ["system"], print)
    results = list(inside.check(small, engine, small.image("system")))
    assert [(one.name, one.problem) for one in results] == [
        ("system/good.py", ""),
        ("system/worse.py", "promesse rompue"),
    ]
