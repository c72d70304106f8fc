"""Sign-in at a real identity provider: who enters, who does not, and who has left within five seconds."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.provider import TestProvider, callback_url, federated, sign_in
from support.workspace import ROOT, TestWorkspace, wait_for

pytestmark = pytest.mark.workspace

SAME = {"Sec-Fetch-Site": "same-origin"}
PEOPLE = ["essai-lise", "essai-marc", "essai-nora", "essai-omar", "essai-paul", "essai-rita", "essai-main"]
LIMIT = 5.0
"""What is promised to who looks after the doors, in seconds."""


@pytest.fixture(scope="module")
def place(
    _environments: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestWorkspace, TestProvider]]:
    yield from federated("oidc", tmp_path_factory.mktemp("fournisseur"), PEOPLE)


@pytest.fixture
def workspace(place: tuple[TestWorkspace, TestProvider]) -> TestWorkspace:
    return place[0]


@pytest.fixture
def provider(place: tuple[TestWorkspace, TestProvider]) -> Iterator[TestProvider]:
    yield place[1]
    place[1].state(down=False, forge={}, accessSeconds=60)


def browser(workspace: TestWorkspace) -> httpx.Client:
    return workspace.client(follow_redirects=True)


def entered(workspace: TestWorkspace, provider: TestProvider, login: str, **claims: Any) -> httpx.Client:
    provider.account(login, **({"groups": ["agents"]} | claims))
    client = browser(workspace)
    answer = sign_in(client, workspace.url, login)
    assert answer.status_code == 200, answer.text[:2000]
    assert client.get(workspace.api("runs")).status_code == 200
    return client


def told(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_page_of_sign_in_leads_to_the_provider(workspace: TestWorkspace, provider: TestProvider) -> None:
    page = browser(workspace).get(workspace.url)
    assert "Se connecter avec Agents en essai" in page.text
    away = httpx.get(f"{workspace.url}/hub/oauth_login", trust_env=False)
    query = dict(httpx.URL(away.headers["location"]).params)
    assert away.headers["location"].startswith(f"{provider.issuer}/auth?")
    assert len(query["state"]) >= 32
    assert len(query["nonce"]) >= 32
    assert query["code_challenge_method"] == "S256"


def test_someone_signs_in_and_has_an_account(workspace: TestWorkspace, provider: TestProvider) -> None:
    groups = ["agents", "pilotes", "Toute la maison", 7]
    client = entered(workspace, provider, "essai-lise", groups=groups)
    assert "essai-lise" in client.get(f"{workspace.url}/services/portal/").text
    row = next(row for row in workspace.json("users", "list") if row["name"] == "essai-lise")
    assert row == {"name": "essai-lise", "groups": ["agents", "pilotes"], "admin": False}
    assert (workspace.data / "homes" / "essai-lise").stat().st_mode & 0o777 == 0o700
    # The provider alone says who they are: no link goes round it, no command changes what it says.
    refused = workspace.archipel("login", "essai-lise", check=False)
    assert refused.returncode == 2
    assert "jamais par un lien" in refused.stderr
    assert workspace.archipel("users", "group", "add", "agents", "essai-lise", check=False).returncode == 2
    assert workspace.archipel("users", "add", "essai-lise", "--admin", check=False).returncode == 2


def test_administrators_are_a_group(workspace: TestWorkspace, provider: TestProvider) -> None:
    entered(workspace, provider, "essai-rita", groups=["administrateurs"])
    told = workspace.operator().get(f"{workspace.url}/hub/api/users/essai-rita").json()
    assert told["admin"]
    provider.account("essai-rita", groups=["agents"])
    client = browser(workspace)
    assert sign_in(client, workspace.url, "essai-rita").status_code == 200
    told = workspace.operator().get(f"{workspace.url}/hub/api/users/essai-rita").json()
    assert not told["admin"]


def test_who_has_no_group_is_told_so(workspace: TestWorkspace, provider: TestProvider) -> None:
    provider.account("essai-nora", groups=["autres"])
    client = browser(workspace)
    answer = sign_in(client, workspace.url, "essai-nora")
    assert answer.status_code == 403
    assert "aucun de vos groupes n’entre dans cet espace" in told(answer.text)
    assert "Demandez à qui l’administre d’ajouter votre groupe" in told(answer.text)
    assert client.get(workspace.api("runs")).status_code == 401
    english = client.get(callback_url(client, workspace.url, "essai-nora"), headers={"Accept-Language": "en"})
    assert "none of your groups enters this workspace" in told(english.text)
    # And may leave the provider, to come back as somebody else.
    out = client.get(f"{workspace.url}/hub/logout", follow_redirects=False)
    assert out.headers["location"].startswith(f"{provider.issuer}/session/end?")


def test_two_people_never_share_an_account(workspace: TestWorkspace, provider: TestProvider) -> None:
    entered(workspace, provider, "essai-marc")
    for other, claims in (
        ("essai-autre", {"preferred_username": "essai-marc"}),
        ("essai-casse", {"preferred_username": "Essai-MARC"}),
    ):
        provider.account(other, groups=["agents"], **claims)
        answer = sign_in(browser(workspace), workspace.url, other)
        assert answer.status_code == 409
        assert "ce nom est déjà celui de quelqu’un d’autre" in told(answer.text)
    # The same person under a new name keeps their account.
    provider.account("essai-marc", preferred_username="marc-renomme")
    client = browser(workspace)
    sign_in(client, workspace.url, "essai-marc")
    assert "essai-marc" in client.get(f"{workspace.url}/services/portal/").text
    # An account added by hand is nobody's at the provider, and still has its link.
    workspace.archipel("users", "add", "essai-main")
    provider.account("autre-main", preferred_username="essai-main", groups=["agents"])
    assert sign_in(browser(workspace), workspace.url, "autre-main").status_code == 409
    assert workspace.sign_in("essai-main").get(workspace.api("runs")).status_code == 200


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
def test_what_is_forged_signs_nobody_in(
    workspace: TestWorkspace, provider: TestProvider, forge: dict[str, Any], sentence: str
) -> None:
    provider.account("essai-omar", groups=["agents"])
    client = browser(workspace)
    address = callback_url(client, workspace.url, "essai-omar")
    provider.state(forge=forge)
    answer = client.get(address)
    assert answer.status_code == 403, answer.text[:500]
    assert sentence.lower() in told(answer.text).lower()
    assert client.get(workspace.api("runs")).status_code == 401


def test_a_sign_in_serves_once_in_its_own_browser(workspace: TestWorkspace, provider: TestProvider) -> None:
    provider.account("essai-omar", groups=["agents"])
    client = browser(workspace)
    address = callback_url(client, workspace.url, "essai-omar")
    kept = httpx.Cookies(client.cookies)
    # Handed to somebody else: they would work in the account of who made it.
    assert "pas été commencée dans ce navigateur" in told(browser(workspace).get(address).text)
    assert client.get(address).status_code == 200
    again = workspace.client(cookies=kept)
    for replayed in (address, re.sub(r"state=[^&]*", "state=", address), address.partition("?")[0]):
        answer = again.get(replayed)
        assert answer.status_code == 422
        assert "pas été commencée dans ce navigateur" in told(answer.text)
    # A code that served, with a state that did not.
    other = browser(workspace)
    fresh = callback_url(other, workspace.url, "essai-omar")
    code = httpx.URL(address).params["code"]
    stolen = other.get(str(httpx.URL(fresh).copy_set_param("code", code)))
    assert "ne vous reconnaît plus" in told(stolen.text)
    mixed = browser(workspace)
    fresh = callback_url(mixed, workspace.url, "essai-omar")
    answer = mixed.get(str(httpx.URL(fresh).copy_set_param("iss", "https://ailleurs.fr")))
    assert "vient d’un autre fournisseur" in told(answer.text)


def test_tokens_are_renewed_while_someone_works(workspace: TestWorkspace, provider: TestProvider) -> None:
    provider.state(accessSeconds=8)
    client = entered(workspace, provider, "essai-paul")
    for _turn in range(12):
        assert client.get(workspace.api("runs")).status_code == 200
        time.sleep(1)


def test_a_provider_that_does_not_answer_chases_nobody(
    workspace: TestWorkspace, provider: TestProvider
) -> None:
    client = entered(workspace, provider, "essai-paul")
    provider.state(down=True)
    until = time.monotonic() + 7
    while time.monotonic() < until:
        assert client.get(workspace.api("runs")).status_code == 200
        time.sleep(0.5)
    log = (workspace.data / "logs" / "hub.log").read_text()
    assert "identity provider: le fournisseur d’identité répond à côté (localhost : 503, text/html)" in log
    provider.state(down=False)
    assert client.get(workspace.api("runs")).status_code == 200


def test_signing_out_is_signing_out_everywhere(workspace: TestWorkspace, provider: TestProvider) -> None:
    client = entered(workspace, provider, "essai-omar")
    assert client.get(f"{workspace.content_url}/d/").status_code == 200
    away = client.get(f"{workspace.url}/hub/logout", follow_redirects=False)
    query = httpx.URL(away.headers["location"]).params
    assert away.headers["location"].startswith(f"{provider.issuer}/session/end?")
    assert query["id_token_hint"].count(".") == 2
    assert query["post_logout_redirect_uri"] == f"{workspace.url}/hub/deconnecte"
    began = time.monotonic()
    page = client.get(away.headers["location"])
    form = dict(re.findall(r'name="(xsrf)" value="([^"]+)"', page.text))
    done = client.post(f"{provider.issuer}/session/end/confirm", data=form | {"logout": "yes"})
    assert "D’ici, et de Agents en essai." in told(done.text)
    wait_for(lambda: client.get(workspace.api("runs")).status_code == 401, seconds=LIMIT, every=0.1)
    print(f"\nsigned out of the API {time.monotonic() - began:.1f} s after the click")
    # The provider asks again who it is.
    asked = client.get(f"{workspace.url}/hub/oauth_login")
    assert 'name="login"' in asked.text


def kernel_socket(workspace: TestWorkspace, name: str, client: httpx.Client) -> Any:
    """A kernel's open websocket, as JupyterLab holds it."""
    base = f"{workspace.url}/user/{name}"
    assert client.get(f"{base}/lab").status_code == 200
    cookies = {c.name: c.value for c in client.cookies.jar if c.path in (f"/user/{name}/", "/")}
    xsrf = {"X-XSRFToken": cookies.get("_xsrf") or ""}
    kernel = client.post(f"{base}/api/kernels", json={"name": "python3"}, headers=xsrf)
    assert kernel.status_code == 201, kernel.text
    headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), "Origin": workspace.url}
    address = f"{base.replace('http', 'ws', 1)}/api/kernels/{kernel.json()['id']}/channels"
    return connect(address, additional_headers=headers, max_size=None)


