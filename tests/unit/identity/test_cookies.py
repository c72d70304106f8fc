"""Which cookies are locked to their host: those of a host where nothing but the platform answers."""

from __future__ import annotations

import asyncio
from http.cookies import Morsel, SimpleCookie
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from archipel.dashboards.front import Front
from archipel.dashboards.readers import Readers
from archipel.dashboards.tickets import Tickets, View
from archipel.identity.signin import HubSignIn
from archipel.workspace import Workspace

KEY = b"cle"


def workspace(scheme: str) -> Workspace:
    return Workspace("shared", "archipel", scheme, "a.fr", 443, "b.fr", "c.fr", ports={"hub": 8081})


def sign_in(scheme: str, *, alone: bool) -> HubSignIn:
    def hub(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"access_token": "jeton"})

    return HubSignIn(
        workspace(scheme),
        "essai",
        "secret",
        "/services/essai/",
        KEY,
        f"{scheme}://b.fr",
        alone=alone,
        _http=httpx.AsyncClient(transport=httpx.MockTransport(hub)),
    )


def request(path: str = "/", **cookies: str) -> Request:
    told = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
    target, _mark, query = path.partition("?")
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": target,
            "query_string": query.encode(),
            "headers": [(b"cookie", told)],
        }
    )


def given(response: Response | None) -> dict[str, Morsel[str]]:
    assert response is not None
    found: dict[str, Morsel[str]] = {}
    for name, value in response.raw_headers:
        if name == b"set-cookie":
            # This version of Python does not know the word.
            found |= SimpleCookie(value.decode().removesuffix("; Partitioned"))
    return found


@pytest.mark.parametrize(
    ("scheme", "alone", "lock", "path"),
    [
        ("https", True, "__Host-", "/"),
        ("https", False, "", "/services/essai/"),
        ("http", True, "", "/services/essai/"),
    ],
)
def test_a_sign_in_s_cookies(scheme: str, alone: bool, lock: str, path: str) -> None:
    own = sign_in(scheme, alone=alone)
    state = given(own.login_redirect(request("/d/pilote/")))
    name = f"{lock}archipel-essai-etat"
    assert list(state) == [name]
    asked = create_state(own, state[name].value)
    back = given(asyncio.run(own.callback(request(asked, **{name: state[name].value}))))
    assert set(back) == {name, f"{lock}archipel-essai"}
    for cookie in (*state.values(), *back.values()):
        assert cookie["path"] == path
        assert not cookie["domain"]
        # A browser takes no change of a locked cookie without it, its end included.
        assert bool(cookie["secure"]) is (scheme == "https")
    shown = back[f"{lock}archipel-essai"].value
    assert own.token(request("/", **{f"{lock}archipel-essai": shown})) == "jeton"
    if lock:
        assert own.token(request("/", **{"archipel-essai": shown})) == ""


def create_state(own: HubSignIn, value: str) -> str:
    from tornado.web import decode_signed_value

    kept = decode_signed_value(KEY, own._state_cookie, value)
    assert kept is not None
    return f"/services/essai/oauth_callback?code=c&state={kept.decode().partition(' ')[0]}"


@pytest.mark.parametrize(("scheme", "lock"), [("https", "__Host-"), ("http", "")])
def test_a_live_page_s_cookie(scheme: str, lock: str, monkeypatch: pytest.MonkeyPatch) -> None:
    view = View("pilote", "pilote", "v1", "", {})
    front: Any = SimpleNamespace(workspace=workspace(scheme), secret=KEY, tickets=Tickets())
    asked = request("/ticket/t")
    asked.scope["path_params"] = {"ticket": front.tickets.issue(view)}
    asked.state.label = "pilote"
    cookies = given(asyncio.run(Front.ticket(front, asked)))
    assert list(cookies) == [f"{lock}archipel-vivant"]
    monkeypatch.setattr(Readers, "_shows", lambda _self, _view, person: person is None)
    nothing: Any = None
    readers = Readers(nothing, nothing, nothing, workspace(scheme), sign_in(scheme, alone=True))
    shown = request("/", **{f"{lock}archipel-vivant": cookies[f"{lock}archipel-vivant"].value})
    assert asyncio.run(readers.live_view(shown, "pilote", KEY)) == view
