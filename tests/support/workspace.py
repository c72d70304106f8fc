"""A real workspace in a folder of its own, driven as its users drive it: the command and HTTP."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

ROOT = Path(__file__).parents[2]
ARCHIPEL = [str(Path(sys.executable).with_name("archipel"))]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def built_environments() -> Path | None:
    """The folder that `make install` fills; None where it was not run."""
    from archipel.settings import read_settings

    folder = read_settings().data.environments
    return folder if folder.is_dir() and any(folder.glob("datascience-*")) else None


@cache
def hold_accounts() -> int:
    """The system accounts of this machine are held by one run of tests at a time, until its end."""
    lock = os.open("/var/tmp/archipel-test-accounts.lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


@cache
def trust() -> ssl.SSLContext:
    """Read once: whoever waits for something makes a client three times a second, on two cores."""
    return ssl.create_default_context()


class TestWorkspace:
    """``clone``: the content's repository, this project by default. Not under a private folder: the
    accounts of runs and sessions must go through."""

    __test__ = False

    def __init__(self, *, shared: bool = False, clone: Path = ROOT, name: str = "essai") -> None:
        self.data = Path(tempfile.mkdtemp(prefix=f"archipel-{name}-", dir="/var/tmp"))
        self.data.chmod(0o755)
        self.shared, self.clone, self.port = shared, clone, free_port()
        self._clients: list[httpx.Client] = []
        self._people: tuple[str, ...] = ()
        if shared and os.geteuid() == 0:
            hold_accounts()
        environments = built_environments()
        if environments is not None:
            (self.data / "environments").symlink_to(environments)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def content_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "ARCHIPEL_DATA": str(self.data), "ARCHIPEL_LANG": "fr", "LANG": "C.UTF-8"}

    def archipel(
        self, *arguments: str, check: bool = True, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*ARCHIPEL, *arguments],
            cwd=self.clone,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
            **options,
        )
        if check and done.returncode:
            raise AssertionError(
                f"archipel {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def json(self, *arguments: str, check: bool = True) -> Any:
        """The last line that a command prints, read as JSON."""
        return json.loads(self.archipel(*arguments, "--json", check=check).stdout.strip().splitlines()[-1])

    def up(self, *options: str) -> None:
        mode = ("--shared",) if self.shared else ()
        self.archipel("up", "--detach", "--empty", "--port", str(self.port), *mode, *options)

    def add_people(self, people: Mapping[str, Sequence[str]], admins: Sequence[str] = ()) -> None:
        """Accounts of the shared mode; whoever a killed run of the tests left on the machine goes first."""
        self._people = tuple(people)
        self._remove_people()
        for name, groups in people.items():
            options = [word for group in groups for word in ("--group", group)]
            self.archipel("users", "add", name, *options, *(["--admin"] if name in admins else []))

    def _remove_people(self) -> None:
        for name in self._people:
            subprocess.run(["userdel", name], check=False, capture_output=True)

    def down(self) -> None:
        self.archipel("down", check=False)

    def remove(self) -> None:
        for client in self._clients:
            client.close()
        self.down()
        self._remove_people()
        shutil.rmtree(self.data, ignore_errors=True)

    def link(self, name: str = "") -> str:
        return self.archipel("login", *([name] if name else [])).stdout.strip().splitlines()[-1].strip()

    def sign_in(self, name: str = "") -> httpx.Client:
        """A browser's cookies after the one-time link and its button."""
        client = self.client(follow_redirects=True)
        page = client.get(self.link(name))
        hidden = dict(re.findall(r'name="(_xsrf|jeton)" value="([^"]+)"', page.text))
        client.headers["Origin"] = self.url
        answer = client.post(f"{self.url}/hub/lien", data=hidden)
        assert answer.status_code == 200, answer.text[:300]
        del client.headers["Origin"]
        return client

    def client(self, **options: Any) -> httpx.Client:
        """A client that is closed with the workspace."""
        client = httpx.Client(timeout=90, trust_env=False, verify=trust(), **options)
        self._clients.append(client)
        return client

    def operator(self) -> httpx.Client:
        """Whoever owns the data folder, at the hub's API."""
        token = (self.data / "secrets" / "operator").read_text().strip()
        return self.client(headers={"Authorization": f"token {token}"})

    def open_session(self, name: str) -> None:
        """A session of the default profile, ready."""
        operator, user = self.operator(), f"{self.url}/hub/api/users/{name}"
        answer = operator.post(f"{user}/server", json={})
        assert answer.status_code in (201, 202), answer.text
        wait_for(lambda: operator.get(user).json()["servers"].get("", {}).get("ready"), seconds=90)

    def close_session(self, name: str) -> None:
        self.operator().delete(f"{self.url}/hub/api/users/{name}/server")

    def api(self, path: str) -> str:
        return f"{self.url}/services/portal/api/v1/{path}"

    def child(self, name: str) -> dict[str, Any]:
        told = self.json("status", check=False)
        found: dict[str, Any] = next(c for c in told["children"] if c["name"] == name)
        return found

    def wait_child(self, name: str, old_pid: int, seconds: float = 60) -> dict[str, Any]:
        """Until the supervisor has started it again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            child = self.child(name)
            if child["pid"] not in (0, old_pid) and child["state"] == "running":
                return child
            time.sleep(0.3)
        raise AssertionError(f"{name} is not back")


def wait_for(what: Any, seconds: float = 60, every: float = 0.3) -> Any:
    """The first true value of ``what()``; network errors on the way are waited out."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            found = what()
        except (httpx.HTTPError, WebSocketException, OSError) as error:
            found, last = None, error
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s in vain; last error: {last}")
