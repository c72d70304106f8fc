"""What the product promises, wherever it runs: one set of bodies for one machine and for Kubernetes."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator

import httpx
import pytest

from support.doors import typed
from support.places import COMPONENTS, Place, Visitor
from support.workspace import wait_for

pytestmark = pytest.mark.workspace

ALICE, BRUNO, CHEF, DORA = "essai-alice", "essai-bruno", "essai-chef", "essai-dora"
SAME = {"Sec-Fetch-Site": "same-origin"}
PAGE = {"Accept": "text/html"}
"""What a browser asks a page with: who is not signed in there is sent to the hub and back."""


@pytest.fixture(scope="session")
def alice(visitor: Visitor) -> httpx.Client:
    return visitor.sign_in(ALICE)


@pytest.fixture(scope="session")
def bruno(visitor: Visitor) -> httpx.Client:
    return visitor.sign_in(BRUNO)


@pytest.fixture(scope="session")
def chef(visitor: Visitor) -> httpx.Client:
    return visitor.sign_in(CHEF)


@pytest.fixture(scope="session")
def dora(visitor: Visitor) -> httpx.Client:
    return visitor.sign_in(DORA)


@pytest.fixture(scope="module")
def sessions(
    visitor: Visitor, alice: httpx.Client, bruno: httpx.Client, chef: httpx.Client
) -> Iterator[None]:
    """Three open sessions, of Alice, Bruno and the chief, whom the hub knows since they signed in."""
    for name in (ALICE, BRUNO, CHEF):
        visitor.open_session(name)
    yield
    for name in (ALICE, BRUNO, CHEF):
        visitor.close_session(name)


@pytest.fixture(scope="session")
def published(visitor: Visitor, chef: httpx.Client) -> None:
    """Both dashboards, each on a run of this very suite."""
    for defi in ("bonjour", "pilote"):
        assert visitor.ended(chef, visitor.submit(chef, defi)["id"])["state"] == "done"
        asked = chef.post(visitor.api(f"dashboards/{defi}/publish"), headers=SAME)
        assert asked.status_code == 201, asked.text
        assert visitor.ended(chef, asked.json()["id"])["state"] == "done"


MODEL = "twincity-pietons"
REGISTERED = """
import pathlib, mlflow
client = mlflow.MlflowClient()
mlflow.set_experiment("twincity")
client.create_registered_model({name!r})
with mlflow.start_run() as run:
    mlflow.log_artifacts(str(pathlib.Path.home() / "contenu/notebooks/twincity/donnees/modele"), "modele")
