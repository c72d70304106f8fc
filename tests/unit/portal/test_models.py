"""Models by the pages, the API and the command: what is shown, who promotes, what a refusal says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from archipel.catalog.load import load_catalog
from archipel.catalog.models import Audience, Rights
from archipel.cli import models as commands
from archipel.identity.person import Person
from archipel.models.champions import Champions
from archipel.portal.app import create_app
from archipel.portal.services import Services
from archipel.runs.client import Client
from archipel.runs.promotions import Promotions
from archipel.workspace import Workspace
from support.ledger import file_store
from support.registered import NAME, MemoryRegistry, audit, card, gap, written
from support.source import ROOT

WORKSPACE = Workspace("shared", "archipel", "http", "a.fr", 80, "b.fr", "c.fr", ports={"hub": 1, "portal": 2})
API = f"{WORKSPACE.portal_prefix}api/v1/models"
PAGES = f"{WORKSPACE.portal_prefix}modeles"
PEOPLE = {
    "alice": Person("alice", frozenset({"pilotage"})),
    "lea": Person("lea", frozenset({"lecture"})),
    "bruno": Person("bruno"),
    "chef": Person("chef", admin=True),
}
GOOD = (written(card()), written(audit()))
BAD = (
    written(card(limites="<script>alert(1)</script> et rien d’autre")),
    written(audit(gap(ecart=0.05, haut=0.06))),
)
WHY = "Essai sur un site clos, sans public."
TOLD = "teint, claire et foncée : 5,00 points d’écart, 3,00 au plus, soit 2,00 de trop"


class Direct(httpx.BaseTransport):
    """An application answers in this process."""

    def __init__(self, app: Any) -> None:
        self._app = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def asked() -> httpx.Response:
            request.read()
            answer = await self._app.handle_async_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return asyncio.run(asked())


class SignIn:
    """Whoever the token names; a page has none, and is the one that ``who`` names."""

    who = "alice"

    async def person(self, connection: Any) -> Person | None:
        token = connection.headers.get("authorization", "").removeprefix("Bearer ")
        return PEOPLE.get(token or self.who)


@pytest.fixture(scope="module")
def signed_in() -> SignIn:
    return SignIn()


@pytest.fixture(scope="module")
def made(signed_in: SignIn) -> tuple[httpx.Client, Services]:
    """« twincity » is read by « lecture » and written by « pilotage »."""
    catalog = load_catalog(ROOT)
    rights = Rights(
        read=Audience(access="groups", groups=("lecture", "pilotage")),
        write=Audience(access="groups", groups=("pilotage",)),
    )
    defi = catalog.defis["twincity"].model_copy(update={"rights": rights})
    catalog = catalog.model_copy(update={"defis": {"twincity": defi}})
    library = SimpleNamespace(pinned=lambda: SimpleNamespace(commit="c" * 40, folder=ROOT))
    nobody: Any = None
    context: Any = SimpleNamespace(library=library, catalog=lambda: catalog)
    champions = Champions(MemoryRegistry(GOOD, BAD), nobody, lambda: catalog)
    sign_in: Any = signed_in
    services = Services(context, nobody, WORKSPACE, sign_in, b"cle", "0", champions)
    return httpx.Client(transport=Direct(create_app(services, None)), base_url="http://a.fr"), services


@pytest.fixture
def portal(made: tuple[httpx.Client, Services], signed_in: SignIn, tmp_path: Path) -> Iterator[httpx.Client]:
    """As new: no champion, no line in the journal; two versions, of which the first passes."""
    client, services = made
    champions: Any = services.champions
    champions.registry.aliases.clear()
    engine = file_store(tmp_path / "ledger.sqlite").engine
    champions._journal = Promotions(engine)
    signed_in.who = "alice"
    yield client
    engine.dispose()


def promote(portal: httpx.Client, who: str, version: Any, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {who}"}
    return portal.post(f"{API}/{NAME}/promote", json={"version": version, **more}, headers=headers)


def test_the_api_refuses_with_each_threshold_and_by_how_much(portal: httpx.Client) -> None:
    answer = promote(portal, "alice", 2)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["where"], error["message"]) == ("audit.gaps.teint.estimate_max", TOLD)
    judged = portal.get(f"{API}/{NAME}/versions/2").json()
    assert judged["passes"] is False
    (refusal,) = judged["refusals"]
    assert (refusal["expected"], refusal["received"], refusal["by"]) == (3, 5, 2)


def test_the_api_promotes_overrides_and_remembers(portal: httpx.Client) -> None:
    assert promote(portal, "alice", 1).status_code == 201
    assert promote(portal, "alice", 2, override=True, reason=WHY).status_code == 403
    done = promote(portal, "chef", 2, override=True, reason=WHY)
    assert done.status_code == 201, done.text
    told = portal.get(f"{API}/{NAME}").json()
    assert told["champion"] == 2
    assert told["astray"] is False
    assert [(one["by"], one["previous"], one["version"], one["reason"]) for one in told["promotions"]] == [
        ("chef", 1, 2, WHY),
        ("alice", None, 1, ""),
    ]
    assert told["promotions"][0]["refusals"][0]["message"] == TOLD
    assert [model["name"] for model in portal.get(API).json()] == [NAME]


@pytest.mark.parametrize(
    ("who", "version", "status"),
    [
        ("bruno", 1, 404),
        ("lea", 1, 403),
        ("alice", 9, 404),
        ("alice", 0, 422),
        ("alice", 2**31, 422),
        ("x", 1, 401),
    ],
)
def test_who_may_not_is_told(portal: httpx.Client, who: str, version: int, status: int) -> None:
    assert promote(portal, who, version).status_code == status


def test_another_site_s_page_promotes_nothing(portal: httpx.Client) -> None:
    body = {"version": 1}
    assert portal.post(f"{API}/{NAME}/promote", json=body).status_code == 403
    crossed = {"Sec-Fetch-Site": "cross-site"}
    assert portal.post(f"{API}/{NAME}/promote", json=body, headers=crossed).status_code == 403


def forms(page: str) -> list[dict[str, str]]:
    """The hidden fields of each form of a page."""
    found = re.findall(r"<form.*?</form>", page, re.DOTALL)
    return [dict(re.findall(r'name="(\w+)" value="([^"]+)"', form)) for form in found]


def test_the_pages_show_models_versions_and_verdict(portal: httpx.Client) -> None:
    listed = portal.get(PAGES).text
    assert "Détecteur de piétons de TwinCity" in listed
    assert "Aucune version championne" in listed
    assert f'href="{PAGES}" aria-current="page"' in listed
    latest = portal.get(f"{PAGES}/{NAME}").text
    assert TOLD in latest
    # A writer overrides nothing.
    assert forms(latest) == []
    good = portal.get(f"{PAGES}/{NAME}?version=1").text
    assert "Sa carte et son audit passent tous les seuils du défi." in good
    assert "données synthétiques" in good
    assert re.search(r"1,2\s*<span[^>]*>\[−1,0 ; 3,4\]", good)
    assert [form["version"] for form in forms(good)] == ["1"]


def test_the_pages_speak_english_and_show_no_markup_of_a_card(portal: httpx.Client) -> None:
    page = portal.get(f"{PAGES}/{NAME}?version=2", headers={"Accept-Language": "en"}).text
    assert "5.00 points apart, 3.00 at most, 2.00 too many" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_reader_has_no_button_and_a_stranger_no_page(portal: httpx.Client, signed_in: SignIn) -> None:
    signed_in.who = "lea"
    assert forms(portal.get(f"{PAGES}/{NAME}?version=1").text) == []
    signed_in.who = "bruno"
    assert portal.get(f"{PAGES}/{NAME}").status_code == 404
    assert NAME not in portal.get(PAGES).text


def test_a_page_promotes_and_overrides_with_a_reason_that_stays(
    portal: httpx.Client, signed_in: SignIn
) -> None:
    (fields,) = forms(portal.get(f"{PAGES}/{NAME}?version=1").text)
    done = portal.post(f"{PAGES}/{NAME}/promouvoir", data=fields)
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGES}/{NAME}")
    signed_in.who = "chef"
    (fields,) = forms(portal.get(f"{PAGES}/{NAME}?version=2").text)
    refused = portal.post(f"{PAGES}/{NAME}/promouvoir", data=fields | {"raison": "parce que"})
    assert refused.status_code == 422
    assert "dites pourquoi vous passez outre" in refused.text
    assert "parce que</textarea>" in refused.text
    assert portal.post(f"{PAGES}/{NAME}/promouvoir", data=fields | {"raison": WHY}).status_code == 303
    page = portal.get(f"{PAGES}/{NAME}").text
    assert "Promue par dérogation" in page
    assert page.count(WHY) == 2


@pytest.mark.parametrize("fields", [{}, {"_jeton": "faux", "version": "1"}])
def test_a_form_that_was_not_shown_is_refused(portal: httpx.Client, fields: dict[str, str]) -> None:
    assert portal.post(f"{PAGES}/{NAME}/promouvoir", data=fields).status_code == 422


@pytest.mark.parametrize("version", ["0", "-1", "x", "²", "3" * 40, "9"])
def test_a_version_that_is_none_is_told(portal: httpx.Client, version: str) -> None:
    assert portal.get(f"{PAGES}/{NAME}", params={"version": version}).status_code == 404


@pytest.fixture
def command(portal: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`archipel models …` of one person, by the API."""

    def run(who: str, *words: str) -> Result:
        client = Client("http://a.fr", who)
        base = f"http://a.fr{API.removesuffix('models')}"
        headers = {"Authorization": f"Bearer {who}"}
        http = httpx.Client(transport=portal._transport, base_url=base, headers=headers)
        monkeypatch.setattr(client, "_http", http)
        monkeypatch.setattr(commands, "running_workspace", lambda _settings: client)
        return CliRunner().invoke(commands.command, words)

    return run


