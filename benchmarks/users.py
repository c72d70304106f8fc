"""How the hub holds people: simulated users on a real API server, with fake nodes (kwok).

    python benchmarks/users.py [--users 100,300,1000] [--rate 1] [--hold 60]

Real: API server, scheduler and controllers of KUBECONFIG; hub, proxy, portal, database of the chart, on one
node of this machine (`tests/cluster/kubernetes/cluster`), whose images are loaded already. Not real: the
nodes of the sessions (kwok) and the servers in them (`responder.py`). People arrive at a stated rate, sign
in, open a session, retry a 429 when it says so, then stay: JupyterLab's polling through the proxy, the home
page now and then, no logout. For each number of people: starts that failed, how long they took, what hub and
API server took while people arrived and while they worked, and how long the hub's API made others wait.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
from fakenodes import PODS_A_NODE, answered, fake_nodes, kubectl, real_node
from measure import record
from people import Everywhere, Person, Seen
from release import Release, api_server, installed, values

LINKS_AT_ONCE = 50
PARTS = ("hub", "proxy", "portal", "postgresql")
PROBED = {"GET user": ("user", 1), "GET users": ("users?state=active&limit=200", 10)}
"""Path and seconds between two requests: a list of people is heavy, and nobody asks for it each second."""


class Prober:
    """Somebody else's requests to the hub's API, by way of the proxy."""

    def __init__(self, release: Release, connector: aiohttp.TCPConnector) -> None:
        self.url = f"{release.url}/hub/api"
        self.seen: dict[str, list[tuple[float, float]]] = {name: [] for name in PROBED}
        headers = {"Authorization": f"token {release.key('operator')}"}
        self.client = aiohttp.ClientSession(connector=connector, connector_owner=False, headers=headers)
        self.failed = 0

    async def run(self) -> None:
        await asyncio.gather(*(self._probe(name, path, pause) for name, (path, pause) in PROBED.items()))

    async def _probe(self, name: str, path: str, pause: float) -> None:
        while True:
            began = time.monotonic()
            try:
                async with self.client.get(f"{self.url}/{path}") as answer:
                    await answer.read()
                    self.failed += answer.status != 200
            except (aiohttp.ClientError, TimeoutError):
                self.failed += 1
            self.seen[name].append((began, time.monotonic() - began))
            await asyncio.sleep(pause)


class Crowd:
    def __init__(self, release: Release, asked: argparse.Namespace, connector: aiohttp.TCPConnector) -> None:
        self.release, self.asked, self.connector = release, asked, connector
        self.seen = Seen()
        self.prober = Prober(release, connector)
        self.tasks: list[asyncio.Task[None]] = [asyncio.create_task(self.prober.run())]
        self.people: list[Person] = []

    async def grow(self, names: Sequence[str]) -> dict[str, Any]:
        """These people arrive, all have a session or will have none, then everyone works for a while."""
        before, began = await self._taken(), time.monotonic()
        failed, throttled = len(self.seen.failed), self.seen.throttled
        new = []
        number = 0
        async for name, link in self._links(names):
            await asyncio.sleep(max(0.0, began + number / self.asked.rate - time.monotonic()))
            person = Person(
                name, self.release.url, self.connector, self.seen, self.asked.poll, self.asked.page
            )
            new.append(person)
            self.tasks.append(asyncio.create_task(person.live(link)))
            number += 1
        await asyncio.gather(*(person.opened.wait() for person in new))
        self.people += new
        arrived, middle = time.monotonic(), await self._taken()
        await asyncio.sleep(self.asked.hold)
        end, after = time.monotonic(), await self._taken()
        return {
            "failed": len(self.seen.failed) - failed,
            "throttled_429": self.seen.throttled - throttled,
            "arrival_s": round(arrived - began, 1),
            **_spread("sign_in_s", self.seen.sign_in, began, arrived),
            **_spread("spawn_s", self.seen.spawn, began, arrived),
            **self._latency("arriving", began, arrived),
            **self._latency("working", arrived, end),
            **_shares("arriving", before, middle),
            **_shares("working", middle, after),
        }

    async def _links(self, names: Sequence[str]) -> AsyncIterator[tuple[str, str]]:
        """Each person and their link, made a little before they come: it is good for ten minutes."""
        batches = [list(names[at : at + LINKS_AT_ONCE]) for at in range(0, len(names), LINKS_AT_ONCE)]
        for batch, following in zip(batches, [*batches[1:], []], strict=True):
            if batch is batches[0]:
                links = await asyncio.to_thread(self.release.links, batch)
            coming = asyncio.create_task(asyncio.to_thread(self.release.links, following))
            for name in batch:
                yield name, links[name]
            links = await coming

    def _latency(self, when: str, since: float, until: float) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, taken in [*self.prober.seen.items(), ("page", self.seen.page)]:
            found |= _spread(f"{when}, {name}, ms", taken, since, until, 1000)
        return found

    async def _taken(self) -> dict[str, dict[str, float]]:
        pods = await asyncio.to_thread(self.release.taken)
        return {**pods, "API server": await asyncio.to_thread(api_server)}

    async def leave(self) -> None:
        """The end of the benchmark, not of anybody's session."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for client in [self.prober.client, *(person.client for person in self.people)]:
            await client.close()


