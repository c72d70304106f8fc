"""What is marked « sensible » on one machine, which cuts no network: refused, unless its operator says so."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from support.source import ROOT
from support.workspace import TestWorkspace, wait_for

pytestmark = pytest.mark.workspace

REASON = "une machine seule ne coupe pas le réseau"
WAY_OUT = "archipel up --allow-sensible"
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def place(_environments: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    """Not started yet; « bonjour » and the light session are sensitive there, « pilote » is not."""
    clone = tmp_path_factory.mktemp("clone") / "contenu"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    with (clone / "catalog" / "defis" / "bonjour.yaml").open("a", encoding="utf-8") as file:
        file.write("sensible: true\n")
    profiles = clone / "catalog" / "profiles.yaml"
    text = profiles.read_text(encoding="utf-8")
    profiles.write_text(text.replace("    image: base\n", "    image: base\n    sensible: true\n"), "utf-8")
    identity = ["-c", "user.name=essai", "-c", "user.email=essai@example.gouv.fr"]
    subprocess.run(["git", "-C", str(clone), *identity, "commit", "-qam", "Sensibles"], check=True)
    made = TestWorkspace(name="sensible", clone=clone)
    yield made
    made.remove()


@contextmanager
def started(place: TestWorkspace, *options: str) -> Iterator[httpx.Client]:
    """A browser of its owner, signed in at the hub and at the portal."""
    place.up(*options)
    try:
        browser = place.sign_in()
        browser.get(f"{place.url}/services/portal/", headers={"Accept": "text/html"})
        yield browser
    finally:
        place.down()


def form_sent(place: TestWorkspace, browser: httpx.Client, defi: str) -> tuple[str, httpx.Response]:
    """The form's page as it is shown, and what its button gives: the values that it proposes."""
    url = f"{place.url}/services/portal/defis/{defi}/execution"
    shown = browser.get(url).text
    hidden = re.search(r'name="_jeton" value="([^"]+)"', shown)
    assert hidden is not None
    return shown, browser.post(url, data={"_jeton": hidden.group(1)}, follow_redirects=False)


def spawned(place: TestWorkspace, profile: str) -> tuple[httpx.Response, bool]:
    """What the hub's API answers, and whether a session is there, or on its way."""
    owner = place.json("status")["owner"]
    operator, user = place.operator(), f"{place.url}/hub/api/users/{owner}"
    answer = operator.post(f"{user}/server", json={"profile": profile})
    return answer, bool(operator.get(user).json()["servers"])


def test_it_is_refused_with_its_reason_and_the_rest_goes_on(place: TestWorkspace) -> None:
    with started(place) as browser:
        by_command = place.archipel("run", "bonjour", check=False)
        assert by_command.returncode == 2
        assert REASON in by_command.stderr
        assert WAY_OUT in by_command.stderr

        by_api = browser.post(place.api("runs"), json={"defi": "bonjour"}, headers=SAME)
        assert by_api.status_code == 409
        assert by_api.json()["code"] == "sensible.machine"
        assert REASON in by_api.json()["message"]

        shown, by_form = form_sent(place, browser, "bonjour")
        # It is told before anything is typed, and again beside the form that comes back.
        assert REASON in shown
        assert by_form.status_code == 422
        assert by_form.text.count(REASON) == 2
        assert WAY_OUT in by_form.text
        assert place.json("runs", "list") == []

        session, there = spawned(place, "base")
        assert session.status_code == 409
        assert REASON in session.json()["message"]
        assert not there

        # What is not marked gets as far as its values.
        other = browser.post(place.api("runs"), json={"defi": "pilote", "parameters": {"x": 1}}, headers=SAME)
        assert other.status_code == 422
        assert REASON not in other.text
    # Without a workspace, the command runs by itself: by the same rule.
    assert REASON in place.archipel("run", "bonjour", check=False).stderr


def test_it_starts_where_the_operator_allows_it(place: TestWorkspace) -> None:
    with started(place, "--allow-sensible") as browser:
        shown, by_form = form_sent(place, browser, "bonjour")
        assert REASON not in shown
        assert by_form.status_code == 303
        # The command speaks to the same API as a program would.
        assert place.json("run", "bonjour")["state"] == "done"
        # The form's run has yet to end, perhaps.
        wait_for(lambda: [run["state"] for run in place.json("runs", "list")] == ["done", "done"])
        session, there = spawned(place, "base")
        assert session.status_code in (201, 202), session.text
        assert there
