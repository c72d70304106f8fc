"""MLflow behind the gate: nobody without a sign-in, nothing to an attempt but its own run."""

from __future__ import annotations

import json

import httpx
import pytest

from support.mlflow_routes import routes
from support.workspace import TestWorkspace

pytestmark = pytest.mark.workspace


def test_every_route_refuses_who_is_not_signed_in(personal: TestWorkspace) -> None:
    base = f"{personal.url}/services/mlflow"
    forged = {"X-Archipel-Identity": "archipel-admin", "Authorization": "Basic YWRtaW46YWRtaW4="}
    let_in = []
    with httpx.Client(trust_env=False, timeout=30) as stranger:
        for method, path in routes():
            for prefix in ("", "/x/.."):
                for headers in ({}, forged):
                    answer = stranger.request(method, f"{base}{prefix}{path}", headers=headers)
                    if answer.status_code != 401 and not path.endswith("/health"):
                        let_in.append((method, prefix + path, answer.status_code))
    assert let_in == []


def test_the_inner_port_is_guarded_too(personal: TestWorkspace) -> None:
    """Loopback is no right: every account of the machine reaches it."""
    port = json.loads((personal.data / "running" / "workspace.json").read_text())["ports"]["mlflow"]
    url = f"http://127.0.0.1:{port}/services/mlflow/api/2.0/mlflow/experiments/search?max_results=5"
    headers = {"X-Archipel-Identity": "archipel-admin"}
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 401


def test_rooms_that_act_for_the_server_are_closed_to_everybody(personal: TestWorkspace) -> None:
    operator = personal.operator()
    base = f"{personal.url}/services/mlflow"
    for method, path in (
        ("GET", "/ajax-api/2.0/mlflow/users/get?username=archipel"),
        ("POST", "/api/2.0/mlflow/users/create"),
        ("POST", "/api/2.0/mlflow/webhooks/create"),
        ("POST", "/ajax-api/3.0/jobs/"),
    ):
        assert operator.request(method, base + path, json={}).status_code == 403, path


def test_its_pages_load_nothing_from_elsewhere(personal: TestWorkspace) -> None:
    browser = personal.sign_in()
    page = browser.get(f"{personal.url}/services/mlflow/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "connect-src 'self'" in page.headers["content-security-policy"]
