"""What stands in for the single-user servers of fake pods: one process, every address, port 8888.

    python benchmarks/responder.py HUB_API ACTIVITY_SECONDS

It answers what JupyterHub asks of a server that starts, and asks the hub what a real one asks: who a token
is, believed for five minutes (the default of `HubOAuth.cache_max_age`), and every ACTIVITY_SECONDS the
activity of its person. No notebook runs here.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version

import aiohttp
from aiohttp import web
from jupyterhub.services.auth import HubOAuth

BELIEVED_SECONDS = HubOAuth.cache_max_age.default_value
VERSION = {"X-JupyterHub-Version": version("jupyterhub")}


class Servers:
    def __init__(self, hub: str, activity: float) -> None:
        self.hub, self.activity = hub, activity
        self.known: dict[str, tuple[float, str]] = {}
        self.people: dict[str, asyncio.Task[None]] = {}
        self.client: aiohttp.ClientSession

    async def open(self, _app: web.Application) -> None:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
        self.client = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(60))

    async def answer(self, request: web.Request) -> web.Response:
        name, rest = request.match_info["name"], request.match_info["rest"]
        if rest == "api":
            return web.json_response({"version": VERSION["X-JupyterHub-Version"]}, headers=VERSION)
        word, _space, token = request.headers.get("Authorization", "").partition(" ")
        if word != "token" or await self.whose(token) != name:
            return web.json_response({"message": "forbidden"}, status=403, headers=VERSION)
        if name not in self.people:
            self.people[name] = asyncio.create_task(self.report(name, token))
        return web.json_response({"kernels": 0, "connections": 1}, headers=VERSION)

    async def whose(self, token: str) -> str:
        now = time.monotonic()
        asked, name = self.known.get(token, (float("-inf"), ""))
        if now - asked > BELIEVED_SECONDS:
            headers = {"Authorization": f"token {token}"}
            async with self.client.get(f"{self.hub}/user", headers=headers) as answer:
                name = (await answer.json())["name"] if answer.status == 200 else ""
            self.known[token] = (time.monotonic(), name)
        return name

    async def report(self, name: str, token: str) -> None:
        """A real server tells at its start, then every few minutes; one that fails tells again."""
        headers = {"Authorization": f"token {token}"}
        while True:
            now = datetime.now(UTC).isoformat()
            body = {"servers": {"": {"last_activity": now}}, "last_activity": now}
            url = f"{self.hub}/users/{name}/activity"
            try:
                async with self.client.post(url, headers=headers, json=body) as answer:
                    if answer.status >= 400:
                        print(f"activity refused: {answer.status}", flush=True)
            except (aiohttp.ClientError, TimeoutError) as error:
                print(f"activity: {error!r}", flush=True)
            await asyncio.sleep(self.activity)


def main() -> None:
    servers = Servers(sys.argv[1].rstrip("/"), float(sys.argv[2]))
    app = web.Application()
    app.on_startup.append(servers.open)
    app.router.add_route("*", "/user/{name}/{rest:.*}", servers.answer)
    web.run_app(app, host="0.0.0.0", port=8888, print=None, access_log=None)  # noqa: S104  # every fake pod


if __name__ == "__main__":
    main()
