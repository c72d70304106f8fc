"""A session starts whatever its home holds, ends by itself only when nothing works in it, and says so."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from support.kernel import execute_request
from support.sessions import OWN_SECONDS, SILENT_SECONDS, Place, put
from support.workspace import wait_for

pytestmark = pytest.mark.workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, _environments: None) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("sessions"))
    place.open()
    place.close()
    yield place
    place.workspace.remove()


@pytest.fixture
def own_home(place: Place) -> Iterator[Place]:
    """The home is given back as it was first, the session closed."""
    kept = place.home.with_name(f"{place.home.name}.garde")
    subprocess.run(["cp", "-a", str(place.home), str(kept)], check=True)
    yield place
    if place.is_open():
        place.close()
    subprocess.run(["umount", "-l", str(place.home)], check=False, capture_output=True)
    shutil.rmtree(place.home, ignore_errors=True)
    if place.home.exists():
        # A mount point that is still held: emptied, and filled again.
        subprocess.run(["cp", "-a", f"{kept}/.", str(place.home)], check=True)
        shutil.rmtree(kept)
    else:
        kept.rename(place.home)


@pytest.fixture
def session(own_home: Place) -> Place:
    own_home.idle()
    return own_home


def overlay_site(home: Path) -> Path:
    return next((home / ".archipel" / "overlay" / "datascience" / "lib").glob("python3.*/site-packages"))


def dead_python(home: Path) -> None:
    python = home / ".archipel" / "overlay" / "datascience" / "bin" / "python"
    python.unlink()
    put(python, "#!/bin/sh\nexit 1\n")
    python.chmod(0o755)


STARTUP = Path(".ipython/profile_default/startup/00-essai.py")
BROKEN: dict[str, tuple[Callable[[Path], object], str | None]] = {
    "python deleted": (
        lambda home: (home / ".archipel/overlay/datascience/bin/python").unlink(),
        "",  # mended: the overlay is made anew
    ),
    # Found by the first that is started with it: a kernel tried, or the server.
    "python broken": (dead_python, ("kernel.died", "server.died")),
    "package of the server corrupted": (
        lambda home: put(overlay_site(home) / "tornado" / "__init__.py", "raise RuntimeError('cassé')"),
        "kernel.died",
    ),
    "pth that raises": (lambda home: put(overlay_site(home) / "x.pth", "import nosuchmodule\n"), ""),
    "pth that exits": (
        lambda home: put(overlay_site(home) / "x.pth", "import sys; sys.exit(3)\n"),
        "kernel.died",
    ),
    "sitecustomize that exits": (
        lambda home: put(overlay_site(home) / "sitecustomize.py", "import os; os._exit(4)\n"),
        None,  # whether it is loaded depends on the interpreter's own: usable all the same
    ),
    "configuration that raises": (
        lambda home: put(home / ".jupyter/jupyter_server_config.py", "raise RuntimeError('cassé')"),
        "",  # Jupyter itself goes on without it
    ),
    "configuration that exits": (
        lambda home: put(home / ".jupyter/jupyter_server_config.py", "import os; os._exit(5)"),
        "server.died",
    ),
    "configuration that loops": (
        lambda home: put(home / ".jupyter/jupyter_server_config.py", "while True: pass"),
        "server.silent",
    ),
    "module in the home": (
        lambda home: put(home / "tornado.py", "raise RuntimeError('cassé')"),
        "server.died",
    ),
    "startup file that raises": (lambda home: put(home / STARTUP, "raise RuntimeError('cassé')"), ""),
    "startup file that exits": (lambda home: put(home / STARTUP, "import os; os._exit(6)"), "kernel.died"),
    "startup file that loops": (lambda home: put(home / STARTUP, "while True: pass"), "kernel.silent"),
    "labextension that breaks the page": (
        lambda home: put(home / ".local/share/jupyter/labextensions/essai/package.json", "{ cassé"),
        ("page.broken", ""),  # some releases of JupyterLab pass it by; usable all the same
    ),
    "huge layout": (
        lambda home: put(home / ".jupyter/lab/workspaces/x.jupyterlab-workspace", "x" * 50_000_000),
        "",  # set aside
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_session_starts_whatever_is_broken(session: Place, name: str) -> None:
    breaks, trouble = BROKEN[name]
    breaks(session.home)
    subprocess.run(["chown", "-R", "--reference", str(session.home), str(session.home)], check=True)
    silent = isinstance(trouble, str) and trouble.endswith(".silent")
    seconds = session.open(seconds=SILENT_SECONDS if silent else OWN_SECONDS)
    state = session.state()
    print(f"\n{name}: usable after {seconds:.1f} s, {state['trouble'] or 'normal'}")
    accepted = (trouble,) if isinstance(trouble, str) else trouble
    assert accepted is None or state["trouble"] in accepted
    assert session.print_in_kernel("print(6 * 7)").strip() == "42"
    listed = session.browser.get(f"{session.url}/api/contents").json()["content"]
    assert "contenu" in {entry["name"] for entry in listed}
    assert session.browser.get(f"{session.url}/lab").status_code == 200
    assert session.browser.get(f"{session.url}/lab/api/workspaces/x", timeout=20).status_code in (200, 404)
    if state["trouble"]:
        assert "Mode de secours" in session.home_page()
        assert "Mode de secours" in session.browser.get(f"{session.url}/archipel/menage").text


@pytest.fixture
def small(session: Place) -> Place:
    """The home is a file system of its own, with what the home held and 12 MB to spare."""
    kept = session.home.with_name(f"{session.home.name}.garde")
    used = int(subprocess.check_output(["du", "-sm", kept], text=True).split()[0])
    command = ["mount", "-t", "tmpfs", "-o", f"size={used + 12}m", "tmpfs", str(session.home)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    subprocess.run(["cp", "-a", f"{kept}/.", str(session.home)], check=True)
    subprocess.run(["chown", "--reference", str(kept), str(session.home)], check=True)
    return session


def fill(home: Path) -> None:
    with (home / "gros.bin").open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 65536)
        except OSError:
            pass
    with (home / "reste.bin").open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x")
        except OSError:
            pass


def test_a_full_home_is_cleaned_from_its_own_session(small: Place) -> None:
    fill(small.home)
    subprocess.run(["chown", "--reference", str(small.home), str(small.home / "gros.bin")], check=True)
    seconds = small.open()
    print(f"\nfull home: usable after {seconds:.1f} s")
    assert small.state()["trouble"] == "home.full"
    assert small.print_in_kernel("print(6 * 7)").strip() == "42"
    page = small.browser.get(f"{small.url}/archipel/menage").text
    assert "Votre dossier est plein" in page
    assert "gros.bin" in page
    # Asked twice; nothing outside; nothing without the form's own token.
    assert "Supprimer pour de bon" in small.post("menage", acte="supprimer", chemin="gros.bin").text
    assert (small.home / "gros.bin").exists()
    for path in ("../../hub/hub.sqlite", "/etc/passwd", ".."):
        refused = small.post("menage", acte="supprimer", chemin=path, confirme="oui")
        assert refused.status_code in (400, 403, 404, 422), refused.text
    bare = {"acte": "supprimer", "chemin": "gros.bin", "confirme": "oui"}
    assert small.browser.post(f"{small.url}/archipel/menage", data=bare).status_code == 403
    assert (small.home / "gros.bin").exists()
    done = small.post("menage", acte="supprimer", chemin="gros.bin", confirme="oui")
    assert "C’est supprimé" in done.text
    assert not (small.home / "gros.bin").exists()
    # Back to a normal session, which the hub never saw go.
    began = time.monotonic()
    small.post("redemarrer", mode="normal", confirme="oui")

    def normal() -> bool:
        page = small.browser.get(f"{small.url}/lab")
        return page.status_code == 200 and small.state()["trouble"] == ""

    wait_for(normal, seconds=150)
    print(f"back to normal after {time.monotonic() - began:.1f} s")
    assert small.is_open()
    assert small.print_in_kernel("open('a.txt', 'w').write('x' * 10); print('fait')").strip() == "fait"


def test_a_read_only_home(small: Place) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small.home)], check=True)
    seconds = small.open()
    print(f"\nread-only home: usable after {seconds:.1f} s")
    assert small.state()["trouble"] == "home.closed"
    assert small.print_in_kernel("print(6 * 7)").strip() == "42"


def test_an_own_environment_is_reset(session: Place) -> None:
    put(overlay_site(session.home) / "tornado" / "__init__.py", "raise RuntimeError('cassé')")
    session.open()
    assert session.state()["trouble"] == "kernel.died"
    assert "RuntimeError" in session.browser.get(f"{session.url}/archipel/menage").text
    done = session.post("menage", acte="environnement", garder="oui", confirme="oui")
    assert "écarté" in done.text
    assert list((session.home / ".archipel" / "overlay").glob("datascience.ecarte-*"))
    session.post("redemarrer", mode="normal", confirme="oui")
    wait_for(
        lambda: (
            session.browser.get(f"{session.url}/lab").status_code == 200 and session.state()["trouble"] == ""
        ),
        seconds=150,
    )


def test_a_newer_image_is_told_and_the_session_goes_on(session: Place) -> None:
    session.idle(session="1h", notice="6s")
    session.open()
    assert session.state()["newer"] is False
    session.take("images/datascience/requirements.txt", lambda text: f"# plus récent\n{text}")
    try:
        wait_for(lambda: session.state()["newer"], seconds=60)
        assert "plus récente" in session.home_page()
        assert session.print_in_kernel("print(6 * 7)").strip() == "42"
    finally:
        session.take("images/datascience/requirements.txt", lambda text: text.partition("\n")[2])
        session.idle()
    wait_for(lambda: session.state()["newer"] is False, seconds=60)


LIMITS = {"session": "15s", "notice": "6s", "keep_max": "60s", "gpu": "15s"}


@pytest.fixture
def short(own_home: Place) -> Place:
    own_home.idle(**LIMITS)
    own_home.gpu_busy.unlink(missing_ok=True)
    return own_home


class Tab:
    """What an open tab of JupyterLab does: it reads, now and then, and holds a kernel's socket."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def look(self) -> None:
        for path in ("api/contents", "api/kernels", "api/sessions", "api/terminals", "api/kernelspecs"):
            self.place.browser.get(f"{self.place.url}/{path}")


