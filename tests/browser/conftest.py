"""A real Chromium, French, which tells every error of its console and every host that it contacts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from support.workspace import TestWorkspace

SIZE = {"width": 1360, "height": 900}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("needs Chromium")
        # Root may not have its sandbox; nothing of Chromium's own is fetched.
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, with what went wrong in it and whom it contacted."""

    page: Page
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def watch(self) -> None:
        def console(message: object) -> None:
            if getattr(message, "type", "") == "error":
                self.errors.append(str(getattr(message, "text", "")))

        self.page.on("console", console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, personal: TestWorkspace) -> Iterator[BrowserContext]:
    """A context signed in by the link and its button."""
    context = chromium.new_context(viewport=SIZE, locale="fr-FR")
    page = context.new_page()
    page.goto(personal.link())
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/services/portal/**")
    page.close()
    yield context
    context.close()


@pytest.fixture
def watched(signed_in: BrowserContext) -> Iterator[Watched]:
    found = Watched(signed_in.new_page())
    found.watch()
    yield found
    found.page.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: ``$ARCHIPEL_SCREENSHOTS`` to renew those of the docs, else a temporary folder."""
    wanted = os.environ.get("ARCHIPEL_SCREENSHOTS")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
