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
    """What ``code`` prints, with the error that ended it, if any. ``dial``: how a host is reached."""
    base = f"{url}/user/{name}"
    _demand(200, browser.get(f"{base}/lab"))
    cookies = {c.name: c.value for c in browser.cookies.jar if c.path in (f"/user/{name}/", "/")}
    headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), "Origin": url}
    xsrf = {"X-XSRFToken": cookies.get("_xsrf", "")}
    kernel = _demand(201, browser.post(f"{base}/api/kernels", json={"name": "python3"}, headers=xsrf))
    identifier = kernel.json()["id"]
    address = f"{base.replace('http', 'ws', 1)}/api/kernels/{identifier}/channels"
    printed: list[str] = []
    try:
        parts = urlsplit(address)
        line = dial(str(parts.hostname), parts.port or 80) if dial else None
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
    finally:
        browser.delete(f"{base}/api/kernels/{identifier}", headers=xsrf)


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
