"""`docs/reference.md`, made from the code: commands, settings, catalogue, error codes.

``python -m support.reference`` (``make texts``) writes it; `test_reference.py` refuses a stale one.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from typing import Any

import click

from archipel.catalog.schema import schema
from archipel.cli import COMMANDS
from archipel.settings import SETTINGS
from support.messages import error_classes
from support.source import ROOT, SOURCE, nodes

PATH = ROOT / "docs" / "reference.md"
HEAD = """\
# Référence

*Fichier produit par `make texts` depuis le code : ne pas le modifier à la main. Generated from the code.*
"""


def text() -> str:
    parts = [HEAD, "## Réglages (environnement)\n", "| Variable | |", "|---|---|"]
    parts += [f"| `{setting.name}` | {setting.help} |" for setting in SETTINGS]
    parts += [
        "\n## Commandes\n",
        "Codes de sortie : 0 fait, 1 imprévu, 2 refusé, 3 échoué, 130 interrompu.\n",
    ]
    parts += ["| Commande | |", "|---|---|"]
    parts += [f"| `{name}` | {line} |" for name, line in commands()]
    parts += ["\n## Catalogue\n", *catalogue()]
    parts += ["## Codes d’erreur\n", "| Code | Phrase |", "|---|---|"]
    parts += [f"| `{code}` | {_cell(sentence)} |" for code, sentence in sorted(codes())]
    return "\n".join(parts) + "\n"


def commands() -> Iterator[tuple[str, str]]:
    for name, (place, line) in COMMANDS.items():
        if line:
            module, _colon, attribute = place.partition(":")
            loaded = getattr(importlib.import_module(f"archipel.cli.{module}"), attribute)
            yield from _command(f"archipel {name}", loaded)


def _command(name: str, command: click.Command) -> Iterator[tuple[str, str]]:
    if isinstance(command, click.Group):
        for below, one in sorted(command.commands.items()):
            yield from _command(f"{name} {below}", one)
        return
    words = [name]
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            words.append(parameter.make_metavar(click.Context(command)))
        elif isinstance(parameter, click.Option) and not parameter.hidden:
            words.append(f"[{parameter.opts[-1]}]")
    yield " ".join(words), _cell((command.help or "").splitlines()[0])


def catalogue() -> Iterator[str]:
    """One table a model: its keys, their types, what they mean."""
    files = {"ImagesFile": "catalog/images.yaml", "ProfilesFile": "catalog/profiles.yaml"}
    files |= {"Workspace": "catalog/workspace.yaml", "Defi": "catalog/defis/<défi>.yaml"}
    definitions = schema()["$defs"]
    for name in [*files, *sorted(set(definitions) - set(files))]:
        model = definitions[name]
        yield f"### {name}" + (f" — `{files[name]}`" if name in files else "") + "\n"
        if about := model.get("description"):
            yield about.split("\n\n")[0].replace("\n", " ") + "\n"
        yield "| Clé | Type | |"
        yield "|---|---|---|"
        for key, field in model.get("properties", {}).items():
            needed = "**obligatoire** " if key in model.get("required", ()) else ""
            yield f"| `{key}` | {_cell(_type(field))} | {needed}{_cell(field.get('description', ''))} |"
        yield ""


def _type(field: Any) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "anyOf" in field:
        return " ou ".join(_type(one) for one in field["anyOf"] if one.get("type") != "null")
    if field.get("type") == "array":
        return f"liste de {_type(field.get('items', {}))}"
    if field.get("type") == "object":
        inner = field.get("additionalProperties")
        return f"nom → {_type(inner)}" if isinstance(inner, dict) else "groupe de clés"
    names = {"string": "texte", "integer": "entier", "number": "nombre", "boolean": "`true` ou `false`"}
    return names.get(str(field.get("type")), "valeur")


def codes() -> set[tuple[str, str]]:
    """Every error of the platform: its stable code and its sentence."""
    paths = sorted(SOURCE.rglob("*.py"))
    classes = error_classes(paths) - {"_cell_error"}
    found = set()
    for path in paths:
        if path.is_relative_to(SOURCE / "defis"):
            continue
        for node in nodes(path):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in classes:
                continue
            first = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
            if len(first) == 2:
                found.add((str(first[0]), str(first[1])))
    return found


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
