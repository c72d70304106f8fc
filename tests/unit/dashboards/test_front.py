"""The front while its store is slow: it goes on, and a passer-by does not make it search."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from archipel.artifacts import Artifacts
from archipel.dashboards import versions
from archipel.dashboards.readers import Reader, Readers
from archipel.dashboards.versions import Version
from archipel.identity.person import Person

DRAFT = Version("20260101-abc123", "pilote", "r1", "t", "t", "c", draft="brouillon", author="alice")


class SignIn:
    def __init__(self, person: Person | None) -> None:
        self._person = person

    async def person(self, _connection: Any) -> Person | None:
        return self._person

    def token(self, _connection: Any) -> str:
        return "jeton"

    def login_redirect(self, _request: Any) -> Any:
        raise Redirected


class Redirected(Exception):
    pass


class Shelf(Artifacts):
    """Refuses to be asked by the thread of the loop; tells what was listed."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        object.__setattr__(self, "listed", [])

    listed: list[str]

    def open(self, key: str) -> Any:
        assert threading.current_thread() is not threading.main_thread(), key
        return super().open(key)

    def names(self, key: str) -> list[str]:
        assert threading.current_thread() is not threading.main_thread(), key
        self.listed.append(key)
        return super().names(key)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    store = Artifacts(f"file://{tmp_path}")
    versions.write(store, DRAFT)
    store.write("dashboards/bonjour/rien.json", json.dumps({}).encode())
    return Shelf(store.url)


def read(shelf: Shelf, person: Person | None, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    catalog = SimpleNamespace(
        defis={
            "pilote": SimpleNamespace(dashboard=SimpleNamespace(audience=SimpleNamespace(access="signed")))
        }
    )
    monkeypatch.setattr(Readers, "catalog", lambda _self, _folder=None: catalog)
    nothing: Any = None
    sign_in: Any = SignIn(person)
    readers = Readers(nothing, nothing, shelf, nothing, sign_in)
    return asyncio.run(readers.reader(Request({"type": "http", "headers": []}), name))


@pytest.mark.parametrize("name", ["nimporte-quoi", DRAFT.id])
def test_a_passer_by_is_sent_to_sign_in_before_anything_is_searched(
    shelf: Shelf, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Redirected):
        read(shelf, None, name, monkeypatch)
    assert shelf.listed == []


def test_its_author_finds_a_preview_and_the_loop_waits_for_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Person("alice")
    assert read(shelf, alice, DRAFT.id, monkeypatch) == Reader(DRAFT, alice, "jeton")
    assert shelf.listed == ["dashboards"]
