"""Script in a dashboard's page: it acts for nobody, reads no other dashboard, and calls no other host."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.browser import Watched
from support.workspace import ROOT, TestWorkspace

pytestmark = pytest.mark.workspace

ATTACK = """
const said = {};
async function attempt(name, url, options) {
  try {
    const answer = await fetch(url, {credentials: "include", ...options});
    said[name] = answer.status + " " + (await answer.text()).slice(0, 80);
  } catch (error) { said[name] = "refused"; }
}
(async () => {
  await attempt("hub", "HUB/hub/api/user");
  const body = '{"defi": "bonjour"}';
  await attempt("submit", "HUB/services/portal/api/v1/runs", {method: "POST", mode: "no-cors", body});
  await attempt("mlflow", "HUB/services/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=9");
  await attempt("neighbour", "CONTENT/d/pilote/");
  await attempt("static", "CONTENT/d/pilote/v/VERSION/page.html");
  await attempt("live", "http://pilote.localhost:PORT/");
  await attempt("elsewhere", "http://example.gouv.fr/");
  try { said.cookie = document.cookie; } catch (error) { said.cookie = "refused"; }
  try { said.parent = parent.document.title; } catch (error) { said.parent = "refused"; }
  try { said.top = String(top.location.href); } catch (error) { said.top = "refused"; }
  const out = document.createElement("pre"); out.id = "butin"; out.textContent = JSON.stringify(said);
  document.querySelector("main").append(out);
})();
"""


@pytest.fixture(scope="module")
def hostile(personal: TestWorkspace, tmp_path_factory: pytest.TempPathFactory) -> TestWorkspace:
    """« bonjour » with a dashboard whose page tries everything."""
    assert personal.json("run", "pilote")["state"] == "done"
    version = personal.json("dashboard", "publish", "pilote")["id"]
    clone = tmp_path_factory.mktemp("clone") / "contenu"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    path = clone / "notebooks" / "bonjour" / "tableau.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    script = ATTACK.replace("HUB", personal.url).replace("CONTENT", personal.content_url)
    script = script.replace("PORT", str(personal.port)).replace("VERSION", version)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    code["source"] = f"from IPython.display import HTML\nHTML('<script>' + {script!r} + '</script>')"
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    identity = ["-c", "user.name=essai", "-c", "user.email=essai@example.gouv.fr"]
    subprocess.run(["git", "-C", str(clone), *identity, "commit", "-qam", "Tout essayer"], check=True)
    personal.archipel("content", "take", "HEAD", "--from", str(clone))
    assert personal.json("run", "bonjour")["state"] == "done"
    assert personal.json("dashboard", "publish", "bonjour")["state"] == "done"
    return personal


def demand_nothing_was_had(said: dict[str, str]) -> None:
    assert set(said) == {
        "hub", "submit", "mlflow", "neighbour", "static", "live", "elsewhere", "cookie", "parent", "top",
    }  # fmt: skip
    assert said.pop("cookie") in ("", "refused")
    assert set(said.values()) == {"refused"}


def runs_of(workspace: TestWorkspace) -> int:
    return len(workspace.json("runs", "list"))


def test_the_published_page_gets_nothing(hostile: TestWorkspace, watched: Watched) -> None:
    before = runs_of(hostile)
    watched.page.goto(f"{hostile.content_url}/d/bonjour/")
    booty = watched.page.frame_locator("#page").locator("#butin")
    expect(booty).to_be_attached(timeout=30_000)
    demand_nothing_was_had(json.loads(booty.inner_text()))
    assert runs_of(hostile) == before
    assert watched.hosts <= {"127.0.0.1", "localhost", ""}


def test_the_live_page_gets_nothing(hostile: TestWorkspace, watched: Watched) -> None:
    before = runs_of(hostile)
    page = watched.page
    # Seen before as its reader: whatever cookies there are, there are.
    page.goto(f"{hostile.content_url}/d/pilote/")
    page.get_by_label("Territoire des taux et des séries").fill("35")
    page.keyboard.press("Tab")
    expect(page.locator("#etat")).to_have_text("Page à jour avec vos réglages.", timeout=60_000)
    page.goto(f"{hostile.content_url}/d/bonjour/")
    page.locator("#reglages input").first.fill("2")
    page.keyboard.press("Tab")
    expect(page.locator("#etat")).to_have_text("Page à jour avec vos réglages.", timeout=60_000)
    booty = page.frame_locator("#page").locator("#butin")
    expect(booty).to_be_attached(timeout=30_000)
    demand_nothing_was_had(json.loads(booty.inner_text()))
    assert runs_of(hostile) == before


def test_the_report_of_a_run_gets_nothing(hostile: TestWorkspace, watched: Watched, tmp_path: Path) -> None:
    """The page of a report opened alone, not framed: sandboxed all the same."""
    version = hostile.json("dashboard", "list")
    shown = next(board["shown"] for board in version if board["defi"] == "bonjour")
    watched.page.goto(f"{hostile.content_url}/d/bonjour/v/{shown}/page.html")
    booty = watched.page.locator("#butin")
    expect(booty).to_be_attached(timeout=30_000)
    said = json.loads(booty.inner_text())
    # Alone, it is its own parent: of an origin that is nobody's.
    said["parent"] = said["top"] = "refused"
    demand_nothing_was_had(said)
