"""Simulated people: each signs in by a link, opens a session, works in it, and never logs out."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

LOOK_SECONDS = 1.0
"""The page of a session that opens reloads itself so often."""
RELOAD_SECONDS = 3.0
"""A person who is shown an error reloads the page."""
PATIENCE_SECONDS = 300.0


@dataclass
class Seen:
    """What happened to people, and when (monotonic seconds)."""

    sign_in: list[tuple[float, float]] = field(default_factory=list)
    spawn: list[tuple[float, float]] = field(default_factory=list)
    page: list[tuple[float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """One sentence for each session that did not open."""
    throttled: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    """Answers that were not the expected ones, outside of starts: how many of each kind."""

    def error(self, what: str) -> None:
        self.errors[what] = self.errors.get(what, 0) + 1


class Everywhere(AbstractResolver):
    """Every name of the workspace is at one address."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=self.address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Person:
    """``url``: the workspace's, without a final slash; ``token`` of a one-time link."""

    def __init__(
        self, name: str, url: str, connector: aiohttp.TCPConnector, seen: Seen, poll: float, page: float
    ) -> None:
        self.name, self.url, self.seen, self.poll, self.page = name, url, seen, poll, page
        self.user = f"{url}/hub/api/users/{name}"
        self.client = aiohttp.ClientSession(
            connector=connector, connector_owner=False, timeout=aiohttp.ClientTimeout(90)
        )
        self.headers: dict[str, str] = {}
        self.opened = asyncio.Event()
        """Set when the session is open, or will not be."""

    async def live(self, link: str) -> None:
        try:
            await self._sign_in(link)
            await self._open_session()
        except (aiohttp.ClientError, TimeoutError, Unexpected) as error:
            self.seen.failed.append(f"{type(error).__name__}: {error}")
            return
        finally:
            self.opened.set()
        await self._work()

    async def _sign_in(self, link: str) -> None:
        began = time.monotonic()
        page = await self._text(await self.client.get(f"{self.url}/hub/lien", params={"auth": link}))
        hidden = dict(re.findall(r'name="(_xsrf|jeton)" value="([^"]+)"', page))
        # The button leads to the home page, by way of the portal's own sign-in at the hub.
        answer = await self.client.post(f"{self.url}/hub/lien", data=hidden, headers={"Origin": self.url})
        while answer.status >= 500 and time.monotonic() - began < PATIENCE_SECONDS:
            self.seen.error(f"sign-in: {answer.status} at {answer.url.path}")
            await asyncio.sleep(RELOAD_SECONDS)
            answer = await self.client.get(f"{self.url}/services/portal/")
        await self._text(answer)
        cookies = self.client.cookie_jar.filter_cookies(_url(f"{self.url}/hub/"))
        xsrf = {"X-XSRFToken": cookies["_xsrf"].value}
        answer = await self.client.post(f"{self.user}/tokens", json={"note": "charge"}, headers=xsrf)
        if answer.status != 201:
            raise Unexpected(f"token: {answer.status} {(await answer.text())[:200]}")
        self.headers = {"Authorization": f"token {(await answer.json())['token']}"}
        self.seen.sign_in.append((time.monotonic(), time.monotonic() - began))

    async def _open_session(self) -> None:
        began = time.monotonic()
        while True:
            answer = await self.client.post(f"{self.user}/server", json={}, headers=self.headers)
            if answer.status != 429:
                break
            self.seen.throttled += 1
            await asyncio.sleep(float(answer.headers.get("Retry-After", 30)))
        if answer.status not in (201, 202):
            raise Unexpected(f"start: {answer.status} {(await answer.text())[:300]}")
        while True:
            server = (await self._json(self.user))["servers"].get("")
            if server is None:
                raise Unexpected("the start failed: the hub has no server any more")
            if server["ready"]:
                break
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise Unexpected(f"not open after {PATIENCE_SECONDS:.0f} s: {server['pending']}")
            await asyncio.sleep(LOOK_SECONDS)
        # Open for a person when it answers through the proxy.
        answer = await self.client.get(f"{self.url}/user/{self.name}/lab", headers=self.headers)
        if answer.status != 200:
            raise Unexpected(f"open, but its page says {answer.status}")
        self.seen.spawn.append((time.monotonic(), time.monotonic() - began))

    async def _work(self) -> None:
        """JupyterLab's polling, through the proxy, and the home page now and then; for ever."""
        now = time.monotonic()
        # Nobody is in step with anybody.
        polls, pages = now + random.uniform(0, self.poll), now + random.uniform(0, self.page)  # noqa: S311
        while True:
            await asyncio.sleep(max(0.0, min(polls, pages) - time.monotonic()))
            if polls <= pages:
                polls += self.poll
                await self._look(f"{self.url}/user/{self.name}/api/status", self.headers)
            else:
                pages += self.page
                await self._look(f"{self.url}/services/portal/", {})

    async def _look(self, url: str, headers: dict[str, str]) -> None:
        began = time.monotonic()
        what = "page of the portal" if not headers else "page of the session"
        try:
            async with self.client.get(url, headers=headers) as answer:
                await answer.read()
                if answer.status != 200:
                    self.seen.error(f"{what}: {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.seen.error(f"{what}: {type(error).__name__}")
            return
        self.seen.page.append((time.monotonic(), time.monotonic() - began))

    async def _json(self, url: str) -> Any:
        async with self.client.get(url, headers=self.headers) as answer:
            if answer.status != 200:
                raise Unexpected(f"{answer.status} {(await answer.text())[:200]}")
            return await answer.json()

    async def _text(self, answer: aiohttp.ClientResponse) -> str:
        text = await answer.text()
        if answer.status != 200:
            raise Unexpected(f"sign-in: {answer.status} at {answer.url.path} {text[:200]}")
        return text


class Unexpected(Exception):
    """An answer that is not the one of a start that goes well."""


def _url(text: str) -> Any:
    from yarl import URL

    return URL(text)
