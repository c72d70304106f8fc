"""The code of the product, read once for all the tests that look at it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "archipel"


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file of Python but « load » and « store », a third of them, which say nothing here.

    To walk a tree costs more than to parse it, and many tests look: each node is read once, by its fields.
    """
    found: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    for node in found:
        for value in vars(node).values():
            if isinstance(value, list):
                found += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                found.append(value)
    return tuple(found)