def _spread(
    name: str, taken: Sequence[tuple[float, float]], since: float, until: float, unit: int = 1
) -> Any:
    """Median, 95th percentile and highest of what ended between two moments."""
    found = sorted(seconds * unit for at, seconds in taken if since <= at <= until)
    if not found:
        return {}
    return {
        f"{name}, P50": round(statistics.median(found), 2),
        f"{name}, P95": round(found[min(len(found) - 1, int(len(found) * 0.95))], 2),
        f"{name}, max": round(found[-1], 2),
    }


def _shares(when: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, float]:
    """Processor (share of one core) between two looks, and memory at the second."""
    found = {}
    for part in (*PARTS, "API server"):
        if part not in before or part not in after or after[part]["at"] <= before[part]["at"]:
            continue
        passed = after[part]["at"] - before[part]["at"]
        found[f"{when}, {part}, cpu"] = round((after[part]["cpu_s"] - before[part]["cpu_s"]) / passed, 3)
        found[f"{when}, {part}, MiB"] = round(after[part]["memory_mib"])
    return found


async def crowds(release: Release, asked: argparse.Namespace) -> tuple[dict[str, Any], Seen]:
    # The proxy closes what was idle for five seconds; a browser would send again what it finds closed.
    connector = aiohttp.TCPConnector(resolver=Everywhere(release.address), limit=0, keepalive_timeout=4)
    crowd, rows, names = Crowd(release, asked, connector), {}, people(asked.users[-1])
    try:
        here = 0
        for count in asked.users:
            rows[str(count)] = await crowd.grow(names[here:count])
            here = count
            tell(count, rows[str(count)], crowd.seen)
    finally:
        await crowd.leave()
        await connector.close()
    return rows, crowd.seen


def people(count: int) -> list[str]:
    return [f"charge-{number:04d}" for number in range(1, count + 1)]


def tell(count: int, row: dict[str, Any], seen: Seen) -> None:
    print(f"\n{count} people, load of this machine {os.getloadavg()[0]:.1f}")
    for name, value in row.items():
        print(f"  {name:<40} {value}")
    print(f"  errors while working: {seen.errors or 'none'}", flush=True)
    for sentence in dict.fromkeys(seen.failed[-5:]):
        print(f"  failed: {sentence[:300]}")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--users", default="100,300,1000", help="numbers of people, growing")
    parser.add_argument("--rate", type=float, default=1, help="arrivals a second")
    parser.add_argument("--hold", type=float, default=60, help="seconds of work at each number")
    parser.add_argument("--poll", type=float, default=30, help="seconds between two requests of a session")
    parser.add_argument("--page", type=float, default=300, help="seconds between two looks at the home page")
    parser.add_argument("--activity", type=float, default=300, help="as JUPYTERHUB_ACTIVITY_INTERVAL")
    parser.add_argument("--namespace", default="archipel-charge")
    parser.add_argument("--port", type=int, default=30084, help="node port of the proxy")
    parser.add_argument("--logs", type=Path, help="keep logs and values in this folder")
    parser.add_argument("--dry", action="store_true", help="leave results.json alone")
    asked = parser.parse_args()
    asked.users = sorted(int(count) for count in asked.users.split(","))
    if "KUBECONFIG" not in os.environ or os.geteuid() != 0:
        sys.exit("root and KUBECONFIG are needed: fake pods' addresses are given to a node of this machine")
    return asked


def main() -> None:
    asked, began = parsed(), time.monotonic()
    # Whoever ends it is left no release, no fake node and no route.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    count, place = asked.users[-1], real_node()
    with ExitStack() as stack:
        folder = asked.logs or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        ranges = stack.enter_context(fake_nodes(-(-count // PODS_A_NODE), folder))
        release = stack.enter_context(
            installed(asked.namespace, values(people(count), place[0], asked.port), place, folder)
        )
        print(f"installed after {time.monotonic() - began:.0f} s", flush=True)
        stack.enter_context(answered(ranges, place[0], release.hub_inside(), folder, asked.activity))
        rows, seen = asyncio.run(crowds(release, asked))
        if asked.logs:
            log = kubectl("-n", asked.namespace, "logs", "deploy/archipel-hub", "--tail=-1")
            (folder / "hub.log").write_text(log, encoding="utf-8")
    print(f"\nwhole: {time.monotonic() - began:.0f} s")
    if not asked.dry:
        record(
            "users",
            {
                "machine": f"{os.cpu_count()} × {platform.machine()}, all on one machine",
                "load": round(os.getloadavg()[2], 1),
                "arrivals_per_s": asked.rate,
                "poll_s": asked.poll,
                "errors": seen.errors,
                "unit": "s, ms, MiB; cpu: share of one core",
                "rows": rows,
            },
        )
    sys.exit(1 if seen.failed else 0)


if __name__ == "__main__":
    main()