def test_the_command_lists_shows_and_promotes(command: Any) -> None:
    assert f"{NAME}" in command("lea", "list").output
    shown = command("alice", "show", NAME).output
    assert "La version 2 ne passe pas :" in shown
    assert f"audit.gaps.teint.estimate_max: {TOLD}" in shown
    assert command("alice", "promote", NAME, "1").output == f"« {NAME} » : la version 1 est championne.\n"
    told = json.loads(command("alice", "show", NAME, "--version", "1", "--json").output)
    assert (told["champion"], told["judged"]["passes"]) == (1, True)


def test_the_command_says_why_it_is_refused(command: Any) -> None:
    refused = command("alice", "promote", NAME, "2").exception
    assert (refused.exit_code, str(refused)) == (2, f"audit.gaps.teint.estimate_max: {TOLD}")
    assert command("bruno", "show", NAME).exception.exit_code == 2
    done = command("chef", "promote", NAME, "2", "--override", "--reason", WHY, "--json")
    assert json.loads(done.output)["reason"] == WHY


@pytest.mark.parametrize("words", [(), ("x",), ("0",), ("1", "--override"), ("1", "--reason", WHY)])
def test_the_command_is_refused_before_anything_is_asked(command: Any, words: tuple[str, ...]) -> None:
    assert command("chef", "promote", NAME, *words).exit_code == 2
