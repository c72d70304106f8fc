"""Whom a service of ours takes a token's holder for, as the hub says."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from archipel.identity.person import Person
from archipel.identity.signin import HubSignIn
from archipel.workspace import Workspace

WORKSPACE = Workspace("shared", "proprietaire", "https", "a.fr", 443, "b.fr", "c.fr", ports={"hub": 8081})


@pytest.mark.parametrize(
    ("told", "person"),
    [
        ({"kind": "service", "name": "operator"}, Person("proprietaire", admin=True)),
        ({"kind": "service", "name": "dashboards"}, Person("dashboards", kind="service")),
        ({"kind": "user", "name": "operator", "groups": ["a"]}, Person("operator", frozenset({"a"}))),
        ({"kind": "service", "name": "operator", "scopes": []}, None),
    ],
)
def test_the_operator_is_known_through_the_hub_and_by_no_name_alone(
    told: dict[str, Any], person: Person | None
) -> None:
    def hub(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"scopes": ["access:services"], **told})

    own = httpx.AsyncClient(transport=httpx.MockTransport(hub))
    sign_in = HubSignIn(WORKSPACE, "mlflow", "s", "/services/mlflow/", b"k", "https://a.fr", _http=own)
    assert asyncio.run(sign_in.person_of_token("jeton")) == person