def alive_for(place: Place, seconds: float) -> None:
    tab, deadline = Tab(place), time.monotonic() + seconds
    while time.monotonic() < deadline:
        tab.look()
        state = place.state()
        assert not state["ends"], state
        time.sleep(1)


def until_its_end(place: Place) -> dict[str, Any]:
    """The notice, then the end, the tab being open all along; the last state that was told."""
    tab = Tab(place)
    wait_for(lambda: tab.look() or place.state()["ends"], seconds=90)
    told = place.state()
    wait_for(lambda: not place.is_open(), seconds=90)
    assert time.time() >= told["ends"] - 1
    return told


def socket_of(place: Place, path: str) -> Any:
    cookies = {c.name: c.value for c in place.browser.cookies.jar if c.path in (f"/user/{place.name}/", "/")}
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Origin": place.workspace.url,
    }
    return connect(f"{place.url.replace('http', 'ws', 1)}/{path}", additional_headers=headers, max_size=None)


def test_an_open_tab_alone_does_not_keep_a_session(short: Place) -> None:
    short.open()
    (short.home / "garde.txt").write_text("x")
    told = until_its_end(short)
    assert told["why"] == "idle"
    assert told["notices"][0]["keep"] is True
    assert "s’arrêtera à" in told["notices"][0]["text"]
    assert "rien ne s’y passait plus" in short.home_page()
    assert (short.home / "garde.txt").read_text() == "x"
    short.open()
    wait_for(lambda: "rien ne s’y passait plus" not in short.home_page(), seconds=10)


