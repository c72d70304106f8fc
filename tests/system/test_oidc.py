"""Sign-in at a real provider: what one machine alone has of it. The rest is `acceptance/test_oidc.py`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.doors import lost_after
from support.provider import LocalProvider, federated, sign_in
from support.workspace import TestWorkspace, wait_for

pytestmark = [pytest.mark.workspace, pytest.mark.accounts]

PEOPLE = ["essai-lise", "essai-paul"]
GROUPS = {"allowed_groups": ["essai-etat", "essai-maison"]}
"""None that another workspace of this run has: a group of the machine has one workspace's members."""
LIMIT = 5.0
"""What is promised to who looks after the doors, in seconds."""


@pytest.fixture(scope="module")
def place(
    _environments: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestWorkspace, LocalProvider]]:
    yield from federated("oidc", tmp_path_factory.mktemp("fournisseur"), PEOPLE, **GROUPS)


@pytest.fixture
def workspace(place: tuple[TestWorkspace, LocalProvider]) -> TestWorkspace:
    return place[0]


@pytest.fixture
def provider(place: tuple[TestWorkspace, LocalProvider]) -> Iterator[LocalProvider]:
    yield place[1]
    place[1].as_before()


def browser(workspace: TestWorkspace) -> httpx.Client:
    return workspace.client(follow_redirects=True)


def entered(workspace: TestWorkspace, provider: LocalProvider, login: str, **claims: Any) -> httpx.Client:
    provider.account(login, **({"groups": ["essai-etat"]} | claims))
    client = browser(workspace)
    answer = sign_in(client, workspace.url, login)
    assert answer.status_code == 200, answer.text[:2000]
    assert client.get(workspace.api("runs")).status_code == 200
    return client


def test_someone_signs_in_and_has_a_system_account(workspace: TestWorkspace, provider: LocalProvider) -> None:
    entered(workspace, provider, "essai-lise", groups=["essai-etat", "essai-maison", "Toute la maison", 7])
    row = next(row for row in workspace.json("users", "list") if row["name"] == "essai-lise")
    assert row == {"name": "essai-lise", "groups": ["essai-etat", "essai-maison"], "admin": False}
    assert (workspace.data / "homes" / "essai-lise").stat().st_mode & 0o777 == 0o700
    # The provider alone says who they are: no link goes round it, no command changes what it says.
    refused = workspace.archipel("login", "essai-lise", check=False)
    assert refused.returncode == 2
    assert "jamais par un lien" in refused.stderr
    assert (
        workspace.archipel("users", "group", "add", "essai-etat", "essai-lise", check=False).returncode == 2
    )
    assert workspace.archipel("users", "add", "essai-lise", "--admin", check=False).returncode == 2
    # What is kept of a sign-in is kept ciphered.
    assert b"eyJ" not in (workspace.data / "hub" / "hub.sqlite").read_bytes()


def test_bad_settings_start_nothing(tmp_path: Path) -> None:
    other = TestWorkspace(shared=True, name="oidc-refus")
    try:
        settings = tmp_path / "oidc.yaml"
        settings.write_text("name: Essai\nissuer: http://exemple.fr\nclient_secret: x\n")
        words = ["up", "--shared", "--detach", "--port", str(other.port), "--oidc", str(settings)]
        refused = other.archipel(*words, check=False)
        assert refused.returncode == 2
        for sentence in (
            "oidc.yaml:2:issuer: ",
            "oidc.yaml:3:client_secret: clé inconnue",
            "valeur manquante",
        ):
            assert sentence in refused.stderr
        assert not other.json("status", check=False)["running"]
        alone = other.archipel("up", "--oidc", str(settings), "--port", str(other.port), check=False)
        assert alone.returncode == 2
        assert "--oidc se donne avec --shared" in alone.stderr
    finally:
        other.remove()


def test_a_provider_that_says_it_is_another_is_told(
    place: tuple[TestWorkspace, LocalProvider], tmp_path: Path
) -> None:
    import asyncio

    from archipel.errors import Failed
    from archipel.identity.oidc import load_oidc
    from archipel.identity.provider import answering

    _workspace, provider = place
    provider.state(forge={"metadata": {"issuer": "https://ailleurs.fr"}})
    try:
        oidc = load_oidc(provider.settings(**GROUPS))
        with pytest.raises(Failed, match="https://ailleurs"):
            asyncio.run(answering(oidc))
    finally:
        provider.state(forge={})
    nobody = oidc.model_copy(update={"issuer": "http://localhost:9"})
    with pytest.raises(Failed, match="ne répond pas"):
        asyncio.run(answering(nobody))


def test_asked_by_refresh_token_alone_after_a_restart(
    workspace: TestWorkspace, provider: LocalProvider
) -> None:
    """Each check uses the refresh token up and keeps the next one; who is whom outlives the workspace."""
    provider.account("essai-paul", disabled=False, groups=["essai-etat"])
    before = entered(workspace, provider, "essai-paul")
    workspace.down()
    workspace.up("--oidc", str(provider.settings(check_with="refresh_token", **GROUPS)))
    # Signed in before, and still.
    wait_for(lambda: before.get(workspace.api("runs")).status_code == 200, seconds=20)
    provider.account("essai-imposteur", preferred_username="essai-paul", groups=["essai-etat"])
    assert sign_in(browser(workspace), workspace.url, "essai-imposteur").status_code == 409
    two = workspace.client(cookies=httpx.Cookies(before.cookies))
    until = time.monotonic() + 8
    with ThreadPoolExecutor(2) as pool:
        while time.monotonic() < until:
            # Two tabs at once: one renewal, not two of the same token.
            answers = list(pool.map(lambda one: one.get(workspace.api("runs")).status_code, (before, two)))
            assert answers == [200, 200]
    began = time.monotonic()
    provider.account("essai-paul", disabled=True)
    seconds = lost_after(before, workspace.api("runs"), began)
    print(f"\nby refresh token: portal {seconds:.1f} s")
    assert seconds < LIMIT