made = client.create_model_version({name!r}, run.info.artifact_uri + "/modele", run.info.run_id)
print("version", made.version)
"""


@pytest.fixture(scope="session")
def champion(visitor: Visitor, alice: httpx.Client, chef: httpx.Client) -> None:
    """That of a new installation, or the same files, registered by Alice and promoted by the chief."""
    if any(one["name"] == MODEL and one["champion"] for one in chef.get(visitor.api("models")).json()):
        return
    assert chef.get(f"{visitor.url}/services/mlflow/", headers=PAGE).status_code == 200
    visitor.open_session(ALICE)
    printed = visitor.python(ALICE, alice, REGISTERED.format(name=MODEL))
    found = re.search(r"^version (\d+)$", printed, re.M)
    assert found, printed
    asked = {"version": int(found[1]), "override": True, "reason": "Essai de la suite de recette."}
    answer = chef.post(visitor.api(f"models/{MODEL}/promote"), json=asked, headers=SAME)
    assert answer.status_code == 201, answer.text


# ---------------------------------------------------------------- sign in


def test_a_link_signs_in_once(visitor: Visitor) -> None:
    link = visitor.place.link(DORA)
    outcomes = []
    for _time in range(2):
        client = visitor.client(follow_redirects=True)
        page = client.get(link)
        hidden = dict(re.findall(r'name="(_xsrf|jeton)" value="([^"]+)"', page.text))
        answer = client.post(f"{visitor.url}/hub/lien", data=hidden, headers={"Origin": visitor.url})
        outcomes.append(answer.status_code)
    assert outcomes == [200, 403]


def test_whoever_is_not_signed_in_sees_nothing(visitor: Visitor) -> None:
    stranger = visitor.client()
    assert stranger.get(f"{visitor.portal}/", headers={"accept": "text/html"}).status_code == 302
    assert stranger.get(visitor.api("runs")).status_code == 401
    assert stranger.get(f"{visitor.url}/services/mlflow/api/2.0/mlflow/experiments/search").status_code == 401
    assert stranger.get(f"{visitor.place.content_url}/d/pilote/").status_code in (302, 401, 404)


def test_the_home_page_lists_what_is_there(visitor: Visitor, alice: httpx.Client) -> None:
    page = alice.get(f"{visitor.portal}/")
    for text in ("Vos sessions", "Défis", "PILOTE", "Bonjour"):
        assert text in page.text


# ---------------------------------------------------------------- sessions


@pytest.mark.usefixtures("sessions")
def test_code_runs_in_a_session_with_the_tools_of_its_image(visitor: Visitor, alice: httpx.Client) -> None:
    code = "import pandas, polars, sklearn, os; print(pandas.DataFrame({'a': [1, 2]}).a.sum(), os.getuid())"
    told = visitor.python(ALICE, alice, code).split()
    assert told[0] == "3"
    assert told[1] != "0"


@pytest.mark.usefixtures("sessions")
def test_a_terminal_has_the_commands_of_its_image(visitor: Visitor, alice: httpx.Client) -> None:
    """A login shell would have lost them: Debian's profile starts from a PATH of its own."""
    shown = typed(visitor, ALICE, alice, "archipel --version && python -c 'import pandas; print(6 * 7)'")
    assert "\n42" in shown, shown
    assert "not found" not in shown


@pytest.mark.usefixtures("sessions")
def test_the_content_is_cloned_and_git_works_in_it(visitor: Visitor, alice: httpx.Client) -> None:
    code, said = visitor.shell(ALICE, alice, "cd ~/contenu && git log --oneline | head -1 && git pull 2>&1")
    assert code == 0, said
    code, said = visitor.shell(
        ALICE, alice, "cd ~/contenu && archipel catalog check && archipel content status"
    )
    assert code == 0, said


@pytest.mark.usefixtures("sessions")
def test_two_people_are_apart(visitor: Visitor, alice: httpx.Client, bruno: httpx.Client) -> None:
    visitor.python(
        ALICE, alice, "open('/'.join([__import__('os').path.expanduser('~'), 'a-moi']), 'w').write('x')"
    )
    home = visitor.python(ALICE, alice, "import os; print(os.path.expanduser('~'))").strip()
    read = visitor.python(BRUNO, bruno, f"print(open({home + '/a-moi'!r}).read())")
    assert read.startswith(("PermissionError", "FileNotFoundError"))
    assert bruno.get(f"{visitor.url}/user/{ALICE}/api/contents").status_code in (401, 403, 404)
    assert bruno.get(f"{visitor.url}/user/{ALICE}/lab").status_code in (403, 404)


@pytest.mark.usefixtures("sessions")
def test_out_of_the_hub_is_out_of_one_s_session(visitor: Visitor, bruno: httpx.Client) -> None:
    """At once in that browser, though a session believes the hub's word for minutes; another stays in."""
    elsewhere, status = visitor.sign_in(BRUNO), f"{visitor.url}/user/{BRUNO}/api/status"
    for browser in (bruno, elsewhere):
        browser.get(f"{visitor.url}/user/{BRUNO}/lab")
        assert browser.get(status).status_code == 200
    elsewhere.get(f"{visitor.url}/hub/logout")
    assert elsewhere.get(status, follow_redirects=False).status_code in (302, 403)
    assert bruno.get(status).status_code == 200


def test_a_home_outlives_its_session(visitor: Visitor, dora: httpx.Client) -> None:
    visitor.open_session(DORA)
    visitor.python(
        DORA, dora, "import pathlib; (pathlib.Path.home() / 'garde.txt').write_text('toujours là')"
    )
    visitor.close_session(DORA)
    visitor.open_session(DORA)
    code = "import pathlib; print((pathlib.Path.home() / 'garde.txt').read_text())"
    assert visitor.python(DORA, dora, code).strip() == "toujours là"
    visitor.close_session(DORA)


