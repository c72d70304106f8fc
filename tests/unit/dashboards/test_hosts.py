"""Routes of the live hosts: each asked for by itself, the store listed now and then."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from archipel.dashboards import hosts
from archipel.dashboards.hosts import Hosts
from archipel.datafolder import DataFolder
from archipel.errors import Unavailable
from archipel.workspace import Workspace

PORTS = {"proxy_api": 8001, "dashboards": 8003}
WORKSPACE = Workspace("shared", "a", "http", "a.fr", 80, "b.fr", "vivant.fr", ports=PORTS)


class Proxy:
    """The routes of a configurable-http-proxy, and what it was asked."""

    def __init__(self) -> None:
        self.routes: dict[str, str] = {}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/api/routes").strip("/")
        self.asked.append(f"{request.method} {name}")
        if request.method == "POST":
            self.routes[name] = json.loads(request.content)["target"]
            return httpx.Response(201)
        if name not in self.routes:
            return httpx.Response(404)
        return httpx.Response(200, json={"target": self.routes[name]})


class Store:
    """Lists labels; silent when told to be."""

    def __init__(self, *labels: str) -> None:
        self.labels, self.listed, self.silent = list(labels), 0, False

    def __call__(self) -> list[str]:
        self.listed += 1
        if self.silent:
            raise Unavailable("store.silent", "le magasin d’objets ne répond pas ({reason})", reason="")
        return self.labels


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Proxy:
    made, real = Proxy(), httpx.AsyncClient
    monkeypatch.setattr(
        "archipel.dashboards.hosts.httpx.AsyncClient",
        lambda **_how: real(transport=httpx.MockTransport(made)),
    )
    return made


def played(tmp_path: Path, store: Store, scene: Callable[[Hosts], Awaitable[None]]) -> None:
    data = DataFolder(tmp_path)
    data.secrets.mkdir()
    (data.secrets / "proxy").write_text("k", encoding="utf-8")
    asyncio.run(_played(Hosts(data, WORKSPACE, store), scene))


async def _played(made: Hosts, scene: Callable[[Hosts], Awaitable[None]]) -> None:
    await scene(made)


def test_each_turn_asks_for_each_route_alone_and_gives_back_those_that_are_lost(
    tmp_path: Path, proxy: Proxy
) -> None:
    store = Store("bonjour", "pilote")

    async def scene(made: Hosts) -> None:
        await made.turn()
        assert set(proxy.routes) == {"bonjour.vivant.fr", "pilote.vivant.fr"}
        proxy.routes.clear()
        proxy.asked.clear()
        await made.turn()
        await made.turn()

    played(tmp_path, store, scene)
    assert set(proxy.routes) == {"bonjour.vivant.fr", "pilote.vivant.fr"}
    assert proxy.asked == [
        *("GET bonjour.vivant.fr", "POST bonjour.vivant.fr", "GET pilote.vivant.fr", "POST pilote.vivant.fr"),
        *("GET bonjour.vivant.fr", "GET pilote.vivant.fr"),
    ]
    assert store.listed == 1


def test_what_is_opened_before_the_store_is_listed_again_has_its_route_and_keeps_it(
    tmp_path: Path, proxy: Proxy
) -> None:
    async def scene(made: Hosts) -> None:
        await made.turn()
        await made.open("nouveau")
        assert set(proxy.routes) == {"bonjour.vivant.fr", "nouveau.vivant.fr"}
        proxy.routes.clear()
        await made.turn()

    played(tmp_path, Store("bonjour"), scene)
    assert set(proxy.routes) == {"bonjour.vivant.fr", "nouveau.vivant.fr"}


def test_a_store_that_falls_silent_takes_no_route_away(
    tmp_path: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "LISTED_SECONDS", 0.0)
    store = Store("bonjour")

    async def scene(made: Hosts) -> None:
        await made.turn()
        store.silent = True
        proxy.routes.clear()
        await made.turn()

    played(tmp_path, store, scene)
    assert set(proxy.routes) == {"bonjour.vivant.fr"}
    assert store.listed == 2
