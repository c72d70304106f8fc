"""A person signs in at the provider's own page, is told clearly when they may not, and signs out of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.browser import SIZE, shot
from support.provider import LocalProvider, federated
from support.workspace import TestWorkspace

from .test_journeys import demand_accessible

pytestmark = [pytest.mark.workspace, pytest.mark.accounts]

NAME = "essai-vera"


@pytest.fixture(scope="module")
def place(
    _environments: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestWorkspace, LocalProvider]]:
    folder = tmp_path_factory.mktemp("fournisseur")
    yield from federated("oidc-nav", folder, [NAME], name="ProConnect")


def test_in_by_the_provider_and_out_of_both(
    place: tuple[TestWorkspace, LocalProvider], chromium: Browser, screenshots: Path
) -> None:
    workspace, provider = place
    provider.account(NAME, groups=["agents"])
    provider.account("essai-visiteur", groups=[])
    context = chromium.new_context(viewport=SIZE, locale="fr-FR")
    page = context.new_page()
    page.goto(workspace.url)
    button = page.get_by_role("link", name="S’identifier avec ProConnect")
    expect(button).to_be_visible()
    demand_accessible(page)
    shot(page, screenshots, "oidc-login")
    # Somebody without a right here.
    button.click()
    page.locator("input[name=login]").fill("essai-visiteur")
    page.locator("input[name=password]").fill("essai")
    shot(page, screenshots, "oidc-provider")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous n’êtes pas entré")
    expect(page.get_by_role("alert")).to_contain_text("aucun de vos groupes n’entre dans cet espace")
    demand_accessible(page)
    shot(page, screenshots, "oidc-refused")
    page.get_by_role("link", name="Me déconnecter de ProConnect").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    # Somebody with one, from the same browser.
    page.get_by_role("link", name="Se connecter de nouveau").click()
    page.get_by_role("link", name="S’identifier avec ProConnect").click()
    page.locator("input[name=login]").fill(NAME)
    page.locator("input[name=password]").fill("essai")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/services/portal/**")
    expect(page.get_by_text(NAME).first).to_be_visible()
    page.get_by_role("link", name="Se déconnecter").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_text("D’ici, et de ProConnect.")).to_be_visible()
    demand_accessible(page)
    shot(page, screenshots, "oidc-out")
    # A moment later the browser shows nothing of theirs again.
    page.wait_for_timeout(2000)
    page.goto(f"{workspace.url}/services/portal/")
    expect(page.get_by_role("link", name="S’identifier avec ProConnect")).to_be_visible()
    context.close()
