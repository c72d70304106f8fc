"""Sign-in at a real identity provider, in both places: who enters, who does not, who has left within seconds.

On one machine, a workspace of its own (`support.provider.federated`); on a cluster, the release that
`tests/cluster/run` installed with the provider beside.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from archipel.identity.provider import KEYS_SECONDS
from support import clusterprovider
from support.doors import SAME, closed_after, kernel_socket, live_socket, lost_after
from support.places import Cluster, Machine, Visitor
from support.provider import LocalProvider, TestProvider, callback_url, federated, sign_in
from support.workspace import built_environments, wait_for

pytestmark = pytest.mark.workspace

PEOPLE = ["essai-lise", "essai-marc", "essai-nora", "essai-omar", "essai-paul", "essai-rita", "essai-main"]
CHIEF = "essai-main"
"""Added by hand, beside the provider's people; administers the catalogue's content."""
LIMIT = 5.0
"""What is promised to who looks after the doors, in seconds."""


@dataclass
class House:
    visitor: Visitor
    provider: TestProvider

    @property
    def url(self) -> str:
        return self.visitor.url

    def api(self, path: str) -> str:
        return self.visitor.api(path)

    def browser(self) -> httpx.Client:
        return self.visitor.client(follow_redirects=True)

    def entered(self, login: str, **claims: Any) -> httpx.Client:
        """Someone signed in, member of « agents » unless told otherwise."""
        self.provider.account(login, **({"groups": ["agents"], "disabled": False} | claims))
        client = self.browser()
        answer = sign_in(client, self.url, login)
        assert answer.status_code == 200, answer.text[:2000]
        assert client.get(self.api("runs")).status_code == 200
        return client

    def told_by_the_hub(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.visitor.operator().get(f"{self.url}/hub/api/users/{name}").json()
        return found


def machine(folder: Any) -> Iterator[tuple[Machine, LocalProvider]]:
    if built_environments() is None:
        pytest.skip("needs the environments that `make install` makes")
    for workspace, provider in federated("oidc-accueil", folder, PEOPLE):
        place = Machine(workspace)
        place.beside[f"localhost:{provider.port}"] = ("127.0.0.1", provider.port)
        workspace.add_people({CHIEF: ("administrateurs",)})
        yield place, provider


def cluster() -> Iterator[tuple[Cluster, TestProvider]]:
    if not os.environ.get("KUBECONFIG") or not shutil.which("kubectl"):
        pytest.skip("needs a cluster: KUBECONFIG, and kubectl on the PATH (make test-cluster)")
    place = Cluster()
    if clusterprovider.ISSUER not in place.configuration.get("oidc.yaml", ""):
        pytest.skip("the release was installed without the tests' identity provider (tests/cluster/run)")
    address = os.environ.get("ARCHIPEL_PROVIDER_ADDRESS") or place.node_port(
        "fournisseur", "https", clusterprovider.NAMESPACE
    )
    host, _colon, port = address.rpartition(":")
    place.beside[urlsplit(clusterprovider.ISSUER).netloc] = (host, int(port))
    place.trust = clusterprovider.trust()
    with place.client(timeout=30, trust_env=False) as client:
        yield place, TestProvider(clusterprovider.ISSUER, client)


@pytest.fixture(scope="module")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    on_a_cluster = os.environ.get("ARCHIPEL_PLACE", "machine") == "cluster"
    for place, provider in cluster() if on_a_cluster else machine(tmp_path_factory.mktemp("fournisseur")):
        visitor = Visitor(place)
        provider.as_before()
        yield House(visitor, provider)
        visitor.close()


@pytest.fixture
def house(_house: House) -> Iterator[House]:
    yield _house
    _house.provider.as_before()


def told(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# ---------------------------------------------------------------- who enters


def test_the_page_of_sign_in_leads_to_the_provider(house: House) -> None:
    page = house.browser().get(f"{house.url}/")
    assert "Se connecter avec Agents en essai" in page.text
    away = house.visitor.client().get(f"{house.url}/hub/oauth_login")
    query = dict(httpx.URL(away.headers["location"]).params)
    assert away.headers["location"].startswith(f"{house.provider.issuer}/auth?")
    assert len(query["state"]) >= 32
    assert len(query["nonce"]) >= 32
    assert query["code_challenge_method"] == "S256"


def test_someone_signs_in_with_the_groups_of_their_claims(house: House) -> None:
    client = house.entered("essai-lise", groups=["agents", "pilotes", "Toute la maison", 7])
    assert "essai-lise" in client.get(f"{house.visitor.portal}/").text
    known = house.told_by_the_hub("essai-lise")
    assert (sorted(known["groups"]), known["admin"]) == (["agents", "pilotes"], False)
    # The provider alone says who they are: no link goes round it.
    with pytest.raises(AssertionError, match="essai-lise"):
        house.visitor.place.link("essai-lise")


def test_they_have_a_session_and_a_home_as_anybody(house: House) -> None:
    client = house.entered("essai-lise")
    house.visitor.open_session("essai-lise")
    try:
        code = (
            "import os, pathlib\n"
            "home = pathlib.Path.home(); (home / 'a-moi').write_text('x')\n"
            "print(os.getuid() != 0, os.access(home, os.W_OK), (home / 'contenu').is_dir())"
        )
        assert house.visitor.python("essai-lise", client, code).split() == ["True"] * 3
    finally:
        house.visitor.close_session("essai-lise")


def test_administrators_are_a_group(house: House) -> None:
    house.entered("essai-rita", groups=["administrateurs"])
    assert house.told_by_the_hub("essai-rita")["admin"]
    house.entered("essai-rita", groups=["agents"])
    assert not house.told_by_the_hub("essai-rita")["admin"]


def test_a_right_comes_and_goes_with_its_group(house: House) -> None:
    """Taking content in is for « administrateurs »: an unknown commit says whether one may try."""
    client = house.entered("essai-rita", groups=["agents"])

    def tried() -> int:
        address = house.api(f"content/take?commit={'0' * 40}")
        return client.post(address, content=b"x", headers=SAME).status_code

    assert tried() == 403
    seconds = {}
    for groups, allowed in ((["agents", "administrateurs"], True), (["agents"], False)):
        began = time.monotonic()
        house.provider.account("essai-rita", groups=groups)
        wait_for(lambda wanted=allowed: (tried() != 403) == wanted, seconds=15, every=0.1)
        seconds["given" if allowed else "taken"] = time.monotonic() - began
    print("\nright " + ", ".join(f"{what} after {after:.1f} s" for what, after in seconds.items()))
    assert seconds["taken"] < LIMIT
    assert client.get(house.api("runs")).status_code == 200


def test_who_has_no_group_is_told_so(house: House) -> None:
    house.provider.account("essai-nora", groups=["autres"])
    client = house.browser()
    answer = sign_in(client, house.url, "essai-nora")
    assert answer.status_code == 403
    assert "aucun de vos groupes n’entre dans cet espace" in told(answer.text)
    assert "Demandez à qui l’administre d’ajouter votre groupe" in told(answer.text)
    assert client.get(house.api("runs")).status_code == 401
    english = client.get(callback_url(client, house.url, "essai-nora"), headers={"Accept-Language": "en"})
    assert "none of your groups enters this workspace" in told(english.text)
    # And may leave the provider, to come back as somebody else.
    out = client.get(f"{house.url}/hub/logout", follow_redirects=False)
    assert out.headers["location"].startswith(f"{house.provider.issuer}/session/end?")


def test_two_people_never_share_an_account(house: House) -> None:
    house.entered("essai-marc")
    for other, claims in (
        ("essai-autre", {"preferred_username": "essai-marc"}),
        ("essai-casse", {"preferred_username": "Essai-MARC"}),
    ):
        house.provider.account(other, groups=["agents"], **claims)
        answer = sign_in(house.browser(), house.url, other)
        assert answer.status_code == 409
        assert "ce nom est déjà celui de quelqu’un d’autre" in told(answer.text)
    # The same person under a new name keeps their account.
    house.provider.account("essai-marc", preferred_username="marc-renomme")
    client = house.browser()
    sign_in(client, house.url, "essai-marc")
    assert "essai-marc" in client.get(f"{house.visitor.portal}/").text
    # An account added by hand is nobody's at the provider, and still has its link.
    house.provider.account("autre-main", preferred_username=CHIEF, groups=["agents"])
    assert sign_in(house.browser(), house.url, "autre-main").status_code == 409
    assert house.visitor.sign_in(CHIEF).get(house.api("runs")).status_code == 200


# ---------------------------------------------------------------- what is not believed


FORGED: list[tuple[str, dict[str, Any], str]] = [
    ("for another service", {"id_token": {"claims": {"aud": "autre"}}}, "est pour un autre service"),
    ("from another issuer", {"id_token": {"claims": {"iss": "https://x.fr"}}}, "vient d’un autre émetteur"),
    ("alg none", {"id_token": {"alg": "none"}}, "jeton signé par « none »"),
    ("alg HS256", {"id_token": {"alg": "HS256"}}, "jeton signé par « HS256 »"),
    ("by a stranger's key", {"id_token": {"stranger": True}}, "la signature du jeton"),
    ("without a nonce", {"id_token": {"without": ["nonce"]}}, "n’est pas celui de cette connexion"),
    ("another nonce", {"id_token": {"claims": {"nonce": "x" * 43}}}, "n’est pas celui de cette connexion"),
    ("expired", {"id_token": {"claims": {"exp": 1_700_000_000, "iat": 1_699_999_000}}}, "est périmé"),
    ("without an end", {"id_token": {"without": ["exp"]}}, "la signature du jeton"),
    ("of the future", {"id_token": {"claims": {"iat": 4_000_000_000}}}, "daté du futur"),
    ("of another person", {"id_token": {"claims": {"sub": "autre"}}}, "parle d’une autre personne"),
    ("without id_token", {"token_without": ["id_token"]}, "n’a pas envoyé de jeton signé"),
    ("userinfo of another", {"userinfo": {"claims": {"sub": "autre"}}}, "parle d’une autre personne"),
    ("userinfo not signed", {"userinfo": {"json": True}}, "n’est pas signée, et elle doit l’être"),
    ("userinfo alg none", {"userinfo": {"alg": "none"}}, "jeton signé par « none »"),
    ("userinfo by a stranger", {"userinfo": {"stranger": True}}, "la signature du jeton"),
    ("userinfo for another", {"userinfo": {"claims": {"aud": "autre"}}}, "est pour un autre service"),
    ("userinfo from another", {"userinfo": {"claims": {"iss": "https://x.fr"}}}, "vient d’un autre émetteur"),
    ("hostile groups", {"userinfo": {"claims": {"groups": {"agents": 1}}}}, "aucun de vos groupes"),
    ("nested groups", {"userinfo": {"claims": {"groups": [["agents"], {}]}}}, "aucun de vos groupes"),
    ("no name", {"userinfo": {"without": ["preferred_username"]}}, "ne donne pas « preferred_username »"),
    ("hostile name", {"userinfo": {"claims": {"preferred_username": {"a": 1}}}}, "ne donne pas"),
]


@pytest.mark.parametrize(("forge", "sentence"), [f[1:] for f in FORGED], ids=[f[0] for f in FORGED])
def test_what_is_forged_signs_nobody_in(house: House, forge: dict[str, Any], sentence: str) -> None:
    house.provider.account("essai-omar", groups=["agents"])
    client = house.browser()
    address = callback_url(client, house.url, "essai-omar")
    house.provider.state(forge=forge)
    answer = client.get(address)
    assert answer.status_code == 403, answer.text[:500]
    assert sentence.lower() in told(answer.text).lower()
    assert client.get(house.api("runs")).status_code == 401


def test_a_sign_in_serves_once_in_its_own_browser(house: House) -> None:
    house.provider.account("essai-omar", groups=["agents"])
    client = house.browser()
    address = callback_url(client, house.url, "essai-omar")
    kept = httpx.Cookies(client.cookies)
    # Handed to somebody else: they would work in the account of who made it.
    assert "pas été commencée dans ce navigateur" in told(house.browser().get(address).text)
    assert client.get(address).status_code == 200
    again = house.visitor.client(cookies=kept)
    for replayed in (address, re.sub(r"state=[^&]*", "state=", address), address.partition("?")[0]):
        answer = again.get(replayed)
        assert answer.status_code == 422
        assert "pas été commencée dans ce navigateur" in told(answer.text)
    # A code that served, with a state that did not.
    other = house.browser()
    fresh = callback_url(other, house.url, "essai-omar")
    code = httpx.URL(address).params["code"]
    stolen = other.get(str(httpx.URL(fresh).copy_set_param("code", code)))
    assert "ne vous reconnaît plus" in told(stolen.text)
    mixed = house.browser()
    fresh = callback_url(mixed, house.url, "essai-omar")
    answer = mixed.get(str(httpx.URL(fresh).copy_set_param("iss", "https://ailleurs.fr")))
    assert "vient d’un autre fournisseur" in told(answer.text)


# ---------------------------------------------------------------- while they work


def test_tokens_are_renewed_while_someone_works(house: House) -> None:
    house.provider.state(accessSeconds=8)
    client = house.entered("essai-paul")
    for _turn in range(12):
        assert client.get(house.api("runs")).status_code == 200
        time.sleep(1)


def test_a_provider_that_does_not_answer_chases_nobody(house: House) -> None:
    client = house.entered("essai-paul")
    house.provider.state(down=True)
    until = time.monotonic() + 7
    while time.monotonic() < until:
        assert client.get(house.api("runs")).status_code == 200
        time.sleep(0.5)
    host = urlsplit(house.provider.issuer).hostname
    sentence = f"identity provider: le fournisseur d’identité répond à côté ({host} : 503, text/html)"
    assert sentence in house.visitor.place.log()
    house.provider.state(down=False)
    assert client.get(house.api("runs")).status_code == 200


def test_new_keys_of_the_provider_are_found(house: House) -> None:
    before = house.entered("essai-paul")
    for back in (False, True):
        # The hub does not ask for keys again sooner than this, whatever it is shown.
        time.sleep(KEYS_SECONDS + 1)
        house.provider.rotate(back=back)
        time.sleep(3)
        assert before.get(house.api("runs")).status_code == 200
        house.entered("essai-omar")


def test_who_is_whom_outlives_the_hub(house: House) -> None:
    before = house.entered("essai-paul")
    house.visitor.place.kill("hub")
    time.sleep(2)
    # What the portal was told a moment ago says nothing of the hub: it is asked itself.
    login, client = f"{house.url}/hub/login", house.browser()
    wait_for(lambda: client.get(login, timeout=5).status_code == 200, seconds=120)
    wait_for(lambda: before.get(house.api("runs")).status_code == 200, seconds=30)
    house.provider.account("essai-imposteur", preferred_username="essai-paul", groups=["agents"])
    assert sign_in(house.browser(), house.url, "essai-imposteur").status_code == 409


def test_signing_out_is_signing_out_everywhere(house: House) -> None:
    client, session = house.entered("essai-omar"), f"{house.url}/user/essai-omar/api/status"
    assert client.get(f"{house.visitor.place.content_url}/d/").status_code == 200
    house.visitor.open_session("essai-omar")
    client.get(f"{house.url}/user/essai-omar/lab")
    assert client.get(session).status_code == 200
    away = client.get(f"{house.url}/hub/logout", follow_redirects=False)
    query = httpx.URL(away.headers["location"]).params
    assert away.headers["location"].startswith(f"{house.provider.issuer}/session/end?")
    assert query["id_token_hint"].count(".") == 2
    assert query["post_logout_redirect_uri"] == f"{house.url}/hub/deconnecte"
    began = time.monotonic()
    page = client.get(away.headers["location"])
    form = dict(re.findall(r'name="(xsrf)" value="([^"]+)"', page.text))
    done = client.post(f"{house.provider.issuer}/session/end/confirm", data=form | {"logout": "yes"})
    assert "D’ici, et de Agents en essai." in told(done.text)
    wait_for(lambda: client.get(house.api("runs")).status_code == 401, seconds=LIMIT, every=0.1)
    print(f"\nsigned out of the API {time.monotonic() - began:.1f} s after the click")
    assert client.get(session, follow_redirects=False).status_code in (302, 403)
    house.visitor.close_session("essai-omar")
    # The provider asks again who it is.
    asked = client.get(f"{house.url}/hub/oauth_login")
    assert 'name="login"' in asked.text


# ---------------------------------------------------------------- who leaves


SPOIL = """\
cd ~/contenu && git pull -q && python - <<'FIN'
import json, pathlib
path = pathlib.Path('notebooks/bonjour/tableau.ipynb')
notebook = json.loads(path.read_text(encoding='utf-8'))
code = [cell for cell in notebook['cells'] if cell['cell_type'] == 'code'][-1]
code['source'] = "import ipywidgets\\nipywidgets.IntSlider(description='Combien')"
path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + '\\n', encoding='utf-8')
FIN
git diff --quiet || git commit -qam 'Un réglage'
archipel content take HEAD
"""


@pytest.fixture(scope="module")
def with_widgets(_house: House) -> Iterator[None]:
    """« bonjour », published with a widget: its live page keeps a websocket open. Then as before."""
    visitor = _house.visitor
    chief = visitor.sign_in(CHIEF)
    visitor.open_session(CHIEF)
    code, said = visitor.shell(CHIEF, chief, SPOIL)
    assert code == 0, said
    assert visitor.ended(chief, visitor.submit(chief, "bonjour")["id"])["state"] == "done"
    asked = chief.post(visitor.api("dashboards/bonjour/publish"), headers=SAME)
    assert asked.status_code == 201, asked.text
    assert visitor.ended(chief, asked.json()["id"])["state"] == "done"
    yield
    back = "cd ~/contenu && git revert --no-edit HEAD && archipel content take HEAD"
    code, said = visitor.shell(CHIEF, chief, back)
    assert code == 0, said
    visitor.close_session(CHIEF)


@pytest.mark.usefixtures("with_widgets")
@pytest.mark.parametrize("how", ["disabled", "out of the group"])
def test_a_leaver_has_lost_everything_within_five_seconds(house: House, how: str) -> None:
    name, visitor, opened = "essai-paul", house.visitor, ExitStack()
    client = house.entered(name)
    visitor.open_session(name)
    note = "import pathlib; note = pathlib.Path.home() / 'note.txt'"
    visitor.python(name, client, f"{note}; note.write_text({how!r})")
    tabs = {
        "portal": house.api("runs"),
        "MLflow": f"{house.url}/services/mlflow/api/2.0/mlflow/experiments/search?max_results=1",
        "static dashboard": f"{visitor.place.content_url}/d/bonjour/",
        "hub": f"{house.url}/hub/home",
        "JupyterLab": f"{house.url}/user/{name}/api/status",
    }
    client.get(f"{house.url}/services/mlflow/", headers={"Accept": "text/html"})
    sockets = {
        "kernel's websocket": opened.enter_context(kernel_socket(visitor, name, client)),
        "live dashboard's websocket": opened.enter_context(live_socket(visitor, client)),
    }
    for address in tabs.values():
        assert client.get(address).status_code == 200, address
    gone = {"disabled": True} if how == "disabled" else {"groups": []}
    with opened, ThreadPoolExecutor(len(tabs) + len(sockets)) as pool:
        began = time.monotonic()
        house.provider.account(name, **gone)
        waits = {what: pool.submit(closed_after, one, began) for what, one in sockets.items()}
        for what, address in tabs.items():
            one = visitor.client(cookies=client.cookies)
            waits[what] = pool.submit(lost_after, one, address, began)
        seconds = {what: wait.result() for what, wait in waits.items()}
    print(f"\n{how}: " + ", ".join(f"{what} {after:.1f} s" for what, after in seconds.items()))
    try:
        assert {what: after for what, after in seconds.items() if after > LIMIT} == {}
        wait_for(lambda: not house.told_by_the_hub(name)["servers"], seconds=60)
        again = sign_in(house.browser(), house.url, name) if how != "disabled" else None
        assert again is None or again.status_code == 403
    finally:
        house.provider.account(name, disabled=False, groups=["agents"])
    # Back, they find what was theirs.
    back = house.entered(name)
    visitor.open_session(name)
    assert visitor.python(name, back, f"{note}; print(note.read_text())").strip() == how
    visitor.close_session(name)


def test_whoever_administered_is_out_of_the_sessions_of_others(house: House) -> None:
    """Nothing ends the session that they were in: it asks about them each time."""
    name = "essai-omar"
    house.entered(name)
    house.visitor.open_session(name)
    chief = house.entered("essai-rita", groups=["administrateurs"])
    page = chief.get(f"{house.url}/hub/spawn").text
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert xsrf, page[:2000]
    asked, headers = f"{house.url}/hub/api/users/essai-rita/tokens", SAME | {"X-XSRFToken": xsrf[1]}
    made = chief.post(asked, json={"note": "essai"}, headers=headers)
    assert made.status_code == 201, made.text
    chief = house.visitor.client(headers={"Authorization": f"token {made.json()['token']}"})
    status = f"{house.url}/user/{name}/api/status"
    assert chief.get(status).status_code == 200
    began = time.monotonic()
    house.provider.account("essai-rita", groups=["agents"])
    assert lost_after(chief, status, began) < LIMIT
    house.visitor.close_session(name)


def test_no_name_no_claim_no_token_of_the_provider_in_a_log(house: House) -> None:
    house.provider.account(
        "sujet-secret-71", preferred_username={"claim-72": 1}, email="claim-73@x.fr", groups=["claim-74"]
    )
    assert sign_in(house.browser(), house.url, "sujet-secret-71").status_code == 403
    log = house.visitor.place.log()
    assert "sign-in refused: oidc.account-claim" in log
    for word in ("sujet-secret-71", "claim-7", "eyJ", "un-secret-pour-les-essais"):
        assert word not in log, word
