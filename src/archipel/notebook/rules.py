"""House rules of a stored notebook, read as JSON and AST in milliseconds (what a notebook may contain)."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archipel.errors import ArchipelError, Refused
from archipel.notebook.stored import read_notebook, source_of, tags_of
from archipel.output import write_atomically
from archipel.texts import translate as _

MAX_CODE_LINES = 12
MAX_CELLS = 40
_ALLOWED_METADATA = {"kernelspec", "language_info"}
_ALLOWED_CELL_METADATA = {"tags", "jupyter"}
_ABSOLUTE = re.compile(
    r"^(/(home|root|tmp|var|usr|data|mnt|opt|etc|srv|media|work|run|proc|dev|Users|Volumes)/|[A-Za-z]:[\\/])"
)


@dataclass(frozen=True)
class Violation:
    """One broken rule: where (``cell`` counted from 1; 0 for the notebook itself), which, what to do."""

    file: str
    cell: int
    rule: str
    message: str
    hint: str = ""

    def as_error(self) -> ArchipelError:
        where = f"{self.file}:cellule {self.cell}" if self.cell else self.file
        # What is quoted of the notebook may hold braces, which are holes in a message.
        message = self.message.replace("{", "{{").replace("}", "}}")
        return Refused(f"notebook.{self.rule}", message, where=where, hint=self.hint)


def check_notebook(path: Path, root: Path | None = None) -> list[Violation]:
    """Every rule that the notebook at ``path`` breaks; ``root``: what its name is shown relative to."""
    name = str(path.relative_to(root)) if root else str(path)
    try:
        notebook = read_notebook(path, name)
    except Refused as refused:
        return [Violation(name, 0, refused.code.removeprefix("notebook."), refused.sentence())]
    cells = notebook["cells"]
    found = list(_notebook_rules(name, notebook, cells))
    for number, cell in enumerate(cells, 1):
        found += _cell_rules(name, number, cell)
    return found


def _notebook_rules(name: str, notebook: Mapping[str, Any], cells: list[Any]) -> Iterator[Violation]:
    first = source_of(cells[0]) if cells else ""
    if not cells or cells[0]["cell_type"] != "markdown" or not first.lstrip().startswith("# "):
        yield Violation(name, 1, "title", _("la première cellule porte un titre de niveau 1 (« # … »)"))
    tagged = [n for n, cell in enumerate(cells, 1) if "parameters" in tags_of(cell)]
    if len(tagged) != 1:
        yield Violation(name, 0, "parameters", _("une cellule, et une seule, est étiquetée « parameters »"))
    elif tagged != [2]:
        yield Violation(name, tagged[0], "parameters", _("la cellule « parameters » est la deuxième"))
    if len(cells) > MAX_CELLS:
        yield Violation(name, 0, "length", _("{n} cellules au plus", n=MAX_CELLS))
    extra = set(notebook.get("metadata", {})) - _ALLOWED_METADATA
    if extra:
        yield Violation(
            name,
            0,
            "metadata",
            _("métadonnées de trop : {names}", names=", ".join(sorted(extra))),
            _("« archipel notebook strip » les retire."),
        )
    kernel = notebook.get("metadata", {}).get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield Violation(name, 0, "kernel", _("le noyau s’appelle « python3 »"))


def _cell_rules(name: str, number: int, cell: Mapping[str, Any]) -> Iterator[Violation]:
    extra = set(cell.get("metadata", {})) - _ALLOWED_CELL_METADATA
    if extra:
        yield Violation(
            name,
            number,
            "metadata",
            _("métadonnées de trop : {names}", names=", ".join(sorted(extra))),
            _("« archipel notebook strip » les retire."),
        )
    if cell["cell_type"] != "code":
        return
    if cell.get("outputs") or cell.get("execution_count") is not None:
        yield Violation(
            name, number, "output", _("résultat enregistré"), _("« archipel notebook strip » le retire.")
        )
    source = source_of(cell)
    # The parameters cell is one line a parameter: its length is the défi's, not the author's style.
    if len(source.splitlines()) > MAX_CODE_LINES and "parameters" not in tags_of(cell):
        yield Violation(
            name,
            number,
            "long-cell",
            _("plus de {n} lignes", n=MAX_CODE_LINES),
            _("Le calcul va dans le paquet du défi."),
        )
    try:
        tree = ast.parse(source)
    except (SyntaxError, RecursionError, MemoryError) as error:
        # Only what is no Python: a line may begin with « % » in a text, or to go on with an expression.
        if re.search(r"^\s*[!%]", source, re.M):
            yield Violation(name, number, "magic", _("commande « ! » ou « % » refusée"))
            return
        line, reason = getattr(error, "lineno", 1), getattr(error, "msg", _("trop profond"))
        yield Violation(
            name, number, "syntax", _("Python illisible, ligne {line} : {reason}", line=line, reason=reason)
        )
        return
    yield from _code_rules(name, number, tree)


def _code_rules(name: str, number: int, tree: ast.AST) -> Iterator[Violation]:
    hint = _("Cela va dans le paquet du défi.")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Violation(name, number, "definition", _("définition de « {name} »", name=node.name), hint)
        elif isinstance(node, ast.For | ast.While | ast.AsyncFor):
            yield Violation(name, number, "loop", _("boucle, ligne {line}", line=node.lineno), hint)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _ABSOLUTE.match(node.value):
            yield Violation(
                name, number, "absolute-path", _("chemin absolu « {path} »", path=node.value[:60])
            )


def strip_notebook(path: Path) -> bool:
    """Remove outputs, counts and metadata beyond the allow-list, atomically; whether it changed."""
    notebook = read_notebook(path)
    before = path.read_text(encoding="utf-8")
    metadata = notebook.get("metadata", {})
    notebook["metadata"] = {k: v for k, v in metadata.items() if k in _ALLOWED_METADATA}
    for cell in notebook["cells"]:
        metadata = cell.get("metadata", {})
        cell["metadata"] = {k: v for k, v in metadata.items() if k in _ALLOWED_CELL_METADATA}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    after = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    if after == before:
        return False
    write_atomically(path, after.encode())
    return True
