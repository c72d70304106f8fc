"""Event listener of the supervisor: a proxy that comes back gets its routes from the hub at once.

The hub alone looks every 300 s. Protocol: http://supervisord.org/events.html.
"""

from __future__ import annotations

import sys
import threading
import time

import httpx

from archipel.datafolder import DataFolder
from archipel.workspace import Workspace

WATCH_SECONDS = 1.0


def listen(data: DataFolder) -> None:
    while True:
        sys.stdout.write("READY\n")
        sys.stdout.flush()
        header = dict(pair.split(":", 1) for pair in sys.stdin.readline().split())
        if not header:
            return
        payload = dict(pair.split(":", 1) for pair in sys.stdin.read(int(header["len"])).split())
        if payload.get("processname") == "proxy":
            give_routes(data)
        sys.stdout.write("RESULT 2\nOK")
        sys.stdout.flush()


def watch_proxy(data: DataFolder) -> None:
    """On a cluster nobody tells when the proxy's pod is another one: a thread of the hub looks for it."""
    threading.Thread(target=_watch, args=(data,), daemon=True, name="keeper").start()


def _watch(data: DataFolder) -> None:
    workspace = Workspace.read(data.workspace_file)
    assert workspace is not None
    headers = {"Authorization": f"token {data.key('proxy')}"}
    # One route that the hub always gives: all of them are half a megabyte where a thousand people are.
    url = f"{workspace.internal_url('proxy_api')}/api/routes/{workspace.host}{workspace.portal_prefix}"
    # No connection is kept: one to a pod that vanished answers nothing, not even that it is gone.
    alone = httpx.Limits(max_keepalive_connections=0)
    given = True
    with httpx.Client(headers=headers, timeout=2, limits=alone, trust_env=False) as client:
        while True:
            time.sleep(WATCH_SECONDS)
            try:
                # A proxy without it has just started.
                missing = client.get(url).status_code == httpx.codes.NOT_FOUND
            except httpx.HTTPError:
                continue
            if missing or not given:
                # A turn that broke off may have given this route and not the others: it is done again.
                given = give_routes(data, tries=4)


def give_routes(data: DataFolder, tries: int = 40) -> bool:
    """Ask the hub to check the proxy, until both answer; whether it did."""
    workspace = Workspace.read(data.workspace_file)
    assert workspace is not None
    headers = {"Authorization": f"token {data.key('keeper')}"}
    # Beside the hub in both places: its own service is no way to itself (a pod's policy names others).
    url = f"http://127.0.0.1:{workspace.ports['hub']}{workspace.base_path}hub/api/proxy"
    for _attempt in range(tries):
        try:
            answer = httpx.post(url, headers=headers, timeout=5, trust_env=False)
            if answer.status_code < 300:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.25)
    print("keeper: the hub did not give the proxy its routes", file=sys.stderr, flush=True)
    return False
