"""The release as people see it: Chromium, the one-time link, PILOTE's run and dashboard, JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from support.browser import SIZE, Watched, launched, pictures, shot
from support.places import Cluster, Visitor

pytestmark = pytest.mark.needs_cluster

NAME = "essai-chef"
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def watched(place: Cluster, visitor: Visitor) -> Iterator[Watched]:
    """Whoever administers, signed in, without a session, which another test may have left open.

    Every name leads to the release's proxy, and to nothing else.
    """
    visitor.close_session(NAME)
    with launched(f"--host-resolver-rules=MAP * {place.address}") as browser:
        context = browser.new_context(viewport=SIZE, locale="fr-FR")
        found = Watched(context.new_page())
        found.page.goto(place.link(NAME))
        found.page.get_by_role("button", name="Se connecter").click()
        found.page.wait_for_url("**/services/portal/**")
        found.watch()
        yield found


def test_pilote_by_its_form_its_dashboard_and_its_notebook(
    place: Cluster, visitor: Visitor, watched: Watched, tmp_path: Path
) -> None:
    page, folder = watched.page, pictures(tmp_path)
    expect(page.get_by_role("heading", name="Vos sessions")).to_be_visible()
    page.get_by_role("link", name="Exécuter : Calculer les taux d’avancement").click()
    page.get_by_label("Décimales des taux").fill("99")
    page.get_by_role("button", name="Lancer l’exécution").click()
    expect(page.get_by_role("alert").first).to_contain_text("de 0 à 4")
    page.get_by_label("Décimales des taux").fill("1")
    page.get_by_role("button", name="Lancer l’exécution").click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("réussie", timeout=180_000)
    _publish(visitor)
    _see_the_dashboard(place, page, folder)
    _see_the_notebook(place, visitor, page, folder)
    ours = {"", *(str(urlsplit(url).hostname) for url in (place.url, place.content_url))}
    assert [host for host in watched.hosts - ours if not host.endswith(".vivant.localhost")] == []
    # The value that was refused is told to the console too.
    assert [error for error in watched.errors if "422" not in error] == []


def _publish(visitor: Visitor) -> None:
    chef = visitor.sign_in(NAME)
    asked = chef.post(visitor.api("dashboards/pilote/publish"), headers=SAME)
    assert asked.status_code == 201, asked.text
    assert visitor.ended(chef, asked.json()["id"])["state"] == "done"


def _see_the_dashboard(place: Cluster, page: Page, folder: Path) -> None:
    page.goto(f"{place.content_url}/d/pilote/")
    shown = page.frame_locator("#page")
    expect(shown.get_by_role("heading", name="Toutes les politiques")).to_be_visible()
    expect(shown.locator("svg.pil-carte")).to_be_visible()
    shot(page, folder, "kubernetes-dashboard")
    page.get_by_label("Politique").focus()
    page.keyboard.type("Verdir")
    page.keyboard.press("Tab")
    expect(page.locator("#etat")).to_have_text("Page à jour avec vos réglages.", timeout=150_000)
    expect(shown.get_by_role("heading", name="Verdir le parc automobile").first).to_be_visible()


def _see_the_notebook(place: Cluster, visitor: Visitor, page: Page, folder: Path) -> None:
    page.goto(f"{place.url}/services/portal/")
    page.get_by_role("link", name="Ouvrir une session JupyterLab").click()
    page.get_by_role("button", name="Ouvrir").click()
    page.wait_for_url("**/user/**/lab**", timeout=120_000)
    page.goto(f"{place.url}/user/{NAME}/lab/tree/contenu/notebooks/pilote/execution.ipynb")
    expect(page.locator(".jp-RenderedMarkdown h1").first).to_contain_text("PILOTE", timeout=90_000)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_be_attached(timeout=90_000)
    page.get_by_role("menuitem", name="Exécution").click()
    page.get_by_role("menuitem", name=re.compile("toutes les cellules$")).first.click()
    expect(page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[8]:")).to_be_attached(timeout=120_000)
    page.locator(".jp-OutputArea-output").last.scroll_into_view_if_needed()
    shot(page, folder, "kubernetes-lab")
    visitor.close_session(NAME)
