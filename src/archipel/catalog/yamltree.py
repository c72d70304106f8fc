"""YAML read as a tree that remembers lines, from files that may be hostile.

Only plain scalars, lists and mappings: tags, anchors and duplicate keys are refused, and a file is
measured before it is read. Nothing of what a file says is ever executed or resolved elsewhere.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from archipel.errors import ArchipelError, Refusals, Refused
from archipel.texts import translate as _

MAX_BYTES = 256 * 1024
"""A catalogue file is a few kilobytes; libyaml needs about 200 times a file's size to compose it."""
MAX_DEPTH = 20
MAX_VALUES = 20_000

_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {f"{_TAG}{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")}
_NUMBER = r"[-+]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][-+]?[0-9]{1,2})?"
_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    f"{_TAG}null": ("|~|null|Null|NULL", lambda _text: None),
    f"{_TAG}bool": ("true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    f"{_TAG}int": ("[-+]?(0|[1-9][0-9]{0,17})", int),
    f"{_TAG}float": (_NUMBER, float),
    f"{_TAG}str": ("(?s:.*)", str),
    # Dates stay text: the models decide what a date is.
    f"{_TAG}timestamp": ("(?s:.*)", str),
}
"""How a value of each type is written, and what it is. YAML 1.1 reads more into a word (``NO`` is false,
``010`` is 8, ``12:30`` is 750): that is refused rather than guessed."""


@dataclass
class Tree:
    """``data``: plain Python values. ``lines``: path of keys → line, counted from 1."""

    file: str
    data: Any = None
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)

    def place(self, path: tuple[str | int, ...]) -> str:
        """``file:line:key`` of a path, or of its nearest parent that the file holds."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        line = self.lines.get(known, 1)
        return f"{self.file}:{line}:{'.'.join(str(part) for part in path)}".rstrip(":")


def read_tree(path: Path, shown_as: str) -> Tree:
    """Parse one file. ``shown_as``: its name in messages. Raises `Refusals`."""
    tree = Tree(shown_as)
    try:
        text = _read_text(path, shown_as)
        node = _compose(text, shown_as)
    except ArchipelError as error:
        raise Refusals([error]) from None
    errors: list[ArchipelError] = []
    if node is not None:
        tree.data = _convert(node, (), tree, errors)
    if errors:
        raise Refusals(errors)
    return tree


def _read_text(path: Path, shown_as: str) -> str:
    try:
        info = path.lstat()
    except FileNotFoundError:
        raise Refused("catalog.absent", "fichier absent : {path}", where=shown_as, path=path.name) from None
    except OSError as error:
        raise Refused(
            "catalog.unreadable", "fichier illisible : {reason}", where=shown_as, reason=error.strerror
        ) from None
    if not stat.S_ISREG(info.st_mode):
        raise Refused("catalog.not-a-file", "ce n’est pas un fichier ordinaire", where=shown_as)
    if info.st_size > MAX_BYTES:
        raise Refused(
            "catalog.too-large",
            "fichier trop gros : {size} octets ; {maximum} au plus",
            where=shown_as,
            size=info.st_size,
            maximum=MAX_BYTES,
        )
    try:
        return path.read_bytes()[: MAX_BYTES + 1].decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(
            "catalog.encoding", "texte UTF-8 attendu (octet {offset})", where=shown_as, offset=error.start
        ) from None


def _compose(text: str, shown_as: str) -> yaml.Node | None:
    """The node tree, after a first pass over the events that refuses what could grow or nest too far."""
    try:
        for event in _events(text):
            place = f"{shown_as}:{_line(event.start_mark)}"
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise Refused("catalog.alias", "ancres et renvois YAML (& et *) refusés", where=place)
            tag = getattr(event, "tag", None)
            if tag and tag not in _PLAIN_TAGS:
                raise Refused("catalog.tag", "étiquette YAML refusée : {tag}", where=place, tag=tag)
        node: yaml.Node | None = yaml.compose(text, Loader=_SAFE_LOADER)
        return node
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Refused(
            "catalog.syntax",
            "YAML illisible : {problem}",
            where=f"{shown_as}:{_line(mark)}" if mark else shown_as,
            problem=getattr(error, "problem", None) or _("document mal formé"),
        ) from None


def _line(mark: Any) -> int:
    return mark.line + 1 if mark is not None else 1


def _events(text: str) -> Iterator[yaml.Event]:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_SAFE_LOADER)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if depth > MAX_DEPTH or count > MAX_VALUES:
            deep, long = _("plus de {n} niveaux", n=MAX_DEPTH), _("plus de {n} valeurs", n=MAX_VALUES)
            problem = deep if depth > MAX_DEPTH else long
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=cast("yaml.Mark", event.start_mark))
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield event


def _convert(node: yaml.Node, path: tuple[str | int, ...], tree: Tree, errors: list[ArchipelError]) -> Any:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _convert_mapping(node, path, tree, errors)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(item, (*path, index), tree, errors) for index, item in enumerate(node.value)]
    return _scalar(node, path, tree, errors)


def _convert_mapping(
    node: yaml.MappingNode, path: tuple[str | int, ...], tree: Tree, errors: list[ArchipelError]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            errors.append(Refused("catalog.key", "clé simple attendue", where=tree.place(path)))
            continue
        key = key_node.value
        here = (*path, key)
        line = key_node.start_mark.line + 1
        if key in values:
            errors.append(
                Refused(
                    "catalog.duplicate-key",
                    "clé en double, déjà donnée ligne {first}",
                    where=f"{tree.file}:{line}:{'.'.join(map(str, here))}",
                    first=tree.lines[here],
                )
            )
            continue
        tree.lines[here] = line
        values[key] = _convert(value_node, here, tree, errors)
    return values


def _scalar(node: yaml.Node, path: tuple[str | int, ...], tree: Tree, errors: list[ArchipelError]) -> Any:
    pattern, read = _READERS.get(node.tag, ("(?!)", str))
    if re.fullmatch(pattern, node.value):
        return read(node.value)
    errors.append(
        Refused(
            "catalog.value",
            "valeur refusée : « {value} »",
            hint="Un texte se met entre guillemets ; sinon : true, false, ou un nombre sans zéro devant.",
            where=tree.place(path),
            value=node.value[:80],
        )
    )
    return None
