"""A commit that a test writes from a person's session, has taken in, and takes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from support.places import Visitor


@contextmanager
def taken(visitor: Visitor, name: str, browser: httpx.Client, change: str) -> Iterator[None]:
    """``change``: shell, run in the clone of ``name``'s session, who may take content in."""
    wrote = (
        f"set -e; cd ~/contenu; git pull -q; {change}\ngit add -A; git commit -qm Essai; git rev-parse HEAD"
    )
    take = "archipel content take HEAD || { code=$?; git reset -q --hard HEAD~1; exit $code; }"
    code, said = visitor.shell(name, browser, f"{wrote}; {take}")
    assert code == 0, said
    # Its own commit, whatever another has written since.
    commit = next(line for line in said.splitlines() if re.fullmatch(r"[0-9a-f]{40}", line))
    try:
        yield
    finally:
        back = f"cd ~/contenu && git revert --no-edit {commit} && archipel content take HEAD"
        code, said = visitor.shell(name, browser, back)
        assert code == 0, said