# ---------------------------------------------------------------- runs


def test_a_run_by_the_form(visitor: Visitor, alice: httpx.Client) -> None:
    address = f"{visitor.portal}/defis/bonjour/execution"
    token = re.search(r'name="_jeton" value="([^"]+)"', alice.get(address).text)
    assert token
    fields = {"_jeton": token[1], "prenom": "Zoé", "nombre": "2"}
    files = {name: (None, value) for name, value in fields.items()}
    answer = alice.post(address, files=files, headers=SAME)
    assert answer.status_code == 200, answer.text[:500]
    run = str(answer.url).rpartition("/")[2]
    assert visitor.ended(alice, run)["state"] == "done"
    page = alice.get(f"{visitor.portal}/runs/{run}")
    assert "réussie" in page.text
    assert "Zoé" in page.text


def test_a_run_by_the_api_leaves_its_files(visitor: Visitor, alice: httpx.Client) -> None:
    run = visitor.submit(alice, "pilote", decimales=2)
    done = visitor.ended(alice, run["id"])
    assert done["state"] == "done", done
    files = {
        entry["name"]: entry["size"] for entry in alice.get(visitor.api(f"runs/{run['id']}/files")).json()
    }
    wanted = {"result.json", "manifest.json", "rapport.html", "executed.ipynb", "provenance.json", "log.txt"}
    assert wanted <= set(files)
    manifest = json.loads(alice.get(visitor.api(f"runs/{run['id']}/files/manifest.json")).text)
    for name, entry in manifest["files"].items():
        assert files[name] == entry["size"], name
    result = json.loads(alice.get(visitor.api(f"runs/{run['id']}/files/result.json")).text)
    assert 0.5 < result["metrics"]["part_calculee"]["value"] < 1
    report = alice.get(done["report_url"])
    assert report.status_code == 200
    assert "sandbox" in report.headers["content-security-policy"]


@pytest.mark.usefixtures("sessions", "champion")
def test_scenes_are_drawn_looked_at_by_the_champion_and_audited(
    visitor: Visitor, alice: httpx.Client
) -> None:
    run = visitor.submit(alice, "twincity", nombre=8)
    done = visitor.ended(alice, run["id"], seconds=300)
    assert done["state"] == "done", json.dumps(done["failure"], ensure_ascii=False)
    result = json.loads(alice.get(visitor.api(f"runs/{run['id']}/files/result.json")).text)
    assert result["donnees_synthetiques"] is True
    assert result["metrics"]["images"]["value"] == 8
    assert 0 < result["metrics"]["ap50"]["value"] < 1
    audit = json.loads(alice.get(visitor.api(f"runs/{run['id']}/files/audit.json")).text)
    assert set(audit["detecteurs"]) == {"yolo-fastest-1.1_body"}


CONTRACTS = (
    "contrat_id,siret,idcc,poste,salarie_id,nature,motif,date_debut,date_fin_prevue,date_fin,statut_fin,"
    "renouvellements\n"
    "a,73282932000074,,vendeur,s1,02,02,2023-03-06,2023-03-19,2023-03-19,2,0\n"
    "b,73282932000074,,Vendeuse H/F,s2,02,02,2023-03-22,2023-03-24,2023-03-24,2,0\n"
)


def test_contracts_of_a_file_are_checked(visitor: Visitor, alice: httpx.Client) -> None:
    given = io.BytesIO(CONTRACTS.encode())
    sent = alice.post(visitor.api("uploads"), files={"file": ("contrats.csv", given)}, headers=SAME)
    assert sent.status_code == 201, sent.text
    upload = {"upload": sent.json()["upload"]}
    run = visitor.submit(alice, "champollion", execution="controle", contrats=upload)
    done = visitor.ended(alice, run["id"])
    assert done["state"] == "done", json.dumps(done["failure"], ensure_ascii=False)
    told = alice.get(visitor.api(f"runs/{run['id']}/files/alertes.csv")).text
    (alert,) = csv.DictReader(io.StringIO(told))
    assert (alert["regle"], alert["contrat_id"]) == ("carence", "b")
    assert (alert["attendu"], alert["observe"]) == ("5", "2")
    assert "s1" not in told


