"""MLflow's gate while the hub, or the portal, is silent: who asks is told to try again, runs go on."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from archipel.errors import Unavailable
from archipel.identity.signin import HubSilent
from archipel.models.access import Attempt
from archipel.models.gate import Gate
from archipel.models.server import AttemptTokens
from archipel.workspace import Workspace

PAGE = {"Accept": "text/html", "Accept-Language": "en"}


class SilentSignIn:
    async def person(self, _connection: Any) -> None:
        raise HubSilent("hub.silent", "le hub ne répond pas : on ne peut pas savoir qui vous êtes")

    def token(self, connection: Any) -> str:
        return str(connection.headers.get("authorization", "")).removeprefix("Bearer ")

    def login_redirect(self, _request: Any, _following: str | None = None) -> Any:
        raise AssertionError("nobody is sent to a hub that is silent")

    async def callback(self, _request: Any) -> None:
        raise Unavailable("hub.silent", "le hub ne répond pas : on ne peut pas savoir qui vous êtes")


async def attempt_of(token: str) -> Attempt | None:
    if token == "portail-muet":
        raise Unavailable("portal.silent", "le portail ne répond pas ; réessayez")
    return Attempt("essai-1", "bonjour", "r1") if token == "essai" else None


def get(path: str, **headers: str) -> httpx.Response:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(f"MLflow: {Request(scope).url.path}")(scope, receive, send)

    catalog: Any = None
    gate = Gate(
        inner,
        sign_in=SilentSignIn(),
        prefix="/services/mlflow/",
        origin="http://a.fr",
        catalog=lambda: catalog,
        attempt_of=attempt_of,
        grant=lambda *_told: None,
    )

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=gate), base_url="http://a.fr"
        ) as client:
            return await client.get(f"/services/mlflow/{path}", headers=headers)

    return asyncio.run(asked())


@pytest.mark.parametrize("path", ["", "oauth_callback?code=c&state=s"])
def test_a_browser_has_a_page_that_says_to_try_again(path: str) -> None:
    answer = get(path, **PAGE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The hub does not answer" in answer.text
    assert '<a href="">Try again</a>' in answer.text
    assert '<html lang="en">' in answer.text


def test_a_client_has_words_that_it_reads() -> None:
    answer = get("api/2.0/mlflow/runs/get?run_id=r1")
    assert (answer.status_code, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")


def test_a_run_goes_on_without_the_hub() -> None:
    answer = get("api/2.0/mlflow/runs/get?run_id=r1", Authorization="Bearer essai")
    assert answer.status_code == 200, answer.text


def test_a_run_is_told_to_ask_again_while_the_portal_does_not_say_whose_it_is() -> None:
    answer = get("api/2.0/mlflow/runs/get?run_id=r1", Authorization="Bearer portail-muet")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"


def test_what_a_silent_portal_did_not_say_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"run": "essai-1", "experiment": "bonjour", "mlflow_run": "r1"}
    answers = iter([httpx.ConnectError("refused"), httpx.Response(502), httpx.Response(200, json=told)])

    def portal(_request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    real = httpx.AsyncClient
    monkeypatch.setattr(
        "archipel.models.server.httpx.AsyncClient",
        lambda **_how: real(transport=httpx.MockTransport(portal)),
    )
    workspace = Workspace("shared", "a", "http", "a.fr", 80, "b.fr", "c.fr", ports={"portal": 8082})
    tokens = AttemptTokens(workspace)

    async def asked() -> Attempt | None:
        for _silence in range(2):
            with pytest.raises(Unavailable):
                await tokens("essai")
        return await tokens("essai")

    assert asyncio.run(asked()) == Attempt("essai-1", "bonjour", "r1")
