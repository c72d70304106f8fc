"""A live dashboard of what is marked « sensible », over HTTP: only while the network is proved cut."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from archipel.artifacts import Artifacts
from archipel.cluster import NAME, Cluster
from archipel.content.repository import Checkout
from archipel.dashboards import versions
from archipel.dashboards.app import create_app
from archipel.dashboards.front import Front
from archipel.dashboards.live import LiveDashboards, Wanted
from archipel.dashboards.versions import Version
from archipel.datafolder import DataFolder
from archipel.identity.signin import HubSignIn
from archipel.isolation import CUT, KEY, OPEN, UNKNOWN, Verdict
from archipel.workspace import Workspace
from unit.dashboards.test_live import Cluster as Launcher

KEY_OF_OPERATOR = "cle-de-l-exploitant"
INSIDE = {name: f"http://{name}.invalid" for name in ("hub", "portal", "proxy_api", "dashboards")}
WORKSPACE = Workspace("shared", "archipel", "https", "a.fr", 443, "b.fr", "vivant.fr", inside=INSIDE)
HOUR = 3600.0


class Pods(Launcher):
    """Of a cluster where nothing runs yet. ``asked``: what the front had started."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Wanted] = []

    def start(self, wanted: Any) -> None:
        self.asked.append(wanted)
        super().start(wanted)


class Place:
    """A real front of a cluster, its store a folder; « bonjour » has one version, of a content of our own."""

    def __init__(self, folder: Path, content: Path) -> None:
        self.data, self.pods = DataFolder(folder), Pods()
        self.data.running.mkdir(parents=True)
        cluster = Cluster(f"file://{folder}/magasin", {})
        (self.data.running / NAME).write_text(json.dumps(asdict(cluster)))
        self.store = Artifacts(cluster.store)
        commit = "c" * 40
        versions.write(self.store, Version("v1", "bonjour", "r1", "2026-01-01", "2026-01-01", commit))
        versions.show(self.store, "bonjour", "v1")
        library: Any = SimpleNamespace(pinned=lambda: Checkout(commit, content), commit=lambda _name: content)
        sign_in = HubSignIn(WORKSPACE, "dashboards", "", "/", b"s", "https://b.fr", KEY_OF_OPERATOR)
        live = LiveDashboards(self.pods, lambda _image, _folder: "lock")
        front = Front(self.data, library, self.store, WORKSPACE, sign_in, b"s", live)
        self._app = create_app(front, "")

    def open_live(self, language: str = "fr") -> httpx.Response:
        """What the page's controls send at the first touch."""
        headers = {"Authorization": f"Bearer {KEY_OF_OPERATOR}", "Accept-Language": language}

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="https://b.fr") as browser:
                return await browser.post("/d/bonjour/live", json={}, headers=headers)

        return asyncio.run(asked())


@pytest.fixture
def place(tmp_path: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    async def no_proxy(*_words: Any) -> None:
        """Its routes are another's test."""

    monkeypatch.setattr("archipel.dashboards.hosts.ensure_routes", no_proxy)
    with (content / "catalog" / "defis" / "bonjour.yaml").open("a", encoding="utf-8") as file:
        file.write("sensible: true\n")
    return Place(tmp_path / "donnees", content)


@pytest.mark.parametrize(
    ("last", "french", "english"),
    [
        (None, "pas encore été éprouvée", "has not been tried yet"),
        (Verdict(time.time(), HOUR, OPEN, ("run → api",)), "une destination interdite répond", "answers"),
        (Verdict(time.time(), HOUR, UNKNOWN, why="blind"), "n’a rien prouvé", "proved nothing"),
        (Verdict(time.time() - 3 * HOUR, HOUR, CUT), "trop ancienne", "too old"),
    ],
    ids=["untried", "open", "unknown", "stale"],
)
def test_it_is_refused_with_its_reason_while_nothing_proves_the_cut(
    place: Place, last: Verdict | None, french: str, english: str
) -> None:
    if last is not None:
        place.store.write(KEY, last.to_json())
    refused = place.open_live()
    assert refused.status_code == 409, refused.text
    assert french in refused.json()["message"]
    assert "Cela repart tout seul" in refused.json()["hint"]
    assert english in place.open_live("en").json()["message"]
    assert place.pods.asked == []


def test_it_starts_with_its_label_once_the_canary_is_content_and_no_more_once_it_is_not(place: Place) -> None:
    place.store.write(KEY, Verdict(time.time(), HOUR, CUT).to_json())
    opened = place.open_live()
    assert opened.status_code == 200, opened.text
    assert opened.json()["url"].startswith("https://bonjour.vivant.fr/ticket/")
    assert [wanted.sensible for wanted in place.pods.asked] == ["defi-bonjour"]
    # One more reader is one more kernel, in a pod that stands already.
    place.store.write(KEY, Verdict(time.time(), HOUR, OPEN, ("dashboard → hub",)).to_json())
    assert place.open_live().status_code == 409
