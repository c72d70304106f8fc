"""Each kind of pod deleted again and again: records, files and sessions afterwards, what people are told."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
from measure import spread
from restarts import kept_kernels

from support.kernel import Kernel
from support.places import COMPONENTS, Cluster, Visitor
from support.workspace import wait_for

ALICE = "essai-alice"
SAME = {"Sec-Fetch-Site": "same-origin"}
KINDS = (*COMPONENTS, "postgresql", "run", "session", "live")
FILE = "import pathlib; print((pathlib.Path.home() / 'avant.txt').read_text())"


def measure(
    place: Cluster, visitor: Visitor, times: int, kinds: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each kind, as soon as it is measured."""
    scene = Scene(place, visitor)
    for kind in kinds:
        # A database outside has no pod.
        if kind == "postgresql" and not place.kubectl(
            "get", "pods", "-l", scene.selector(kind), "-o", "name"
        ):
            continue
        found, lost, ends = [], [], Counter[str]()
        for turn in range(times):
            try:
                took, end = scene.death(kind)
                found.append(took)
                ends[end] += 1
            except AssertionError as error:
                lost.append(f"{turn + 1}: {error}"[:600])
                print(f"LOST {kind} {lost[-1]}", flush=True)
        if kind == "run" and not ends["interrupted"]:
            lost.append("none of them was ended by its deletion")
        yield (
            f"deletions on a cluster: {kind}",
            {
                "unit": "s until all of it answers",
                "target": {"lost": 0},
                "times": times,
                "lost": lost,
                "ends": dict(ends),
                "rows": {kind: spread(found)} if found else {},
            },
        )


class Scene:
    """Someone at work: a session with a kernel and a file, a dashboard, runs."""

    def __init__(self, place: Cluster, visitor: Visitor) -> None:
        self.place, self.visitor = place, visitor
        self.kernel: Kernel = kept_kernels(visitor, (ALICE,))[0]
        self.alice = visitor.sign_in(ALICE)
        self.chef = visitor.sign_in("essai-chef")
        for client in (self.alice, self.chef):
            client.timeout = 15
        self.kernel.run("import pathlib; (pathlib.Path.home() / 'avant.txt').write_text('là')")
        if not self._published():
            self._publish()

    def death(self, kind: str) -> tuple[float, str]:
        """Seconds until all of it answers, and how the run that was there ended.

        Raises AssertionError where anything was lost.
        """
        before = self._runs()
        run = self.visitor.submit(self.alice, "pilote")["id"]
        address = self.visitor.api(f"runs/{run}")
        wait_for(lambda: self.alice.get(address).json()["state"] != "queued", seconds=90, every=0.1)
        if kind == "live":
            self._live()
        selector = self.selector(kind, run)
        if kind == "run":
            wait_for(lambda: self.place.kubectl("get", "pods", "-l", selector, "-o", "name"), seconds=60)
        began = time.monotonic()
        self.place.kubectl("delete", "pod", "-l", selector, "--force", "--grace-period=0", "--wait=false")
        time.sleep(1)
        if kind == "session":
            self._reopen()
        wait_for(lambda: "Vos sessions" in self.alice.get(f"{self.visitor.portal}/").text, seconds=120)
        wait_for(self._published, seconds=120)
        if kind == "live":
            self._live()
        wait_for(lambda: self.kernel.run("print(moi)", 20).strip() == ALICE, seconds=120)
        assert self.kernel.run(FILE, 20).strip() == "là", "the file of the home is lost"
        took = time.monotonic() - began
        ended = wait_for(lambda: self._ended(address), seconds=300)
        self._judge(kind, ended)
        assert self._runs() >= before | {run}, "a record is lost"
        return took, str(ended["state"])

    def _judge(self, kind: str, run: dict[str, Any]) -> None:
        if kind != "run":
            assert run["state"] == "done", f"{run['state']}: {run['failure']}"
            return
        # A run may have come to its end just before its pod did.
        assert run["state"] in ("interrupted", "done"), run["state"]
        if run["state"] == "interrupted":
            assert run["reason"] == "Interrompue : son pod a été supprimé. Relancez-la.", run

    def _ended(self, address: str) -> dict[str, Any] | None:
        told: dict[str, Any] = self.alice.get(address).json()
        return told if told.get("state") not in (None, "queued", "running") else None

    def _runs(self) -> set[str]:
        return {run["id"] for run in self.alice.get(self.visitor.api("runs?limit=500")).json()}

    def _reopen(self) -> None:
        """The person is told, in words, and opens the session again."""
        page = f"{self.place.url}/hub/user/{ALICE}/lab"
        wait_for(lambda: "Le cluster l’a arrêtée" in self.alice.get(page).text, seconds=60)
        self.visitor.open_session(ALICE, seconds=240)
        self.kernel = wait_for(lambda: self.visitor.kernel(ALICE, self.alice), seconds=60)
        self.kernel.run(f"moi = {ALICE!r}")

    def selector(self, kind: str, run: str = "") -> str:
        if kind == "run":
            return f"archipel/task=run-{run}-1"
        component = {"live": "dashboard"}.get(kind, kind)
        person = f",hub.jupyter.org/username={ALICE}" if kind == "session" else ""
        return f"app.kubernetes.io/instance=archipel,app.kubernetes.io/component={component}{person}"

    def _published(self) -> bool:
        return "Bonjour" in self.alice.get(f"{self.place.content_url}/d/bonjour/").text

    def _publish(self) -> None:
        run = self.visitor.submit(self.chef, "bonjour")["id"]
        assert self.visitor.ended(self.chef, run)["state"] == "done"
        asked = self.chef.post(self.visitor.api("dashboards/bonjour/publish"), headers=SAME)
        assert self.visitor.ended(self.chef, asked.json()["id"])["state"] == "done"

    def _live(self) -> None:
        """A live page of the dashboard, whole."""
        board = f"{self.place.content_url}/d/bonjour"
        headers = {**SAME, "Origin": self.place.content_url}

        def page() -> bool:
            asked = self.alice.post(f"{board}/live", json={"rang": 1}, headers=headers, timeout=90)
            asked.raise_for_status()
            url = asked.json()["url"]
            with self.visitor.place.client(timeout=60, trust_env=False) as client:
                ticket = client.get(url)
                cookie = ticket.headers.get("set-cookie", "").partition(";")[0]
                shown = client.get(re.sub(r"/ticket/.*", "/", url), headers={"Cookie": cookie})
            return shown.status_code == httpx.codes.OK and "Bonjour" in shown.text

        wait_for(page, seconds=120)
