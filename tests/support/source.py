"""The code of the product, read once for all the tests that look at it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "archipel"


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file of Python. To walk a tree costs more than to parse it, and many tests look."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
