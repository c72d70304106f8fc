"""The two places of the product, seen alike by the acceptance suite: one machine, and a cluster.

A place is driven as its users drive it (HTTP, the command inside a session) and broken as its operators see
it break (a component killed). Nothing else of it is known here.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

from support.kernel import Kernel, run_in_kernel
from support.kubectl import kubectl
from support.workspace import TestWorkspace, trust, wait_for

PEOPLE = {
    "essai-alice": ("pilotes", "agents"),
    "essai-bruno": ("agents",),
    "essai-chef": ("administrateurs",),
    "essai-dora": (),
}
COMPONENTS = ("proxy", "hub", "portal", "scheduler", "dashboards", "mlflow")


class Place(Protocol):
    """``url``, ``content_url``: the two origins as a browser has them, without a final slash.

    ``beside``: hosts of others (``host:port``) that a browser must reach too → where they answer from here.
    """

    name: str
    url: str
    content_url: str
    components: Sequence[str]
    beside: Mapping[str, tuple[str, int]]

    def client(self, **options: Any) -> httpx.Client: ...

    def dial(self, host: str, port: int) -> socket.socket:
        """A connection to whatever answers for that host of ours."""

    def link(self, name: str) -> str: ...

    def operator_token(self) -> str: ...

    def kill(self, component: str) -> None:
        """As a power cut would: no warning, no time to end in order."""

    def log(self) -> str:
        """What every process of the platform wrote for its operators."""


class Visitor:
    """What a test does at a place; it closes what it opened."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._clients: list[httpx.Client] = []

    @property
    def url(self) -> str:
        return self.place.url

    @property
    def portal(self) -> str:
        return f"{self.place.url}/services/portal"

    def api(self, path: str) -> str:
        return f"{self.portal}/api/v1/{path}"

    def client(self, **options: Any) -> httpx.Client:
        client = self.place.client(timeout=90, trust_env=False, **options)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def sign_in(self, name: str) -> httpx.Client:
        """A browser's cookies after the one-time link and its button."""
        client = self.client(follow_redirects=True)
        page = client.get(self.place.link(name))
        hidden = dict(re.findall(r'name="(_xsrf|jeton)" value="([^"]+)"', page.text))
        answer = client.post(f"{self.url}/hub/lien", data=hidden, headers={"Origin": self.url})
        assert answer.status_code == 200, answer.text[:300]
        return client

    def operator(self) -> httpx.Client:
        return self.client(headers={"Authorization": f"token {self.place.operator_token()}"})

    def open_session(self, name: str, seconds: float = 180, profile: str = "") -> None:
        operator, user = self.operator(), f"{self.url}/hub/api/users/{name}"

        def ready() -> bool:
            return bool(self.told(operator, user)["servers"].get("", {}).get("ready"))

        if ready():
            return
        answer = operator.post(f"{user}/server", json={"profile": profile} if profile else {})
        assert answer.status_code in (201, 202), answer.text
        wait_for(ready, seconds=seconds)

    def close_session(self, name: str) -> None:
        operator, user = self.operator(), f"{self.url}/hub/api/users/{name}"
        operator.delete(f"{user}/server")
        wait_for(lambda: not self.told(operator, user)["servers"], seconds=60)

    def python(self, name: str, browser: httpx.Client, code: str, seconds: float = 120) -> str:
        """What Python code prints in a kernel of a person's session."""
        return run_in_kernel(self.url, name, browser, code, seconds, dial=self.place.dial)

    def kernel(self, name: str, browser: httpx.Client) -> Kernel:
        """A kernel of a person's session that keeps its variables."""
        return Kernel(self.url, name, browser, self.place.dial)

    def shell(self, name: str, browser: httpx.Client, command: str, seconds: float = 180) -> tuple[int, str]:
        """Exit code and output (its errors first) of a command line in a person's session."""
        code = (
            "import json, subprocess\n"
            f"done = subprocess.run({command!r}, shell=True, executable='/bin/bash', "
            "capture_output=True, text=True)\n"
            "print(json.dumps([done.returncode, done.stderr + done.stdout]))"
        )
        told = self.python(name, browser, code, seconds)
        found: list[Any] = json.loads(told.strip().splitlines()[-1])
        return int(found[0]), str(found[1])

    def submit(
        self, who: httpx.Client, defi: str, execution: str = "execution", **parameters: Any
    ) -> dict[str, Any]:
        body = {"defi": defi, "execution": execution, "parameters": parameters}
        answer = who.post(self.api("runs"), json=body, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 201, answer.text
        run: dict[str, Any] = answer.json()
        return run

    def told(self, who: httpx.Client, address: str, seconds: float = 60) -> Any:
        """What an address answers, in JSON; a hub or a portal that starts again meanwhile is waited for."""

        def look() -> httpx.Response | None:
            answer = who.get(address)
            return answer if answer.status_code == 200 else None

        return wait_for(look, seconds=seconds).json()

    def ended(self, who: httpx.Client, run: str, seconds: float = 180) -> dict[str, Any]:
        """The run once it has ended."""

        def look() -> dict[str, Any] | None:
            answer = who.get(self.api(f"runs/{run}"))
            told: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
            return told if told.get("state") not in (None, "queued", "running") else None

        found: dict[str, Any] = wait_for(look, seconds=seconds)
        return found


class Mapped(httpx.HTTPTransport):
    """Every host is reached at one address, whatever its name, but those that ``beside`` names."""

    def __init__(
        self,
        address: str,
        port: int,
        beside: Mapping[str, tuple[str, int]] | None = None,
        trust: ssl.SSLContext | bool = True,
    ) -> None:
        super().__init__(verify=trust)
        self._ours, self._beside = (address, port), beside or {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host, port = self._beside.get(request.url.netloc.decode(), self._ours)
        # The header Host was written before: it keeps the name; and cookies go by the request's own address.
        mapped = httpx.Request(
            request.method,
            request.url.copy_with(host=host, port=port),
            headers=request.headers,
            stream=request.stream,
            # A certificate is of the name, not of the address.
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        answer = super().handle_request(mapped)
        name = request.url.host
        if "." not in name:
            # To a browser « Domain=localhost » is the host alone; Python's jar gives that cookie to nobody.
            own = f"; Domain={name}"
            said = [(key, value.replace(own, "")) for key, value in answer.headers.multi_items()]
            answer.headers = httpx.Headers(said)
        return answer


class Machine:
    """A shared workspace of this machine, with its own data folder.

    ``workspace``: one that is up already, and whoever made it removes it.
    """

    name = "machine"
    components = tuple(name for name in COMPONENTS if name != "scheduler")
    """One process holds pages, API and scheduler on one machine."""

    def __init__(self, workspace: TestWorkspace | None = None) -> None:
        self.beside: dict[str, tuple[str, int]] = {}
        self.workspace = workspace or TestWorkspace(shared=True, name="acceptation")
        if workspace is None:
            self.workspace.add_people(PEOPLE)
            self.workspace.up()
        self.url, self.content_url = self.workspace.url, self.workspace.content_url

    def client(self, **options: Any) -> httpx.Client:
        # *.localhost is this machine for a browser; Python's resolver knows none.
        mapped = Mapped("127.0.0.1", self.workspace.port, self.beside, trust())
        return httpx.Client(transport=mapped, **options)

    def dial(self, host: str, port: int) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=30)

    def link(self, name: str) -> str:
        return self.workspace.link(name)

    def operator_token(self) -> str:
        return (self.workspace.data / "secrets" / "operator").read_text().strip()

    def kill(self, component: str) -> None:
        os.kill(self.workspace.child(component)["pid"], signal.SIGKILL)

    def log(self) -> str:
        return "".join(
            path.read_text(errors="replace") for path in (self.workspace.data / "logs").rglob("*.log")
        )

    def remove(self) -> None:
        self.workspace.remove()


class Cluster:
    """The release « archipel » of the cluster that ``KUBECONFIG`` names, installed before.

    ``ARCHIPEL_NAMESPACE``: where it is, « archipel » by default.
    ``ARCHIPEL_ADDRESS``: where its proxy answers from here, ``host:port``; by default the first node and the
    service's node port.
    """

    name = "cluster"
    components = COMPONENTS

    def __init__(self) -> None:
        assert shutil.which("kubectl"), "kubectl is not on the PATH"
        self.namespace = os.environ.get("ARCHIPEL_NAMESPACE", "archipel")
        self.beside: dict[str, tuple[str, int]] = {}
        self.trust: ssl.SSLContext | bool = True
        told = json.loads(self.kubectl("get", "configmap", "archipel-workspace", "-o", "json"))
        self.configuration: dict[str, str] = told["data"]
        workspace = json.loads(self.configuration["workspace.json"])
        origin = f":{workspace['public_port']}"
        self.url = f"{workspace['scheme']}://{workspace['host']}{origin}"
        self.content_url = f"{workspace['scheme']}://{workspace['content_host']}{origin}"
        address = os.environ.get("ARCHIPEL_ADDRESS") or self.node_port("archipel-proxy", "http")
        host, _colon, port = address.rpartition(":")
        self.address, self.port = host, int(port)

    def kubectl(self, *arguments: str, check: bool = True, given: str = "") -> str:
        """In the release's namespace, unless the words name another."""
        return kubectl("--namespace", self.namespace, *arguments, check=check, given=given)

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(transport=Mapped(self.address, self.port, self.beside, self.trust), **options)

    def dial(self, host: str, port: int) -> socket.socket:
        return socket.create_connection((self.address, self.port), timeout=30)

    def link(self, name: str) -> str:
        told = self.kubectl("exec", "deploy/archipel-hub", "--", "archipel", "login", name)
        return told.strip().splitlines()[-1].strip()

    def operator_token(self) -> str:
        told = self.kubectl("get", "secret", "archipel-keys", "-o", "jsonpath={.data.operator}")
        return base64.b64decode(told).decode()

    def kill(self, component: str) -> None:
        selector = f"app.kubernetes.io/instance=archipel,app.kubernetes.io/component={component}"
        self.kubectl("delete", "pod", "-l", selector, "--force", "--grace-period=0", "--wait=false")

    def remove(self) -> None:
        """It was there before, and stays."""

    def log(self) -> str:
        return self.kubectl("logs", "-l", "app.kubernetes.io/part-of=archipel", "--tail=-1", "--prefix")

    def node_port(self, name: str, port: str, namespace: str = "") -> str:
        """Where a service answers from here, ``host:port``, by the first node."""
        nodes = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        addresses = {a["type"]: a["address"] for a in nodes[0]["status"]["addresses"]}
        place = ("--namespace", namespace) if namespace else ()
        service = json.loads(self.kubectl(*place, "get", "service", name, "-o", "json"))
        number = next(p["nodePort"] for p in service["spec"]["ports"] if p["name"] == port)
        return f"{addresses['InternalIP']}:{number}"
