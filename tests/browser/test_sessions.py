"""What a session says of itself, seen where people look: in JupyterLab, on the home page, in the clean-up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser import SIZE, shot
from support.sessions import Place, put
from support.workspace import wait_for

from .test_journeys import demand_accessible

pytestmark = pytest.mark.workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, _environments: None) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("sessions"))
    yield place
    place.workspace.remove()


@pytest.fixture
def page(chromium: Browser, place: Place) -> Iterator[Page]:
    context = chromium.new_context(viewport=SIZE, locale="fr-FR")
    page = context.new_page()
    page.goto(place.workspace.link())
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/services/portal/**")
    yield page
    context.close()
    if place.is_open():
        place.close()


def test_a_notice_is_shown_in_jupyterlab_and_keeps_the_session(
    place: Place, page: Page, screenshots: Path
) -> None:
    place.idle(session="20s", notice="15s", keep_max="45s", gpu="1h")
    place.open()
    page.goto(f"{place.url}/lab")
    notice = page.get_by_role("alert").filter(has_text="Rien ne se passe dans cette session")
    expect(notice).to_be_visible(timeout=90_000)
    page.wait_for_timeout(1500)  # it slides in
    shot(page, screenshots, "session-notice")
    other = page.context.new_page()
    other.goto(place.workspace.url)
    expect(other.get_by_text("Rien ne s’y passe")).to_be_visible()
    demand_accessible(other)
    shot(other, screenshots, "session-notice-home")
    other.close()
    notice.get_by_role("button", name="Garder encore").click()
    expect(notice).not_to_be_visible(timeout=15_000)
    assert place.is_open()
    # The tab stays open: the session ends all the same, at its cap, and the home page says why.
    assert place.home_page().count("rien ne s’y passait plus") == 0
    wait_for(lambda: "rien ne s’y passait plus" in place.home_page(), seconds=120, every=2)
    page.goto(place.workspace.url)
    expect(page.get_by_text("rien ne s’y passait plus")).to_be_visible()
    shot(page, screenshots, "session-ended-home")


def test_the_rescue_mode_is_told_and_left(place: Place, page: Page, screenshots: Path) -> None:
    place.idle()
    place.open()
    place.close()
    broken = place.home / ".ipython" / "profile_default" / "startup" / "00.py"
    put(broken, "import os; os._exit(1)")
    put(place.home / ".cache" / "essai" / "gros.bin", "x" * 40_000_000)
    for path in (place.home / ".ipython", place.home / ".cache"):
        subprocess.run(["chown", "-R", "--reference", str(place.home), str(path)], check=True)
    place.open()
    page.goto(f"{place.url}/lab")
    expect(page.get_by_role("alert").filter(has_text="Mode de secours")).to_be_visible(timeout=90_000)
    page.wait_for_timeout(1500)  # it slides in
    shot(page, screenshots, "session-rescue")
    page.goto(f"{place.url}/archipel/menage")
    expect(page.get_by_text("Aucun noyau Python ne démarre")).to_be_visible()
    demand_accessible(page)
    page.screenshot(path=screenshots / "session-cleanup.png", full_page=True)
    page.get_by_role("button", name="Tout vider…").click()
    demand_accessible(page)
    page.get_by_role("button", name="Oui").click()
    expect(page.get_by_text("Les caches sont vides.")).to_be_visible()
    assert not (place.home / ".cache").exists()
    broken.unlink()
    page.get_by_role("button", name="Redémarrer normalement…").click()
    page.get_by_role("button", name="Oui").click()
    page.wait_for_url("**/lab**", timeout=90_000)
    expect(page.locator("#jp-MainLogo")).to_be_visible(timeout=90_000)
    assert place.state()["trouble"] == ""
