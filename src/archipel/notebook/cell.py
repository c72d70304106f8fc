"""The `parameters` cell of a notebook, read by AST: names, types, defaults, help. Nothing is evaluated."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from archipel.catalog.models import Text
from archipel.errors import ArchipelError, Refusals, Refused
from archipel.notebook.accepted import Accepted, Kind
from archipel.notebook.values import BadValue, is_word, read_value
from archipel.texts import N_
from archipel.texts import translate as _

MISSING: Any = object()


@dataclass(frozen=True)
class ParameterSpec:
    """One parameter: what the cell declares and what the manifest adds.

    ``item``: kind of a list's items. ``minimum``, ``maximum``: numbers, or dates. ``default``: the
    Python value, or `MISSING`.
    """

    name: str
    kind: Kind
    default: Any = MISSING
    optional: bool = False
    item: Kind | None = None
    choices: tuple[Any, ...] = ()
    labels: Mapping[str, Text] = field(default_factory=dict)
    minimum: Any = None
    maximum: Any = None
    pattern: str = ""
    form: Text | None = None
    unit: str = ""
    help: Text = Text(fr="—")
    companions: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    words: str = ""
    datasets: tuple[str, ...] = ()
    line: int = 0

    def accepted(self) -> Accepted:
        return Accepted(
            self.kind,
            self.item,
            self.datasets if Kind.DATASET in (self.kind, self.item) else self.choices,
            self.minimum,
            self.maximum,
            self.pattern,
            self.form,
            self.unit,
            self.optional,
            self.extensions,
            self.words,
        )

    def is_word(self, value: Any) -> bool:
        """Whether a name stands where a file may."""
        return self.kind is Kind.FICHIER and isinstance(value, str) and is_word(self.words, value)


def read_cell(source: str, where: str = "") -> tuple[ParameterSpec, ...]:
    """The parameters that a cell declares, in order. Raises `Refusals` with file and line.

    Accepted: ``name: annotation = literal  # help`` and imports from ``typing`` and ``datetime``.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, RecursionError, MemoryError) as error:
        line, reason = getattr(error, "lineno", None) or 1, getattr(error, "msg", "") or _("trop profond")
        raise Refusals([_cell_error(where, line, "Python illisible : {reason}", reason=reason)]) from None
    comments = _comments(source)
    specs: list[ParameterSpec] = []
    errors: list[ArchipelError] = []
    for node in tree.body:
        try:
            spec = _statement(node, comments)
        except BadValue as problem:
            errors.append(_cell_error(where, node.lineno, problem.as_message()))
            continue
        if spec is None:
            continue
        if any(known.name == spec.name for known in specs):
            twice = N_("paramètre « {name} » déclaré deux fois")
            errors.append(_cell_error(where, node.lineno, twice, name=spec.name))
        specs.append(spec)
    if errors:
        raise Refusals(errors)
    return tuple(specs)


def _cell_error(where: str, line: int, message: str, **values: Any) -> ArchipelError:
    return Refused("parameter.cell", message, where=f"{where}:{line}" if where else f"ligne {line}", **values)


def _comments(source: str) -> dict[int, str]:
    """Line → trailing comment, read by the tokenizer so that a ``#`` inside a text is not one."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            found[token.start[0]] = token.string.lstrip("# ").strip()
    return found


def _statement(node: ast.stmt, comments: Mapping[int, str]) -> ParameterSpec | None:
    if isinstance(node, ast.ImportFrom) and node.module in ("typing", "datetime") and not node.level:
        return None
    if isinstance(node, ast.Import) and all(alias.name in ("typing", "datetime") for alias in node.names):
        return None
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return None
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
        raise BadValue(_("« nom: type = valeur  # aide » attendu, et rien d’autre"))
    spec = _annotation(node.annotation)
    help_text = comments.get(node.end_lineno or node.lineno, "")
    spec = replace(
        spec, name=node.target.id, line=node.lineno, help=Text(fr=help_text) if help_text else spec.help
    )
    if node.value is None:
        return spec
    default = _literal(node.value)
    return replace(spec, default=_fitting(default, spec))


def _fitting(default: Any, spec: ParameterSpec) -> Any:
    if default is None and not spec.optional:
        raise BadValue(_("« {name} » vaut None sans être « | None »", name=spec.name))
    return read_value(default, spec.accepted()) if default is not None else None


def _annotation(node: ast.expr) -> ParameterSpec:
    """``int``, ``Literal[…]``, ``list[str]``, ``dict[str, float]``, ``X | None``, ``Optional[X]``…"""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if not _is_none(side)]
        if len(sides) == 1:
            return replace(_annotation(sides[0]), optional=True)
        raise BadValue(_("une union n’est acceptée qu’avec None"))
    name = _type_name(node.value if isinstance(node, ast.Subscript) else node)
    if isinstance(node, ast.Subscript):
        inner = node.slice
        if name == "Optional":
            return replace(_annotation(inner), optional=True)
        if name == "Literal":
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return ParameterSpec("", Kind.ENUM, choices=tuple(_literal(item) for item in items))
        if name in ("list", "List"):
            return _list_of(_annotation(inner))
        if name in ("dict", "Dict"):
            return ParameterSpec("", Kind.DICT)
    simple = {
        "int": Kind.INT,
        "float": Kind.FLOAT,
        "bool": Kind.BOOL,
        "str": Kind.STR,
        "date": Kind.DATE,
        "list": Kind.LIST,
        "dict": Kind.DICT,
    }
    if name in simple and not isinstance(node, ast.Subscript):
        return ParameterSpec("", simple[name])
    raise BadValue(
        _(
            "type « {type} » refusé (acceptés : int, float, bool, str, date, Literal[…], list[…], dict[…], "
            "et « | None »)",
            type=ast.unparse(node),
        )
    )


def _list_of(item: ParameterSpec) -> ParameterSpec:
    if item.kind in (Kind.LIST, Kind.DICT):
        raise BadValue(_("liste de listes ou de groupes refusée"))
    return ParameterSpec("", Kind.LIST, item=item.kind, choices=item.choices)


def _type_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _literal(node: ast.expr) -> Any:
    """A literal, ``date(2024, 1, 1)``, or a list of them; nothing is evaluated."""
    if isinstance(node, ast.List):
        return [_literal(item) for item in node.elts]
    if isinstance(node, ast.Call) and _type_name(node.func) == "date" and not node.keywords:
        try:
            return date(*(ast.literal_eval(argument) for argument in node.args))
        except (ValueError, TypeError):
            raise BadValue(_("date impossible : {source}", source=ast.unparse(node))) from None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        raise BadValue(
            _("valeur littérale attendue, reçu « {source} »", source=ast.unparse(node)[:60])
        ) from None
