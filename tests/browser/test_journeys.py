"""What a person does on the first day: sign in, notebook, run, dashboard, MLflow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from support.browser import Watched, shot
from support.workspace import TestWorkspace

pytestmark = pytest.mark.workspace

OURS = {"localhost", "127.0.0.1", "pilote.localhost", ""}


def demand_accessible(page: Page) -> None:
    """No serious breach of WCAG 2.1 AA that a machine can see."""
    results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    serious = [
        f"{breach['id']}: {[node['html'][:120] for node in breach['nodes']][:3]}"
        for breach in results.response["violations"]
        if breach["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_run_pilote_from_its_form_and_see_it_in_mlflow(
    personal: TestWorkspace, watched: Watched, screenshots: Path
) -> None:
    page = watched.page
    page.goto(personal.url)
    expect(page.get_by_role("heading", name="Vos sessions")).to_be_visible()
    demand_accessible(page)
    page.get_by_role("link", name="Exécuter : Calculer les taux d’avancement").click()
    demand_accessible(page)
    page.get_by_label("Décimales des taux").fill("99")
    page.get_by_role("button", name="Lancer l’exécution").click()
    expect(page.get_by_role("alert").first).to_contain_text("decimales")
    expect(page.get_by_role("alert").first).to_contain_text("de 0 à 4")
    # What was typed is still there.
    expect(page.get_by_label("Décimales des taux")).to_have_value("99")
    page.get_by_label("Décimales des taux").fill("1")
    shot(page, screenshots, "form")
    page.get_by_role("button", name="Lancer l’exécution").click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("réussie", timeout=60_000)
    demand_accessible(page)
    shot(page, screenshots, "run")
    page.get_by_role("link", name="Voir dans MLflow").click()
    expect(page.get_by_text("decimales", exact=True).first).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile("taux_calcules|taux_calculés|part_calculee")).first).to_be_visible()
    shot(page, screenshots, "mlflow")
    assert watched.hosts <= OURS


def test_pilote_s_notebook_in_jupyterlab(
    personal: TestWorkspace, watched: Watched, screenshots: Path
) -> None:
    page = watched.page
    page.goto(personal.url)
    page.get_by_role("link", name="Ouvrir une session JupyterLab").click()
    page.get_by_role("button", name="Ouvrir").click()
    page.wait_for_url("**/user/**/lab**", timeout=90_000)
    expect(page.get_by_role("menuitem", name="Fichier")).to_be_visible(timeout=60_000)
    name = personal.json("status")["owner"]
    page.goto(f"{personal.url}/user/{name}/lab/tree/contenu/notebooks/pilote/execution.ipynb")
    expect(page.locator(".jp-RenderedMarkdown h1").first).to_contain_text("PILOTE", timeout=60_000)
    # « Run all » asked of a notebook whose kernel is still starting runs nothing.
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_be_attached(timeout=60_000)
    page.get_by_role("menuitem", name="Exécution").click()
    page.get_by_role("menuitem", name=re.compile("toutes les cellules$")).first.click()
    last = page.locator(".jp-OutputArea-output").last
    expect(page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[8]:")).to_be_attached(timeout=90_000)
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    last.scroll_into_view_if_needed()
    shot(page, screenshots, "lab")
    assert watched.hosts <= OURS
    personal.close_session(name)


def test_pilote_s_dashboard_changes_with_the_policy(
    personal: TestWorkspace, watched: Watched, screenshots: Path
) -> None:
    assert personal.json("run", "pilote")["state"] == "done"
    assert personal.json("dashboard", "publish", "pilote")["state"] == "done"
    page = watched.page
    page.goto(f"{personal.content_url}/d/pilote/")
    before = page.frame_locator("#page")
    expect(before.get_by_role("heading", name="Toutes les politiques")).to_be_visible()
    expect(before.locator("svg.pil-carte")).to_be_visible()
    fills = "paths => paths.map(path => path.getAttribute('fill')).join()"
    first = before.locator(".pil-departements path").evaluate_all(fills)
    demand_accessible(page)
    # By the keyboard alone.
    page.get_by_label("Politique").focus()
    page.keyboard.type("Verdir")
    page.keyboard.press("Tab")
    expect(page.locator("#etat")).to_have_text("Page à jour avec vos réglages.", timeout=60_000)
    after = page.frame_locator("#page")
    expect(after.get_by_role("heading", name="Verdir le parc automobile").first).to_be_visible()
    second = after.locator(".pil-departements path").evaluate_all(fills)
    assert second != first
    page.wait_for_timeout(300)
    shot(page, screenshots, "dashboard")
    # Every chart has its table, and nonsense is refused in words while the page stays.
    for figure in after.locator("svg[role=img]").all():
        assert figure.get_attribute("aria-labelledby")
    assert after.locator("details table").count() >= 2
    page.get_by_label("Territoire des taux et des séries").fill("zz")
    page.keyboard.press("Tab")
    expect(page.locator("#etat")).to_contain_text("Un réglage est refusé")
    expect(page.locator("#e-territoire")).to_contain_text("« zz »")
    expect(after.get_by_role("heading", name="Verdir le parc automobile").first).to_be_visible()
    assert watched.hosts <= OURS
    assert [error for error in watched.errors if "422" not in error] == []


def test_home_shows_all_of_it(personal: TestWorkspace, watched: Watched, screenshots: Path) -> None:
    page = watched.page
    page.goto(personal.url)
    expect(
        page.get_by_role("link", name="Où en sont les politiques prioritaires de l’État ?")
    ).to_be_visible()
    expect(page.get_by_text("réussie").first).to_be_visible()
    shot(page, screenshots, "home")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Your sessions")).to_be_visible()
    page.get_by_role("link", name="Français").click()
    assert watched.errors == []


def test_an_expired_sign_in_says_so(personal: TestWorkspace, chromium: object) -> None:
    from playwright.sync_api import Browser

    assert isinstance(chromium, Browser)
    context = chromium.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(f"{personal.content_url}/d/pilote/")
    expect(page.get_by_text("archipel login").first).to_be_visible()
    context.close()
