"""papermill's translator for Python, ours: accents as typed, dates as dates, nothing but literals."""

from __future__ import annotations

import ast
from datetime import date
from typing import Any

from papermill.models import Parameter
from papermill.translators import PythonTranslator

from archipel.notebook.literals import literal


class DateText(str):
    """A date that JSON can write: papermill stores parameters in the notebook's metadata."""

    __slots__ = ()


class LiteralTranslator(PythonTranslator):
    @classmethod
    def translate(cls, val: Any) -> str:
        return literal(undisguised(val))

    @classmethod
    def codify(cls, parameters: dict[str, Any], comment: str = "Parameters") -> str:
        lines = [f"# {comment}"]
        if any("date(" in cls.translate(value) for value in parameters.values()):
            lines.append("from datetime import date")
        # A parameter may be named `date`: last, it hides the type from no other.
        named = sorted(parameters.items(), key=lambda pair: pair[0] == "date")
        lines += [f"{name} = {cls.translate(value)}" for name, value in named]
        return "\n".join(lines) + "\n"

    @classmethod
    def inspect(cls, parameters_cell: Any) -> list[Parameter]:
        """Its names, whatever their types: papermill's own reads no ``str | None``, and warned of each."""
        try:
            body = ast.parse(parameters_cell["source"]).body
        except SyntaxError:
            return []
        targets: list[ast.expr] = [one.target for one in body if isinstance(one, ast.AnnAssign)]
        targets += [target for one in body if isinstance(one, ast.Assign) for target in one.targets]
        return [
            Parameter(name=one.id, inferred_type_name="None", default="", help="")
            for one in targets
            if isinstance(one, ast.Name)
        ]


def disguised(value: Any) -> Any:
    """Dates as `DateText`, inside lists too."""
    if isinstance(value, date):
        return DateText(value.isoformat())
    if isinstance(value, list):
        return [disguised(item) for item in value]
    return value


def undisguised(value: Any) -> Any:
    if isinstance(value, DateText):
        return date.fromisoformat(value)
    if isinstance(value, list):
        return [undisguised(item) for item in value]
    return value
