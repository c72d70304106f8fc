"""The house rules that a reviewer would otherwise have to remember, measured on the tree itself."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from support.source import ROOT, SOURCE, nodes

LEAVES = {
    "archives",
    "artifacts",
    "objectstore",
    "asgi",
    "cluster",
    "isolation",
    "mlflow_stores",
    "names",
    "errors",
    "texts",
    "datafolder",
    "workspace",
    "output",
}
LAYERS = (
    {"cli"},
    {"hub", "runs", "dashboards", "models", "portal", "deploy"},
    {"notebook", "kernels", "backends", "identity", "content", "environments", "sessions"},
    {"catalog"},
    LEAVES,
)
"""From the top down: a module imports its own room and what lies below, never sideways or up."""

EDGES = {"archipel.cli", "archipel.hub.jupyterhub_config", "archipel.portal.app"}
"""They wire: `settings` is for them alone, and `portal.app` brings the features together."""

SIDEWAYS = {
    ("archipel.portal", "runs"): "pages and API show the ledger: one process, one writer",
    ("archipel.portal", "models"): "who promotes a model does it here: MLflow refuses the alias to everybody",
    ("archipel.portal", "dashboards"): "publishing is a run that the portal's scheduler ends",
}
"""Imports across features that are wanted, with the reason."""

LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS = {
    "archipel.runs.migrations.versions.0001_first_tables.upgrade": "a list of columns, written once",
}
"""Allowed exceptions to the sizes: name → reason."""

PAGE = "archipel.defis.page"
"""Below all défis, which alone may import it: what their dashboards have in common. No défi has its name."""

OWNERS = {
    "kubernetes": {"archipel.backends.kubernetes"},
    "kubernetes_asyncio": {"archipel.backends.kubernetes"},
    "mlflow": {"archipel.mlflow_stores", "archipel.runs.tracking", "archipel.models"},
    "papermill": {"archipel.notebook"},
}
"""Libraries that one room alone may import."""


def modules(source: Path = SOURCE) -> list[tuple[str, Path]]:
    found = []
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source.parent).with_suffix("").parts
        found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


@cache
def imports(path: Path, module: str) -> set[str]:
    """Every module named in an import statement of the file, relative ones made absolute."""
    names: set[str] = set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                head = package.split(".")
                base = ".".join([*head[: len(head) - node.level + 1], *([base] if base else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def layer(name: str) -> int | None:
    return next((depth for depth, rooms in enumerate(LAYERS) if name in rooms), None)


def under(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}.")


def broken_directions(source: Path = SOURCE, within: str = "archipel") -> list[str]:
    broken = []
    for module, path in modules(source):
        if not under(module, within):
            continue
        here, mine = room(module), layer(room(module))
        edge = any(under(module, name) for name in EDGES)
        for name in imports(path, module):
            there = room(name)
            if not under(name, "archipel") or there in ("", here):
                continue
            if there == "settings":
                if not edge:
                    broken.append(f"{module} reads settings")
                continue
            if here == "defis" or there == "defis":
                broken.append(f"{module} imports {name}")
                continue
            theirs = layer(there)
            if mine is None or theirs is None or edge:
                continue
            allowed = any(under(module, who) and there == what for who, what in SIDEWAYS)
            if theirs <= mine and not allowed and not (here in LEAVES and there in LEAVES):
                broken.append(f"{module} imports {name}")
    return sorted(set(broken))


def test_imports_go_downward_only() -> None:
    assert broken_directions() == []


def broken_defis(source: Path = SOURCE) -> list[str]:
    broken = []
    for module, path in modules(source):
        if not under(module, "archipel.defis") or module == "archipel.defis":
            continue
        own = {".".join(module.split(".")[:3]), PAGE}
        for name in imports(path, module):
            if under(name, "archipel") and not any(under(name, one) for one in own):
                broken.append(f"{module} imports {name}")
    return broken


def test_no_defi_imports_another_or_the_platform() -> None:
    assert broken_defis() == []
    assert not (ROOT / "catalog/defis/page.yaml").exists(), "the package of this name is no défi's"


def test_a_defi_may_import_the_room_of_pages_which_imports_none(tmp_path: Path) -> None:
    texts = {
        "page/parts.py": "from archipel.defis.page import words\nfrom archipel.defis.essai import model\n",
        "essai/page.py": "from archipel.defis.page import parts\nfrom archipel.defis.autre import model\n",
    }
    for name, text in texts.items():
        path = tmp_path / "archipel/defis" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    told = {line.partition(".model")[0] for line in broken_defis(tmp_path / "archipel")}
    assert told == {
        "archipel.defis.page.parts imports archipel.defis.essai",
        "archipel.defis.essai.page imports archipel.defis.autre",
    }


def test_each_heavy_library_has_one_owner() -> None:
    broken = []
    for module, path in modules():
        if under(module, "archipel.defis"):
            continue
        for name in imports(path, module):
            owners = OWNERS.get(name.split(".")[0])
            if owners and not any(under(module, owner) for owner in owners):
                broken.append(f"{module} imports {name}")
    assert broken == []


def test_modules_and_functions_stay_small() -> None:
    long = []
    for module, path in modules():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > 300 and module not in LONG_MODULES:
            long.append(f"{module}: {len(text.splitlines())} lines")
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 50 and f"{module}.{node.name}" not in LONG_FUNCTIONS:
                    long.append(f"{module}.{node.name}: {length} lines")
    assert long == []


def test_no_drawer_modules() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [module for module, _ in modules() if module.rpartition(".")[2] in drawers] == []


def test_each_muted_checker_says_why() -> None:
    bare = re.compile(r"#\s*(type: ignore(\[[^\]]*\])?|noqa(: ?[A-Z0-9, ]+)?)\s*$")
    muted = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in (ROOT / "src", ROOT / "tests")
        for path in sorted(folder.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert muted == []


DEFI = """\
title: {fr: Essai, en: Trial}
summary: {fr: Un défi de plus., en: One more.}
owner: {name: Équipe, contact: equipe@example.gouv.fr}
purpose: {fr: Vérifier l'architecture., en: Check the architecture.}
legal_basis: {fr: Aucune donnée personnelle., en: No personal data.}
executions:
  execution:
    title: {fr: Calcul, en: Computation}
    image: datascience
    parameters:
      nombre: {help: {fr: Combien de fois, en: How many times}, minimum: 1, maximum: 9}
"""


def test_a_new_defi_touches_only_its_four_places(tmp_path: Path) -> None:
    """Add a défi to a copy of the tree, then run the suite's own checks on the copy."""
    from archipel.notebook.review import check_content

    copy = tmp_path / "copy"
    for place in ("catalog", "notebooks", "images", "src"):
        shutil.copytree(ROOT / place, copy / place, ignore=shutil.ignore_patterns("__pycache__", "sortie"))
    before = _tree(copy)

    (copy / "catalog/defis/essai.yaml").write_text(DEFI, encoding="utf-8")
    package = copy / "src/archipel/defis/essai"
    package.mkdir()
    (package / "__init__.py").write_text('"""An essay."""\n', encoding="utf-8")
    (package / "model.py").write_text("def double(n: int) -> int:\n    return 2 * n\n", encoding="utf-8")
    source = json.loads((ROOT / "notebooks/bonjour/execution.ipynb").read_text(encoding="utf-8"))
    parameters = next(c for c in source["cells"] if "parameters" in c.get("metadata", {}).get("tags", ()))
    parameters["source"] = ["nombre: int = 2  # combien de fois"]
    code = [c for c in source["cells"] if c["cell_type"] == "code" and c is not parameters]
    code[0]["source"] = ["from archipel import output\n", "from archipel.defis.essai.model import double"]
    code[-1]["source"] = ['output.attempt().result({"double": (double(nombre), "1")})']
    heading = next(c for c in source["cells"] if c["cell_type"] == "markdown")
    source["cells"] = [heading, parameters, code[0], code[-1]]
    (copy / "notebooks/essai").mkdir()
    notebook = copy / "notebooks/essai/execution.ipynb"
    notebook.write_text(json.dumps(source), encoding="utf-8")

    assert "essai" in check_content(copy).defis
    # What was there is judged by the tests above.
    assert broken_directions(copy / "src" / "archipel", "archipel.defis.essai") == []
    assert broken_defis(copy / "src" / "archipel") == []
    added = _tree(copy) - before
    assert {"/".join(path.split("/")[:3]) for path in added} <= {
        "catalog/defis/essai.yaml",
        "notebooks/essai/execution.ipynb",
        "src/archipel/defis",
    }


def _tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_nothing_names_a_path_of_the_machine_or_a_package_index() -> None:
    """What is committed works anywhere: no absolute path of who wrote it, no index host."""
    hosts = re.compile(rb"files\.pythonhosted|pypi\.org|registry\.npmjs|deb\.debian\.org")
    found = []
    for path in committed(ROOT):
        if path != Path(__file__) and path.stat().st_size <= 2_000_000 and hosts.search(path.read_bytes()):
            found.append(str(path.relative_to(ROOT)))
    assert found == []


def committed(root: Path) -> Iterator[Path]:
    """The files that git has or would take: « .gitignore » is of plain patterns, of names or of paths."""
    ignored = [line.rstrip("/") for line in (root / ".gitignore").read_text(encoding="utf-8").split()]
    names = [*(one for one in ignored if "/" not in one), ".git"]
    paths = [one.lstrip("/") for one in ignored if "/" in one]
    for folder, below, files in os.walk(root):
        for name in (*below, *files):
            path = Path(folder, name)
            here = path.relative_to(root).as_posix()
            if any(fnmatch(name, one) for one in names) or any(fnmatch(here, one) for one in paths):
                if name in below:
                    below.remove(name)
            elif path.is_file() and not path.is_symlink():
                yield path