@pytest.mark.parametrize(
    ("defi", "parameters"),
    [("champollion", {"contrats": 5000}), ("signauxfaibles", {}), ("sosponts", {})],
)
def test_what_risk_models_are_worth_on_what_is_known(
    visitor: Visitor, alice: httpx.Client, defi: str, parameters: dict[str, int]
) -> None:
    run = visitor.submit(alice, defi, **parameters)
    done = visitor.ended(alice, run["id"], seconds=300)
    assert done["state"] == "done", json.dumps(done["failure"], ensure_ascii=False)
    result = json.loads(alice.get(visitor.api(f"runs/{run['id']}/files/result.json")).text)
    assert result["donnees_synthetiques"] is True
    assert len(result["metrics"]) > 4
    if defi == "champollion":
        assert [result["metrics"][name]["value"] for name in ("rappel", "precision")] == [1, 1]


@pytest.mark.usefixtures("sessions")
def test_a_run_by_the_command_of_a_session(visitor: Visitor, alice: httpx.Client) -> None:
    code, said = visitor.shell(ALICE, alice, "cd ~/contenu && archipel run bonjour -p prenom=Ana --json")
    assert code == 0, said
    assert json.loads(said.strip().splitlines()[-1])["state"] == "done"


def test_a_file_goes_with_the_run(visitor: Visitor, alice: httpx.Client) -> None:
    broken = io.BytesIO(b'{"indicateurs": [')
    sent = alice.post(visitor.api("uploads"), files={"file": ("barometre.json", broken)}, headers=SAME)
    assert sent.status_code == 201, sent.text
    run = visitor.submit(alice, "pilote", fichier={"upload": sent.json()["upload"]})
    done = visitor.ended(alice, run["id"])
    assert done["state"] == "failed"
    assert "JSON" in done["failure"]["message"]
    assert done["failure"]["cell"]


def test_what_is_wrong_is_refused_before_anything(visitor: Visitor, alice: httpx.Client) -> None:
    before = len(alice.get(visitor.api("runs?limit=500")).json())
    for body, word in (
        ({"defi": "bonjour", "parameters": {"nombr": 2}}, "nombre"),
        ({"defi": "bonjour", "parameters": {"nombre": 99}}, "20"),
        ({"defi": "bonjou", "parameters": {}}, "bonjour"),
        ({"defi": "pilote", "parameters": {"fichier": "/etc/passwd.csv"}}, "chemin"),
    ):
        answer = alice.post(visitor.api("runs"), json=body, headers=SAME)
        assert answer.status_code in (404, 422), answer.text
        assert word in answer.text
    assert len(alice.get(visitor.api("runs?limit=500")).json()) == before


def test_a_run_is_cancelled(visitor: Visitor, alice: httpx.Client) -> None:
    run = visitor.submit(alice, "pilote")
    wait_for(lambda: alice.get(visitor.api(f"runs/{run['id']}")).json()["state"] == "running", every=0.1)
    assert alice.post(visitor.api(f"runs/{run['id']}/cancel"), headers=SAME).status_code == 200
    assert visitor.ended(alice, run["id"])["state"] == "cancelled"


@pytest.mark.usefixtures("sessions")
def test_a_draft_is_its_author_s_alone(visitor: Visitor, alice: httpx.Client, bruno: httpx.Client) -> None:
    spoil = (
        "cd ~/contenu && python - <<'FIN'\n"
        "import json, pathlib\n"
        "path = pathlib.Path('notebooks/bonjour/execution.ipynb')\n"
        "notebook = json.loads(path.read_text())\n"
        "code = [c for c in notebook['cells'] if c['cell_type'] == 'code'][-1]\n"
        "code['source'] = ['raise ValueError(\"exprès\")']\n"
        "path.write_text(json.dumps(notebook))\n"
        "FIN\n"
        "archipel run bonjour --draft --json; code=$?; git checkout -q notebooks; exit $code"
    )
    code, said = visitor.shell(ALICE, alice, spoil)
    assert code == 3, said
    draft = json.loads(said.strip().splitlines()[-1])
    assert draft["state"] == "failed"
    assert draft["failure"]["message"] == "exprès"
    assert bruno.get(visitor.api(f"runs/{draft['id']}")).status_code == 404


