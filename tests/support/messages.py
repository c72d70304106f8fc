"""Every sentence of the product that a person may read, gathered from its code and templates.

``python -m support.messages`` (``make texts``) brings the English catalogue up to date: new sentences come
in without a translation, and the ones that nothing says any more leave. `test_texts.py` refuses a gap.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from support.source import SOURCE, nodes

LOCALE = SOURCE / "locale"
Message = str | tuple[str, str]
"""A sentence, or its singular and its plural."""


@cache
def gathered() -> dict[Message, list[str]]:
    """Message → where it is said, as ``folder/file.py:12``. The défis' packages speak French alone."""
    found: dict[Message, list[str]] = {}
    paths = sorted(SOURCE.rglob("*.py"))
    errors = error_classes(paths)
    for path in paths:
        if path.is_relative_to(SOURCE / "defis"):
            continue
        commands = path.is_relative_to(SOURCE / "cli")
        for line, message in [*_said(path, errors), *(_help(path) if commands else ())]:
            found.setdefault(message, []).append(f"{path.relative_to(SOURCE)}:{line}")
    for path in sorted(SOURCE.rglob("templates/**/*.html")):
        node = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for line, function, text in extract_from_ast(node, ("_", "plural")):
            texts = [one for one in (text if isinstance(text, tuple) else (text,)) if one is not None]
            message: Message = (texts[0], texts[1]) if function == "plural" else texts[0]
            found.setdefault(message, []).append(f"{path.relative_to(SOURCE)}:{line}")
    return found


def error_classes(paths: Iterable[Path]) -> set[str]:
    """Names of the classes below `ArchipelError`, and of the functions that make one from a message."""
    names = {"ArchipelError", "_cell_error"}
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for path in paths
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
    }
    while found := {name for name, above in bases.items() if above & names} - names:
        names |= found
    return names


def _said(path: Path, errors: set[str]) -> Iterator[tuple[int, Message]]:
    for node in nodes(path):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ("_", "translate", "N_"):
            yield from _texts(node.args[:1])
        elif name == "plural":
            singular, several = (ast.literal_eval(one) for one in node.args[:2])
            yield node.lineno, (singular, several)
        elif name in errors:
            hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            place = 2 if name == "_cell_error" else 1
            yield from _texts([*node.args[place : place + 1], *hints])


def _texts(expressions: list[ast.expr]) -> Iterator[tuple[int, Message]]:
    for node in expressions:
        for part in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.strip():
                yield part.lineno, part.value


def _help(path: Path) -> Iterator[tuple[int, Message]]:
    """What `--help` shows: docstrings of commands, ``help=`` of options."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield from _texts([keyword.value for keyword in node.keywords if keyword.arg == "help"])
        if isinstance(node, ast.FunctionDef) and any(_makes_command(one) for one in node.decorator_list):
            docstring = ast.get_docstring(node)
            if docstring:
                yield node.lineno, docstring


def _makes_command(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(function, ast.Attribute) and function.attr in ("command", "group")


def catalogue(language: str, domain: str) -> Catalog:
    path = LOCALE / language / "LC_MESSAGES" / f"{domain}.po"
    return read_po(BytesIO(path.read_bytes()), locale=language, domain=domain)


def compiled(known: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, known)
    return file.getvalue()


def main() -> None:
    """Bring ``archipel.po`` up to date with the code, and compile both catalogues."""
    known = catalogue("en", "archipel")
    # The date stays: a file that says the same is the same.
    fresh = Catalog(
        locale="en", domain="archipel", project="Archipel", fuzzy=False, creation_date=known.creation_date
    )
    missing = 0
    for message in sorted(gathered(), key=lambda one: one if isinstance(one, str) else one[0]):
        before = known.get(message if isinstance(message, str) else message[0])
        fresh.add(message, before.string if before else "")
        missing += not (before and before.string)
    folder = LOCALE / "en" / "LC_MESSAGES"
    with (folder / "archipel.po").open("wb") as file:
        write_po(file, fresh, omit_header=False, no_location=True, width=110)
    (folder / "archipel.mo").write_bytes(compiled(catalogue("en", "archipel")))
    (LOCALE / "fr" / "LC_MESSAGES" / "click.mo").write_bytes(compiled(catalogue("fr", "click")))
    print(f"{len(gathered())} sentences, {missing} without a translation")
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
