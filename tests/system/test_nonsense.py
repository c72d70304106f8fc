"""What nobody should send, sent: refused in words, never an error of ours, never somebody else's page."""

# ruff: noqa: E501  # a case is read whole

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.workspace import TestWorkspace

pytestmark = pytest.mark.workspace

SAME = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
HALF = '"\\ud800"'
"""JSON of half a character."""


@pytest.fixture(scope="module")
def browser(personal: TestWorkspace) -> httpx.Client:
    client = personal.sign_in()
    # Each part signs in by itself, once.
    for page in ("/services/portal/", "/services/mlflow/"):
        client.get(f"{personal.url}{page}", headers={"Accept": "text/html"})
    return client


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs", f'{{"defi": {HALF}}}'),
        ("runs", f'{{"defi": "bonjour", "parameters": {{"prenom": {HALF}}}}}'),
        ("runs", f'{{"defi": "bonjour", "parameters": {{{HALF}: 1}}}}'),
        ("runs", f'{{"defi": "bonjour", "draft": "{"a" * 300}"}}'),
        ("runs", f'{{"defi": "pilote", "parameters": {{"fichier": {{"upload": "{"a" * 300}"}}}}}}'),
        ("runs", '{"defi": "pilote", "parameters": {"fichier": "/etc/passwd"}}'),
        ("runs", "[" * 200_000),
        ("runs", "[]"),
        ("dashboards/bonjour/show", f'{{"version": {HALF}}}'),
        ("dashboards/..%2f../show", '{"version": "x"}'),
    ],
)
def test_the_api_refuses_it(personal: TestWorkspace, browser: httpx.Client, path: str, body: str) -> None:
    answer = browser.post(personal.api(path), content=body, headers=SAME)
    assert answer.status_code in (400, 404, 405, 422), answer.text
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("names", [["a" * 300], ["a", "a/b"], ["a/b", "a"], ["../x"], ["/etc/x"], ["a", "a"]])
def test_an_upload_with_an_odd_name_is_refused(
    personal: TestWorkspace, browser: httpx.Client, names: list[str]
) -> None:
    parts: Any = [("file", (name, b"x")) for name in names]
    answer = browser.post(personal.api("uploads"), files=parts, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code in (400, 422), answer.text
    left = [path for path in (personal.data / "inputs").iterdir() if not path.name.startswith("run-")]
    assert left == []


@pytest.mark.parametrize(
    "path",
    ["/d/%00/", f"/d/{'a' * 300}/", "/d/..%2f..%2f/", "/r/%00/1/rapport.html", "/r/%0a/1/rapport.html", "/r/x/99999999/rapport.html"],
)  # fmt: skip
def test_an_address_that_is_none_is_told_as_unknown(
    personal: TestWorkspace, browser: httpx.Client, path: str
) -> None:
    browser.get(f"{personal.content_url}/d/")
    assert browser.get(f"{personal.content_url}{path}").status_code == 404


def test_pages_bear_nonsense(personal: TestWorkspace, browser: httpx.Client) -> None:
    portal = f"{personal.url}/services/portal"
    for where in ("http://[x", "//[", "https://ailleurs.example/", "\\\\ailleurs"):
        moved = browser.get(f"{portal}/langue/fr", params={"next": where}, follow_redirects=False)
        assert moved.status_code == 302
        assert "ailleurs" not in moved.headers["location"].split("/")[2:3]
    run = personal.json("run", "bonjour")["id"]
    assert browser.get(personal.api(f"runs/{run}/logs?offset=9223372036854775807")).status_code == 422


@pytest.mark.parametrize("path", ["/d/", "/services/portal/api/v1/runs", "/services/mlflow/api/2.0/mlflow/x"])
def test_a_token_that_is_no_token_is_nobody_s(personal: TestWorkspace, path: str) -> None:
    base = personal.content_url if path == "/d/" else personal.url
    answer = httpx.get(f"{base}{path}", headers={"Authorization": b"Bearer \xc3\xa9"}, trust_env=False)
    assert answer.status_code in (200, 302, 401)


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", '{"name": "autre/x"}', 403),
        ("?name=archipel/x", '{"name": "autre/x"}', 403),
        ("?name=archipel/x", '"{\\"name\\": \\"autre/x\\"}"', 400),
        ("?name=archipel/x", "[" * 200_000, 403),
        ("?name=archipel/x", '{"name": "autre/x"}' + " " * 9_000_000, 413),
    ],
)
def test_mlflow_s_gate_judges_what_mlflow_reads(
    personal: TestWorkspace, browser: httpx.Client, query: str, body: str, status: int
) -> None:
    url = f"{personal.url}/services/mlflow/api/2.0/mlflow/experiments/create{query}"
    assert browser.post(url, content=body, headers=SAME).status_code == status


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "show", "a\nb"), ("runs", "show", "../schedules/next"), ("runs", "show", ""),
        ("runs", "show", ".."), ("runs", "cancel", ""), ("runs", "logs", "\udcff"), ("runs", "show", "\udcff"),
        ("dashboard", "publish", "\udcff"), ("dashboard", "publish", ""), ("dashboard", "show", "bonjour", "\udcff"),
        ("run", "pilote", "-p", "fichier=~personne/x.csv"), ("run", "pilote", "-p", f"fichier={'a' * 300}.csv"),
        ("run", "\udcff"), ("run", "bonjour", "-p", "prenom=\udcff"),
    ],
)  # fmt: skip
def test_the_command_refuses_it_in_words(personal: TestWorkspace, words: tuple[str, ...]) -> None:
    done = personal.archipel(*words, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_accounts_are_for_a_shared_workspace(personal: TestWorkspace) -> None:
    done = personal.archipel("users", "add", "essai-zoe", check=False)
    assert done.returncode == 2
    assert "personnel" in done.stderr or "root" in done.stderr
