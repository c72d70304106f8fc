"""A commit that a test writes from a person's session, has taken in, and takes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from support.places import Visitor


@contextmanager
def taken(visitor: Visitor, name: str, browser: httpx.Client, change: str) -> Iterator[None]:
    """``change``: shell, run in the clone of ``name``'s session, who may take content in."""
    wrote = f"set -e; cd ~/contenu; git pull -q; {change}\ngit add -A; git commit -qm Essai"
    take = "archipel content take HEAD || { code=$?; git reset -q --hard HEAD~1; exit $code; }"
    code, said = visitor.shell(name, browser, f"{wrote}; {take}")
    assert code == 0, said
    try:
        yield
    finally:
        back = "cd ~/contenu && git revert --no-edit HEAD && archipel content take HEAD"
        code, said = visitor.shell(name, browser, back)
        assert code == 0, said