def test_a_silent_cell_holds_the_session_without_a_tab(short: Place) -> None:
    """Three hours of silence, on a smaller scale: more than twice the idle time, no socket, no output."""
    short.open()
    headers = {"X-XSRFToken": short.xsrf}
    kernel = short.browser.post(f"{short.url}/api/kernels", json={"name": "python3"}, headers=headers).json()[
        "id"
    ]
    code = "import time; time.sleep(40); open('fini.txt', 'w').write('oui')"
    asked = execute_request(code)
    header = asked["header"]
    with socket_of(short, f"api/kernels/{kernel}/channels") as socket:
        socket.send(json.dumps(asked))
        # Gone only once the cell runs: what a kernel that starts was asked goes with the socket.
        while True:
            heard = json.loads(socket.recv(timeout=60))
            if heard["msg_type"] == "execute_input" and heard["parent_header"]["msg_id"] == header["msg_id"]:
                break
    alive_for(short, 35)
    wait_for(lambda: list(short.home.rglob("fini.txt")), seconds=30)
    assert until_its_end(short)["why"] == "idle"
    assert [path.read_text() for path in short.home.rglob("fini.txt")] == ["oui"]


def test_a_command_in_a_terminal_holds_the_session(short: Place) -> None:
    short.open()
    headers = {"X-XSRFToken": short.xsrf}
    name = short.browser.post(f"{short.url}/api/terminals", headers=headers).json()["name"]
    with socket_of(short, f"terminals/websocket/{name}") as socket:
        socket.send(json.dumps(["stdin", "sleep 35\r"]))
        time.sleep(2)
    alive_for(short, 30)
    # An idle shell that is left open is no reason to stay.
    assert until_its_end(short)["why"] == "idle"


