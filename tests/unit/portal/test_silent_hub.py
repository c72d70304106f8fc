"""While the hub is silent, what signs in by it says so, to be asked again: a page, or the API's words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tornado.web import create_signed_value

from archipel.identity.signin import HubSignIn
from archipel.portal import views
from archipel.portal.app import create_app
from archipel.portal.services import Services
from archipel.workspace import Workspace

WORKSPACE = Workspace(
    "shared", "archipel", "http", "a.fr", 80, "b.fr", "c.fr", ports={"hub": 8081, "portal": 8082}
)
PORTAL = WORKSPACE.portal_prefix
BACK = f"{PORTAL}oauth_callback?code=c&state=etat"
KEY = b"cle"


class Hub:
    """The hub's answers: none, one that fails, or those of every day."""

    def __init__(self) -> None:
        self.state = "silent"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.state == "silent":
            raise httpx.ConnectError("refused")
        if self.state == "failing":
            return httpx.Response(503, text="<html>")
        if request.url.path == "/hub/api/oauth2/token":
            return httpx.Response(200, json={"access_token": "jeton"})
        return httpx.Response(401)


@pytest.fixture(scope="module")
def made() -> tuple[FastAPI, HubSignIn, Hub]:
    """One application for all: its routes are worked out at the first request."""
    hub = Hub()
    own = httpx.AsyncClient(transport=httpx.MockTransport(hub))
    sign_in = HubSignIn(WORKSPACE, "portal", "secret", PORTAL, KEY, "http://a.fr", _http=own)
    context: Any = SimpleNamespace(library=SimpleNamespace(pinned=lambda: None))
    nobody: Any = None
    return create_app(Services(context, nobody, WORKSPACE, sign_in, KEY, "0", nobody), None), sign_in, hub


@pytest.fixture
def portal(made: tuple[FastAPI, HubSignIn, Hub]) -> FastAPI:
    """As just started: the hub silent, nobody known."""
    portal, sign_in, hub = made
    hub.state = "silent"
    sign_in._cache.clear()
    return portal


@pytest.fixture
def hub(portal: FastAPI, made: tuple[FastAPI, HubSignIn, Hub]) -> Hub:
    return made[2]


def get(portal: FastAPI, path: str, language: str = "fr") -> httpx.Response:
    """As a browser on its way back from the hub, which was signed in before."""
    kept = {"archipel-portal-etat": f"etat {PORTAL}runs", "archipel-portal": "jeton"}
    signed = {name: create_signed_value(KEY, name, value).decode() for name, value in kept.items()}

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=portal)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.fr", cookies=signed) as client:
            return await client.get(path, headers={"Accept-Language": language})

    return asyncio.run(asked())


@pytest.mark.parametrize("state", ["silent", "failing"])
@pytest.mark.parametrize("path", [BACK, PORTAL, f"{PORTAL}runs"])
def test_a_page_says_to_try_again_in_the_reader_s_language(
    portal: FastAPI, hub: Hub, path: str, state: str
) -> None:
    hub.state = state
    french, english = get(portal, path), get(portal, path, "en")
    assert (french.status_code, english.status_code) == (503, 503)
    assert french.headers["content-type"].startswith("text/html")
    assert "le hub ne répond pas" in french.text
    assert "réessayez dans quelques secondes" in french.text
    assert "the hub does not answer" in english.text
    assert "try again in a few seconds" in english.text
    # The button asks for the same address.
    assert 'href="">Réessayer</a>' in french.text


def test_asked_again_the_same_address_goes_on(portal: FastAPI, hub: Hub) -> None:
    assert get(portal, BACK).status_code == 503
    hub.state = "well"
    back = get(portal, BACK)
    assert (back.status_code, back.headers["location"]) == (302, f"{PORTAL}runs")
    assert "archipel-portal=" in back.headers["set-cookie"]


def test_the_api_says_so_in_its_own_words(portal: FastAPI) -> None:
    answer = get(portal, f"{PORTAL}api/v1/runs")
    assert (answer.status_code, answer.json()["code"]) == (503, "hub.silent")


def test_who_the_hub_does_not_know_is_still_sent_to_it(portal: FastAPI, hub: Hub) -> None:
    hub.state = "well"
    answer = get(portal, PORTAL)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (
        302,
        "http://a.fr/hub/api/oauth2/authorize",
    )


def test_a_body_is_not_read_of_somebody_unknown(portal: FastAPI) -> None:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=portal)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.fr") as client:
            return await client.post(f"{PORTAL}api/v1/runs", content=b"{" * (1024**2 + 1))

    answer = asyncio.run(asked())
    assert (answer.status_code, answer.json()["message"]) == (413, "demande de plus de 1024 Ko")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_sessions_that_nobody_tells_of_are_not_said_to_be_closed() -> None:
    """On port 1 nothing answers: a session may be open."""
    here: Any = SimpleNamespace(hub_token="", workspace=replace(WORKSPACE, ports={"hub": 1, "portal": 2}))
    alice: Any = SimpleNamespace(name="alice")
    assert asyncio.run(views._sessions(here, alice)) is None