def live_socket(workspace: TestWorkspace, client: httpx.Client) -> Any:
    """A live dashboard's open websocket."""
    assert client.get(f"{workspace.content_url}/d/bonjour/").status_code == 200
    asked = client.post(f"{workspace.content_url}/d/bonjour/live", json={}, headers=SAME)
    assert asked.status_code == 200, asked.text
    host = f"bonjour.localhost:{workspace.port}"
    local = asked.json()["url"].replace(host, f"127.0.0.1:{workspace.port}")
    ticket = client.get(local, headers={"Host": host}, follow_redirects=False)
    cookie = ticket.headers["set-cookie"].partition(";")[0]
    page = httpx.get(
        f"http://127.0.0.1:{workspace.port}/",
        headers={"Host": host, "Cookie": cookie},
        timeout=90,
        trust_env=False,
    )
    assert page.status_code == 200
    kernel = re.search(r'"kernelId":\s*"([^"]+)"', page.text)
    assert kernel, page.text[:1000]
    # The name of a live host, which Python's resolver does not know.
    local_socket = socket.create_connection(("127.0.0.1", workspace.port))
    return connect(
        f"ws://{host}/api/kernels/{kernel[1]}/channels",
        sock=local_socket,
        additional_headers={"Cookie": cookie, "Origin": f"http://{host}"},
        max_size=None,
    )