@pytest.mark.usefixtures("sessions")
def test_a_schedule_runs_by_itself_and_its_dashboard_follows(visitor: Visitor, chef: httpx.Client) -> None:
    """A commit that has PILOTE run every minute, not on Mondays, is taken in, runs, is taken back."""
    change = (
        "cd ~/contenu && git pull -q && "
        "sed -i 's/cron: 0 6 . . 1/cron: \"* * * * *\"/' catalog/defis/pilote.yaml && "
        "git commit -qam 'Chaque minute' && archipel content take HEAD"
    )
    code, said = visitor.shell(CHEF, chef, change)
    assert code == 0, said
    try:

        def scheduled() -> list[dict[str, object]]:
            done = chef.get(visitor.api("runs?defi=pilote&state=done&limit=50")).json()
            return [run for run in done if run["schedule"] == "pilote/hebdomadaire"]

        first = wait_for(scheduled, seconds=150)[0]

        def shown() -> bool:
            boards = {board["defi"]: board for board in chef.get(visitor.api("dashboards")).json()}
            return "pilote" in boards and boards["pilote"]["versions"][0]["run"] >= str(first["id"])

        wait_for(shown, seconds=90)
    finally:
        code, said = visitor.shell(
            CHEF, chef, "cd ~/contenu && git revert --no-edit HEAD && archipel content take HEAD"
        )
        assert code == 0, said


# ---------------------------------------------------------------- dashboards, MLflow


@pytest.mark.usefixtures("published")
def test_a_stakeholder_reads_a_dashboard_at_once(visitor: Visitor, dora: httpx.Client) -> None:
    frame = dora.get(f"{visitor.place.content_url}/d/pilote/")
    assert frame.status_code == 200
    static = re.search(r'src="([^"]*/v/[^"]*page\.html)"', frame.text)
    assert static, frame.text[:500]
    began = time.monotonic()
    page = dora.get(f"{visitor.place.content_url}{static[1]}")
    print(f"static page: {time.monotonic() - began:.3f} s, {len(page.content)} bytes")
    assert page.status_code == 200
    assert "Classement" in page.text
    assert "sandbox" in page.headers["content-security-policy"]


@pytest.mark.usefixtures("published")
def test_a_control_opens_a_live_page_of_one_s_own(visitor: Visitor, dora: httpx.Client) -> None:
    board = f"{visitor.place.content_url}/d/bonjour"
    page_of = {**SAME, "Origin": visitor.place.content_url}
    dora.get(f"{board}/")
    began = time.monotonic()
    asked = dora.post(f"{board}/live", json={"rang": 1}, headers=page_of)
    assert asked.status_code == 200, asked.text
    url = asked.json()["url"]
    page = wait_for(lambda: _live(visitor, url), seconds=60)
    print(f"live page: {time.monotonic() - began:.1f} s")
    assert "Bonjour" in page
    # A ticket serves once, and to nobody else.
    assert visitor.client(follow_redirects=True).get(url).status_code == 403
    refused = dora.post(f"{board}/live", json={"rang": 99}, headers=page_of)
    assert refused.status_code == 422


def _live(visitor: Visitor, url: str) -> str:
    """The live page as the frame would show it. A browser's cookie there is `Secure`: it is sent by hand."""
    client = visitor.client()
    redeemed = client.get(url)
    assert redeemed.status_code == 302, redeemed.text
    cookie = redeemed.headers["set-cookie"].partition(";")[0]
    page = client.get(re.sub(r"/ticket/.*", "/", url), headers={"Cookie": cookie})
    assert page.status_code == 200, page.text[:500]
    return page.text


