"""Chromium beside the personal workspace of the tier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from support.browser import SIZE, Watched, launched, pictures
from support.workspace import TestWorkspace


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


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
    return pictures(tmp_path_factory.mktemp("screenshots"))