def closed_after(opened: Any, began: float) -> float:
    """Seconds from ``began`` to the end of an open websocket."""
    try:
        while True:
            opened.recv(timeout=30)
    except ConnectionClosed:
        return time.monotonic() - began


def lost_after(client: httpx.Client, address: str, began: float) -> float:
    while client.get(address, follow_redirects=False).status_code == 200:
        assert time.monotonic() < began + 30, address
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def with_widgets(place: tuple[TestWorkspace, TestProvider], tmp_path_factory: pytest.TempPathFactory) -> None:
    """« bonjour », published with a widget: its live page keeps a websocket open."""
    workspace, _provider = place
    clone = tmp_path_factory.mktemp("clone") / "contenu"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    path = clone / "notebooks" / "bonjour" / "tableau.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    code["source"] = "import ipywidgets\nipywidgets.IntSlider(description='Combien')"
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    identity = ["-c", "user.name=essai", "-c", "user.email=essai@example.gouv.fr"]
    subprocess.run(["git", "-C", str(clone), *identity, "commit", "-qam", "Un réglage"], check=True)
    workspace.archipel("content", "take", "HEAD", "--from", str(clone))
    assert workspace.json("run", "bonjour")["state"] == "done"
    assert workspace.json("dashboard", "publish", "bonjour")["state"] == "done"


