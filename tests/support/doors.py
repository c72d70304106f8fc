"""The doors of a workspace held open, and how long each stays so once its holder has left."""

from __future__ import annotations

import json
import math
import re
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.places import Visitor

SAME = {"Sec-Fetch-Site": "same-origin"}


def kernel_socket(visitor: Visitor, name: str, client: httpx.Client) -> Any:
    """A kernel's open websocket, as JupyterLab holds it."""
    kernel, cookies = _made(visitor, name, client, "kernels", {"name": "python3"})
    return _socket(visitor, name, cookies, f"api/kernels/{kernel['id']}/channels")


def typed(visitor: Visitor, name: str, client: httpx.Client, line: str, seconds: float = 60) -> str:
    """What a new terminal of a person's session shows once a line was typed there and has run."""
    terminal, cookies = _made(visitor, name, client, "terminals", {})
    shown, deadline = "", time.monotonic() + seconds
    with _socket(visitor, name, cookies, f"terminals/websocket/{terminal['name']}") as opened:
        # What is typed is shown too: the end is told in two pieces.
        opened.send(json.dumps(["stdin", f"{line}; echo fi''ni\r"]))
        while "fini" not in shown:
            kind, *words = json.loads(opened.recv(timeout=deadline - time.monotonic()))
            shown += words[0] if kind == "stdout" else ""
    return shown


def _made(
    visitor: Visitor, name: str, client: httpx.Client, what: str, body: dict[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """A new kernel or terminal of a session, and the cookies that its page has."""
    base = f"{visitor.url}/user/{name}"
    assert client.get(f"{base}/lab").status_code == 200
    cookies = {c.name: c.value or "" for c in client.cookies.jar if c.path in (f"/user/{name}/", "/")}
    made = client.post(f"{base}/api/{what}", json=body, headers={"X-XSRFToken": cookies.get("_xsrf", "")})
    assert made.status_code in (200, 201), made.text
    found: dict[str, Any] = made.json()
    return found, cookies


def _socket(visitor: Visitor, name: str, cookies: dict[str, str], path: str) -> Any:
    headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), "Origin": visitor.url}
    address = f"{visitor.url.replace('http', 'ws', 1)}/user/{name}/{path}"
    parts = urlsplit(address)
    line = visitor.place.dial(str(parts.hostname), parts.port or 80)
    return connect(address, additional_headers=headers, max_size=None, sock=line)


def live_socket(visitor: Visitor, client: httpx.Client) -> Any:
    """A live dashboard's open websocket. A browser's cookie there is `Secure`: it is sent by hand."""
    board = f"{visitor.place.content_url}/d/bonjour"
    assert client.get(f"{board}/").status_code == 200
    asked = client.post(f"{board}/live", json={}, headers=SAME | {"Origin": visitor.place.content_url})
    assert asked.status_code == 200, asked.text
    url = asked.json()["url"]
    reader = visitor.client()
    ticket = reader.get(url)
    assert ticket.status_code == 302, ticket.text
    cookie = ticket.headers["set-cookie"].partition(";")[0]
    page = reader.get(re.sub(r"/ticket/.*", "/", url), headers={"Cookie": cookie})
    assert page.status_code == 200, page.text[:500]
    kernel = re.search(r'"kernelId":\s*"([^"]+)"', page.text)
    assert kernel, page.text[:1000]
    parts = urlsplit(url)
    line = visitor.place.dial(str(parts.hostname), parts.port or 80)
    origin = {"Cookie": cookie, "Origin": f"{parts.scheme}://{parts.netloc}"}
    address = f"ws://{parts.netloc}/api/kernels/{kernel[1]}/channels"
    return connect(address, sock=line, additional_headers=origin, max_size=None)


def closed_after(opened: Any, began: float) -> float:
    """Seconds from ``began`` to the end of an open websocket."""
    try:
        while True:
            opened.recv(timeout=30)
    except ConnectionClosed:
        return time.monotonic() - began
    except TimeoutError:
        return math.inf


def lost_after(client: httpx.Client, address: str, began: float) -> float:
    while client.get(address, follow_redirects=False).status_code == 200:
        assert time.monotonic() < began + 30, address
        time.sleep(0.05)
    return time.monotonic() - began
