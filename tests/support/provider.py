"""The tests' own identity provider (`support/oidc/`): a real one, with a back door."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
import yaml

from archipel.environments.node import node_program
from support.workspace import TestWorkspace, free_port, wait_for

FOLDER = Path(__file__).parent / "oidc"
SECRET = "un-secret-pour-les-essais-qui-est-bien-assez-long"


class TestProvider:
    """What the tests make of a provider, by its back door. ``client``: what reaches it from here."""

    __test__ = False

    def __init__(self, issuer: str, client: httpx.Client) -> None:
        self.issuer, self._client = issuer, client

    def account(self, login: str, **claims: Any) -> None:
        self._door("account", login=login, claims={"preferred_username": login} | claims)

    def state(self, **changed: Any) -> dict[str, Any]:
        """``down``, ``forge``, ``accessSeconds``: what the provider does from now on."""
        return self._door("state", **changed)

    def as_before(self) -> None:
        self.state(down=False, forge={}, accessSeconds=60)
        self.rotate(back=True)

    def rotate(self, back: bool = False) -> None:
        """A new key signs, and it alone is published; ``back``: the first one again."""
        self._door("rotate", back=back)

    def _door(self, name: str, **told: Any) -> dict[str, Any]:
        answer = self._client.post(f"{self.issuer}/essai/{name}", json=told)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def packages(folder: Path) -> str:
    """Put the provider and its npm packages in ``folder``; what went wrong, or ""."""
    for path in FOLDER.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    words = [sys.executable, "-m", "archipel.environments.node", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True)
    return (done.stderr or "npm") if done.returncode else ""


def addresses(url: str) -> list[str]:
    """Where the provider sends people back to, on the workspace at ``url`` (no final slash)."""
    return [f"{url}/hub/oauth_callback", f"{url}/hub/deconnecte"]


def rules(issuer: str, **changed: Any) -> dict[str, Any]:
    """What the workspace is told of the provider: the keys of oidc.yaml, its files apart."""
    return {
        "name": "Agents en essai",
        "issuer": issuer,
        "client_id": "archipel",
        "allowed_groups": ["agents", "pilotes"],
        "userinfo_signed": True,
        "algorithms": ["RS256"],
    } | changed


class LocalProvider(TestProvider):
    """Started in ``folder``, on this machine's loopback, for the workspace at ``url``."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.port = folder, free_port()
        super().__init__(f"http://localhost:{self.port}", httpx.Client(trust_env=False))
        (folder / "secret").write_text(SECRET)
        self.trouble = packages(folder)
        self._url = url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [str(node_program()), "server.mjs", str(self.port), *addresses(self._url)]
        with (self.folder / "journal").open("wb") as log:
            self._process = subprocess.Popen(words, cwd=self.folder, stdout=log, stderr=log)
        wait_for(lambda: self._client.get(f"{self.issuer}/jwks").status_code == 200, seconds=30)

    def stop(self) -> None:
        self._client.close()
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=10)

    def settings(self, **changed: Any) -> Path:
        """oidc.yaml, for this provider."""
        path = self.folder / "oidc.yaml"
        told = rules(self.issuer, **({"client_secret_file": "secret"} | changed))
        path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
        return path


def federated(
    name: str, folder: Path, people: Iterable[str], /, **settings: Any
) -> Iterator[tuple[TestWorkspace, LocalProvider]]:
    """A shared workspace whose people come from a provider of its own, both gone afterwards.

    ``people``: the system accounts that their sign-ins will make. ``settings``: as `LocalProvider.settings`.
    """
    if os.geteuid() != 0:
        pytest.skip("needs root: one system account a person")
    workspace = TestWorkspace(shared=True, name=name)
    provider = LocalProvider(folder, workspace.url)
    if provider.trouble:
        pytest.skip(f"npm packages cannot be installed here: {provider.trouble[-200:]}")
    try:
        provider.start()
        workspace.up("--oidc", str(provider.settings(**settings)))
        yield workspace, provider
    finally:
        workspace.remove()
        provider.stop()
        for person in people:
            subprocess.run(["userdel", person], check=False, capture_output=True)


def sign_in(browser: httpx.Client, url: str, login: str) -> httpx.Response:
    """From the workspace's button to its answer, through the provider's own forms."""
    return browser.get(callback_url(browser, url, login))


def callback_url(browser: httpx.Client, url: str, login: str) -> str:
    """The address, on the workspace, to which the provider sends ``login`` back; not yet visited."""
    answer = browser.get(f"{url}/hub/oauth_login", follow_redirects=False)
    for _step in range(20):
        if answer.is_redirect:
            following = urljoin(str(answer.url), answer.headers["location"])
            if following.startswith(f"{url}/hub/oauth_callback"):
                return following
            answer = browser.get(following, follow_redirects=False)
            continue
        assert answer.status_code == 200, answer.text[:500]
        action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
        assert action, answer.text[:500]
        form = dict(re.findall(r'name="(prompt)" value="([^"]+)"', answer.text))
        if form["prompt"] == "login":
            form |= {"login": login, "password": "essai"}
        address = urljoin(str(answer.url), action.group(1))
        answer = browser.post(address, data=form, follow_redirects=False)
    raise AssertionError("the provider sends nobody back")