@pytest.mark.usefixtures("with_widgets")
@pytest.mark.parametrize("how", ["disabled", "out of the group"])
def test_a_leaver_has_lost_everything_within_five_seconds(
    workspace: TestWorkspace, provider: TestProvider, how: str
) -> None:
    name = "essai-paul"
    client, opened = entered(workspace, provider, name), ExitStack()
    workspace.open_session(name)
    note = workspace.data / "homes" / name / "note.txt"
    note.write_text("à garder")
    tabs = {
        "portal": workspace.api("runs"),
        "MLflow": f"{workspace.url}/services/mlflow/api/2.0/mlflow/experiments/search?max_results=1",
        "static dashboard": f"{workspace.content_url}/d/bonjour/",
        "hub": f"{workspace.url}/hub/home",
        "JupyterLab": f"{workspace.url}/user/{name}/api/status",
    }
    client.get(f"{workspace.url}/services/mlflow/", headers={"Accept": "text/html"})
    sockets = {
        "kernel's websocket": opened.enter_context(kernel_socket(workspace, name, client)),
        "live dashboard's websocket": opened.enter_context(live_socket(workspace, client)),
    }
    for address in tabs.values():
        assert client.get(address).status_code == 200, address
    gone = {"disabled": True} if how == "disabled" else {"groups": []}
    with opened, ThreadPoolExecutor(len(tabs) + len(sockets)) as pool:
        began = time.monotonic()
        provider.account(name, **gone)
        waits = {what: pool.submit(closed_after, one, began) for what, one in sockets.items()}
        for what, address in tabs.items():
            one = workspace.client(cookies=client.cookies)
            waits[what] = pool.submit(lost_after, one, address, began)
        seconds = {what: wait.result() for what, wait in waits.items()}
    print(f"\n{how}: " + ", ".join(f"{what} {after:.1f} s" for what, after in seconds.items()))
    try:
        assert {what: after for what, after in seconds.items() if after > LIMIT} == {}
        assert note.read_text() == "à garder"
        user = f"{workspace.url}/hub/api/users/{name}"
        operator = workspace.operator()
        wait_for(lambda: not operator.get(user).json()["servers"], seconds=20)
        again = sign_in(browser(workspace), workspace.url, name) if how != "disabled" else None
        assert again is None or again.status_code == 403
    finally:
        provider.account(name, disabled=False, groups=["agents"])
    assert entered(workspace, provider, name).get(tabs["portal"]).status_code == 200


