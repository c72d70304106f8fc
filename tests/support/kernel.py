"""Code run in a kernel of a session, through the hub's proxy, as JupyterLab does it."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.sync.client import connect

Dial = Callable[[str, int], socket.socket]


def run_in_kernel(
    url: str, name: str, browser: httpx.Client, code: str, seconds: float = 60, dial: Dial | None = None
) -> str:
    """What ``code`` prints in a kernel of its own, with the error that ended it, if any."""
    kernel = Kernel(url, name, browser, dial)
    try:
        return kernel.run(code, seconds)
    finally:
        kernel.end()


class Kernel:
    """A kernel of a person's session, which keeps its variables. ``dial``: how a host is reached."""

    def __init__(self, url: str, name: str, browser: httpx.Client, dial: Dial | None = None) -> None:
        self._url, self.name, self._browser, self._dial = url, name, browser, dial
        self._base = f"{url}/user/{name}"
        _demand(200, browser.get(f"{self._base}/lab"))
        asked = browser.post(f"{self._base}/api/kernels", json={"name": "python3"}, headers=self._xsrf)
        self.id = _demand(201, asked).json()["id"]

    def run(self, code: str, seconds: float = 60) -> str:
        """What ``code`` prints, with the error that ended it, if any."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        address = f"{self._base.replace('http', 'ws', 1)}/api/kernels/{self.id}/channels"
        parts, printed = urlsplit(address), []
        line = self._dial(str(parts.hostname), parts.port or 80) if self._dial else None
        headers = {"Cookie": cookies, "Origin": self._url}
        with connect(address, additional_headers=headers, max_size=None, sock=line) as channel:
            asked = execute_request(code)
            channel.send(json.dumps(asked))
            while True:
                told = json.loads(channel.recv(timeout=seconds))
                if told["parent_header"].get("msg_id") != asked["header"]["msg_id"]:
                    continue
                kind, content = told["msg_type"], told["content"]
                if kind == "stream" and content["name"] == "stdout":
                    printed.append(content["text"])
                elif kind == "error":
                    printed.append(f"{content['ename']}: {content['evalue']}")
                elif kind == "status" and content["execution_state"] == "idle":
                    return "".join(printed)

    def end(self) -> None:
        self._browser.delete(f"{self._base}/api/kernels/{self.id}", headers=self._xsrf)

    @property
    def _cookies(self) -> dict[str, str]:
        paths = (f"/user/{self.name}/", "/")
        return {c.name: c.value or "" for c in self._browser.cookies.jar if c.path in paths}

    @property
    def _xsrf(self) -> dict[str, str]:
        return {"X-XSRFToken": self._cookies.get("_xsrf", "")}


def _demand(status: int, answer: httpx.Response) -> httpx.Response:
    """The answer, if it has that status; an error of HTTP otherwise, which a test may wait out."""
    if answer.status_code != status:
        told = f"{answer.request.url}: {answer.status_code}, {status} expected: {answer.text[:300]}"
        raise httpx.HTTPStatusError(told, request=answer.request, response=answer)
    return answer


def execute_request(code: str) -> dict[str, Any]:
    """The message by which a kernel is asked to run ``code``."""
    header = {"msg_id": uuid.uuid4().hex, "username": "essai", "session": uuid.uuid4().hex}
    return {
        "header": header | {"msg_type": "execute_request", "version": "5.3"},
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": {"code": code, "silent": False, "store_history": False, "allow_stdin": False},
        "buffers": [],
    }
