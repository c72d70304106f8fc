"""Which branches of the chart's templates a set of values takes.

A copy of the chart notes each branch that it enters in ``.Values``, which all templates share, and a last
template tells what was noted. Nothing else of the render changes.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ACTION = re.compile(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.S)
OPENING = re.compile(r"(if|with|range)\b\s*(.*)", re.S)
TELLING = "aaa-branches.yaml"
"""Rendered last: helm begins with the deepest files, in the reverse of their order."""


@dataclass(frozen=True)
class Branch:
    file: str
    line: int
    condition: str
    taken: bool
    refusal: bool
    """Whether all that it does is to refuse the values: no render takes it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {'' if self.taken else 'not '}({self.condition})"


def instrumented(chart: Path, target: Path) -> dict[str, Branch]:
    """A copy of the chart that notes its branches; mark → branch."""
    shutil.copytree(chart, target)
    marks: dict[str, Branch] = {}
    folder = target / "templates"
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.tpl")]):
        text = path.read_text(encoding="utf-8")
        path.write_text(_marked(str(path.relative_to(folder)), text, marks), encoding="utf-8")
    telling = (
        "{{- $noted := list }}{{ range $key, $value := .Values }}"
        '{{ if hasPrefix "branch-" $key }}{{ $noted = append $noted $key }}{{ end }}{{ end }}\n'
        "kind: Branches\napiVersion: v1\nmetadata: {name: branches}\nnoted: {{ toJson $noted }}\n"
    )
    (folder / TELLING).write_text(telling, encoding="utf-8")
    return marks


def _marked(file: str, text: str, marks: dict[str, Branch]) -> str:
    """The text with a note at each branch's beginning; an `else` is added where there is none."""
    parts: list[str] = []
    # What opened each, its condition, its line, whether it has an else.
    open_: list[tuple[str, str, int, bool]] = []
    last = 0

    def note(condition: str, line: int, taken: bool, end: int, close: str) -> str:
        refusal = re.match(r"\s*\{\{-?\s*fail\b", text[end:]) is not None
        name = f"branch-{len(marks)}"
        marks[name] = Branch(file, line, condition, taken, refusal)
        return f'{{{{ $_ := set (($.root | default $).Values) "{name}" true {close}}}}}'

    for found in ACTION.finditer(text):
        left, body, right = found.groups()
        line = text.count("\n", 0, found.start()) + 1
        parts.append(text[last : found.start()])
        whole, last = found.group(0), found.end()
        opening = OPENING.match(body)
        if opening:
            open_.append((opening.group(1), opening.group(2), line, False))
            whole += note(opening.group(2), line, True, found.end(), right)
        elif body.startswith("define"):
            open_.append(("define", "", line, True))
        elif body.startswith("else"):
            kind, condition, above, _other = open_.pop()
            again = OPENING.match(body.removeprefix("else").strip())
            if again:
                # The rest of the chain is the other side of what came before it.
                open_.append((kind, again.group(2), line, False))
                whole += note(again.group(2), line, True, found.end(), right)
            else:
                open_.append((kind, condition, above, True))
                whole += note(condition, above, False, found.end(), right)
        elif body == "end":
            kind, condition, above, other = open_.pop()
            # The empty side of a loop holds nothing.
            if kind in ("if", "with") and not other:
                added = note(condition, above, False, len(text), "")
                # What the end trimmed before it, the added else trims.
                whole = f"{{{{{left} else }}}}{added}{whole.replace('{{-', '{{', 1)}"
        parts.append(whole)
    parts.append(text[last:])
    assert not open_, f"{file}: {open_}"
    return "".join(parts)