def test_keep_holds_a_session_up_to_its_cap(short: Place) -> None:
    short.open()
    began = time.time()
    wait_for(lambda: short.state()["ends"], seconds=40)
    page = short.home_page()
    assert "Garder encore" in page
    token = re.search(r'name="_jeton" value="([^"]+)"', page)
    assert token is not None
    kept = short.browser.post(
        f"{short.workspace.url}/services/portal/session/garder", data={"_jeton": token[1]}
    )
    assert kept.status_code == 200
    wait_for(lambda: not short.state()["ends"], seconds=15)
    until = short.state()["keep_until"]
    assert began + 15 < until <= began + 60
    # From JupyterLab, with its own token; without, nothing.
    assert short.browser.post(f"{short.url}/archipel/garder").status_code == 403
    for _again in range(3):
        assert short.post("garder").status_code == 200
    assert short.state()["keep_until"] <= began + 60
    wait_for(lambda: not short.is_open(), seconds=70)
    print(f"\nkept {time.time() - began:.0f} s of at most 60 s and a notice")
    assert time.time() - began < 60 + 6 + 20


def test_an_idle_gpu_is_given_back_though_a_cell_runs(short: Place) -> None:
    short.gpu_busy.touch()
    short.open("calcul-gpu")
    headers = {"X-XSRFToken": short.xsrf}
    name = short.browser.post(f"{short.url}/api/terminals", headers=headers).json()["name"]
    with socket_of(short, f"terminals/websocket/{name}") as socket:
        socket.send(json.dumps(["stdin", "sleep 300\r"]))
        time.sleep(2)
    # The machine's GPU is busy, with processes that are nobody's of this session: not ours.
    told = until_its_end(short)
    assert told["why"] == "gpu"
    assert "Votre GPU ne sert pas" in told["notices"][0]["text"]
    assert "rendre son GPU" in short.home_page()


def test_a_profile_that_is_not_open_is_refused_once(session: Place) -> None:
    operator, user = session.workspace.operator(), f"{session.workspace.url}/hub/api/users/{session.name}"
    refused = operator.post(f"{user}/server", json={"profile": "disparu"})
    assert refused.status_code == 403
    assert refused.json()["message"] == "Ce profil ne vous est pas ouvert."
    # A start without a choice takes up the last one, which was refused: not that.
    session.open()


def test_one_too_many_waits_for_its_turn(session: Place) -> None:
    """The page of a start that the hub puts off says so in words, and asks again with the same choice."""
    hub, operator = f"{session.workspace.url}/hub", session.workspace.operator()
    other = f"{hub}/api/users/lente"
    assert operator.post(other).status_code == 201
    with pytest.raises(httpx.ReadTimeout):
        operator.post(f"{other}/server", json={}, timeout=1)
    session.browser.get(f"{hub}/spawn/{session.name}")
    # A browser sends the cookie of the domain « localhost » to localhost; Python's jar does not.
    known = next(c.value for c in session.browser.cookies.jar if c.name == "jupyterhub-session-id")
    session.browser.cookies.set("jupyterhub-session-id", known or "", domain="localhost.local")
    form = session.browser.get(f"{hub}/spawn/{session.name}")
    action = re.search(r'action="([^"]+)"', form.text)
    hidden = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
    assert action
    assert hidden
    target = f"{session.workspace.url}{html.unescape(action[1])}"
    data = {"_xsrf": hidden[1], "profile": "base"}
    page = session.browser.post(target, data=data, headers={"Origin": session.workspace.url})
    assert page.status_code == 429, page.text
    seconds = page.headers["Retry-After"]
    assert f"cette page réessaie toute seule dans {seconds} s" in page.text
    again = re.search(rf'http-equiv="refresh" content="{seconds}; url=([^"]+)"', page.text)
    assert again
    assert "opt-profile=base" in again[1]
    url = f"{session.workspace.url}{html.unescape(again[1])}"
    wait_for(lambda: session.browser.get(url).status_code == 200, seconds=60)
    wait_for(session.is_open, seconds=60)
    assert operator.get(f"{hub}/api/users/{session.name}").json()["servers"][""]["user_options"] == {
        "profile": "base"
    }
    operator.delete(other)