def test_no_name_no_claim_no_token_of_the_provider_in_a_log(
    workspace: TestWorkspace, provider: TestProvider
) -> None:
    provider.account(
        "sujet-secret-71", preferred_username={"claim-72": 1}, email="claim-73@x.fr", groups=["claim-74"]
    )
    assert sign_in(browser(workspace), workspace.url, "sujet-secret-71").status_code == 403
    logs = "".join(path.read_text(errors="replace") for path in (workspace.data / "logs").rglob("*.log"))
    assert "sign-in refused: oidc.account-claim" in logs
    for word in ("sujet-secret-71", "claim-7", "eyJ", "un-secret-pour-les-essais"):
        assert word not in logs, word
    stored = (workspace.data / "hub" / "hub.sqlite").read_bytes()
    assert b"eyJ" not in stored


def test_bad_settings_start_nothing(tmp_path: Path) -> None:
    other = TestWorkspace(shared=True, name="oidc-refus")
    try:
        settings = tmp_path / "oidc.yaml"
        settings.write_text("name: Essai\nissuer: http://exemple.fr\nclient_secret: x\n")
        words = ["up", "--shared", "--detach", "--port", str(other.port), "--oidc", str(settings)]
        refused = other.archipel(*words, check=False)
        assert refused.returncode == 2
        for sentence in (
            "oidc.yaml:2:issuer: ",
            "oidc.yaml:3:client_secret: clé inconnue",
            "valeur manquante",
        ):
            assert sentence in refused.stderr
        assert not other.json("status", check=False)["running"]
        alone = other.archipel("up", "--oidc", str(settings), "--port", str(other.port), check=False)
        assert alone.returncode == 2
        assert "--oidc se donne avec --shared" in alone.stderr
    finally:
        other.remove()


def test_a_provider_that_says_it_is_another_is_told(
    place: tuple[TestWorkspace, TestProvider], tmp_path: Path
) -> None:
    import asyncio

    from archipel.errors import Failed
    from archipel.identity.oidc import load_oidc
    from archipel.identity.provider import answering

    _workspace, provider = place
    provider.state(forge={"metadata": {"issuer": "https://ailleurs.fr"}})
    try:
        oidc = load_oidc(provider.settings())
        with pytest.raises(Failed, match="https://ailleurs"):
            asyncio.run(answering(oidc))
    finally:
        provider.state(forge={})
    nobody = oidc.model_copy(update={"issuer": "http://localhost:9"})
    with pytest.raises(Failed, match="ne répond pas"):
        asyncio.run(answering(nobody))


def test_new_keys_of_the_provider_are_found(workspace: TestWorkspace, provider: TestProvider) -> None:
    before = entered(workspace, provider, "essai-paul")
    time.sleep(5)
    provider.rotate()
    time.sleep(3)
    assert before.get(workspace.api("runs")).status_code == 200
    entered(workspace, provider, "essai-omar")


def test_asked_by_refresh_token_alone_after_a_restart(
    workspace: TestWorkspace, provider: TestProvider
) -> None:
    """Each check uses the refresh token up and keeps the next one; who is whom outlives the workspace."""
    provider.account("essai-paul", disabled=False, groups=["agents"])
    before = entered(workspace, provider, "essai-paul")
    workspace.down()
    workspace.up("--oidc", str(provider.settings(check_with="refresh_token")))
    # Signed in before, and still.
    wait_for(lambda: before.get(workspace.api("runs")).status_code == 200, seconds=20)
    provider.account("essai-imposteur", preferred_username="essai-paul", groups=["agents"])
    assert sign_in(browser(workspace), workspace.url, "essai-imposteur").status_code == 409
    two = workspace.client(cookies=httpx.Cookies(before.cookies))
    until = time.monotonic() + 8
    with ThreadPoolExecutor(2) as pool:
        while time.monotonic() < until:
            # Two tabs at once: one renewal, not two of the same token.
            answers = list(pool.map(lambda one: one.get(workspace.api("runs")).status_code, (before, two)))
            assert answers == [200, 200]
    began = time.monotonic()
    provider.account("essai-paul", disabled=True)
    seconds = lost_after(before, workspace.api("runs"), began)
    print(f"\nby refresh token: portal {seconds:.1f} s")
    assert seconds < LIMIT
