"""The reference that is read is the one of the code, and the guides' commands are its commands."""

from __future__ import annotations

import re

from archipel.catalog.load import load_catalog
from support.reference import PATH, text
from support.source import ROOT

RUN = re.compile(r"`archipel run ([a-z]\w*)(?:/(\w+))?((?: +[^`\n]*)?)`")


def test_the_reference_is_the_one_of_the_code() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "make texts"


def test_the_runs_of_the_guides_are_in_the_catalogue() -> None:
    defis, seen = load_catalog(ROOT).defis, 0
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for slug, name, options in RUN.findall(path.read_text(encoding="utf-8")):
            known = defis[slug].executions[name or "execution"].parameters
            words = options.split()
            assert not set(words[::2]) - {"-p", "--parameter", "--draft", "--no-wait", "--json"}, path.name
            given = {word.partition("=")[0] for word in words if "=" in word}
            assert given <= known.keys(), path.name
            seen += 1
    assert seen > 10