@pytest.mark.usefixtures("published")
def test_mlflow_holds_the_runs_for_who_may_read_them(visitor: Visitor, alice: httpx.Client) -> None:
    run = visitor.ended(alice, visitor.submit(alice, "bonjour", prenom="Ève")["id"])
    assert run["mlflow_run"]
    base = f"{visitor.url}/services/mlflow/ajax-api/2.0/mlflow"
    alice.get(f"{visitor.url}/services/mlflow/", headers=PAGE)
    told = alice.get(f"{base}/runs/get?run_id={run['mlflow_run']}").json()["run"]
    assert {p["key"]: p["value"] for p in told["data"]["params"]}["prenom"] == "Ève"
    assert told["data"]["metrics"]
    listed = alice.get(f"{base}/artifacts/list?run_id={run['mlflow_run']}").json()
    assert "rapport.html" in {entry["path"] for entry in listed["files"]}


@pytest.mark.usefixtures("sessions")
def test_a_session_logs_to_its_own_experiment(
    visitor: Visitor, alice: httpx.Client, bruno: httpx.Client
) -> None:
    code = (
        "import mlflow\n"
        "with mlflow.start_run() as run:\n"
        "    mlflow.log_metric('x', 1.5)\n"
        "print('run=' + run.info.run_id)"
    )
    told = re.search(r"run=(\w+)", visitor.python(ALICE, alice, code))
    assert told
    base = f"{visitor.url}/services/mlflow/ajax-api/2.0/mlflow/runs/get?run_id={told[1]}"
    for who in (alice, bruno):
        who.get(f"{visitor.url}/services/mlflow/", headers=PAGE)
    assert alice.get(base).status_code == 200
    assert bruno.get(base).status_code == 403


# ---------------------------------------------------------------- components die


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.usefixtures("sessions", "published")
def test_a_component_dies_and_nothing_is_lost(
    component: str,
    place: Place,
    visitor: Visitor,
    alice: httpx.Client,
    dora: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if component not in place.components:
        pytest.skip(f"{component} is no process of its own on a {place.name}")
    visitor.python(ALICE, alice, "import pathlib; (pathlib.Path.home() / 'avant.txt').write_text('là')")
    address = visitor.api(f"runs/{visitor.submit(alice, 'pilote')['id']}")
    wait_for(lambda: alice.get(address).json()["state"] == "running", every=0.1)
    place.kill(component)
    began = time.monotonic()
    time.sleep(1)
    # A connection that the dead pod held says nothing any more, not even that it is closed: who waits for a
    # page reloads it.
    monkeypatch.setattr(alice, "timeout", 10)
    monkeypatch.setattr(dora, "timeout", 10)
    wait_for(lambda: "Vos sessions" in alice.get(f"{visitor.portal}/").text)
    wait_for(lambda: "Bonjour" in dora.get(f"{place.content_url}/d/bonjour/").text)
    code = "import pathlib; print((pathlib.Path.home() / 'avant.txt').read_text())"
    assert wait_for(lambda: visitor.python(ALICE, alice, code).strip() == "là")
    print(f"{component}: all of it answers {time.monotonic() - began:.1f} s after its end")
    run = visitor.ended(alice, address.rpartition("/")[2])
    assert (run["state"], run["attempts"]) == ("done", 1), run


def test_a_session_s_token_ends_with_it_though_the_hub_was_started_again(
    place: Place, visitor: Visitor, dora: httpx.Client
) -> None:
    visitor.open_session(DORA)
    token = visitor.python(DORA, dora, "import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip()
    bearer = visitor.client(headers={"Authorization": f"token {token}"})
    me = f"{visitor.url}/hub/api/user"
    assert bearer.get(me).status_code == 200
    place.kill("hub")
    time.sleep(2)
    wait_for(lambda: bearer.get(me, timeout=10).status_code == 200, seconds=120)
    visitor.close_session(DORA)
    assert wait_for(lambda: bearer.get(me).status_code == 403, seconds=10)
    assert bearer.get(visitor.api("runs")).status_code == 401
