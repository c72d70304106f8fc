"""A workspace whose sessions are tried: its catalogue changes, its home is broken, its time is short."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from support.kernel import run_in_kernel
from support.workspace import ROOT, TestWorkspace, wait_for

OWN_SECONDS = 45
"""As in the product: what is told at once (a death, a broken page) waits for none of it, however late."""
SILENT_SECONDS = 12
"""For what stays silent for good: it is waited out, and a rescued session needs no more to be usable."""
SMI = """#!/bin/sh
[ -f {busy} ] && used=55 || used=0
case "$1" in *utilization*) echo $used ;; *) : ;; esac
"""
SNIPPET = """\
c.PersonSpawner.gpu_command = "{smi}"
c.JupyterHub.concurrent_spawn_limit = 1

async def before(spawner):
    import asyncio
    from pathlib import Path
    spawner.first_start_seconds = int(Path("{seconds}").read_text())
    if spawner.user.name == "lente":
        await asyncio.sleep(20)
        raise RuntimeError("never opens")

c.Spawner.pre_spawn_hook = before
"""
GPU = """
  calcul-gpu:
    title: {fr: Calcul sur GPU, en: GPU computing}
    description: {fr: Un GPU., en: One GPU.}
    image: datascience
    resources: {gpu: 1}
"""


class Place:
    """A personal workspace whose catalogue is a clone that the test may change."""

    def __init__(self, tmp: Path) -> None:
        self.clone, self.busy = tmp / "contenu", tmp / "busy"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(self.clone)], check=True)
        profiles = self.clone / "catalog" / "profiles.yaml"
        profiles.write_text(profiles.read_text() + GPU)
        self.commit()
        self.workspace = TestWorkspace(name="sessions", clone=self.clone)
        tmp.chmod(0o755)
        smi = self.workspace.data / "fake-smi"
        smi.write_text(SMI.format(busy=self.workspace.data / "busy"))
        smi.chmod(0o755)
        self.gpu_busy = self.workspace.data / "busy"
        snippets = self.workspace.data / "hub" / "config.d"
        snippets.mkdir(parents=True)
        self._limits: dict[str, str] = {}
        self._seconds = self.workspace.data / "start-seconds"
        self._seconds.write_text(str(OWN_SECONDS))
        (snippets / "essai.py").write_text(SNIPPET.format(seconds=self._seconds, smi=smi))
        self.workspace.up()
        told = json.loads((self.workspace.data / "running" / "workspace.json").read_text())
        self.name: str = told["owner"]
        self.home = self.workspace.data / "homes" / self.name
        self.browser = self.workspace.sign_in()
        self.url = f"{self.workspace.url}/user/{self.name}"

    def commit(self) -> None:
        identity = ["-c", "user.name=essai", "-c", "user.email=essai@example.gouv.fr"]
        subprocess.run(["git", "-C", str(self.clone), *identity, "commit", "-qam", "essai"], check=True)

    def take(self, file: str, change: Callable[[str], str]) -> None:
        path = self.clone / file
        path.write_text(change(path.read_text()))
        self.commit()
        self.workspace.archipel("content", "take", "HEAD", "--from", str(self.clone))

    def idle(self, **limits: str) -> None:
        """Nothing is taken anew where these are the limits already: that checks the whole content."""
        if limits == self._limits:
            return
        told = ", ".join(f"{name}: {value}" for name, value in limits.items())
        self.take(
            "catalog/workspace.yaml",
            lambda text: (
                re.sub(r"\nidle:.*", "", text).rstrip() + (f"\nidle: {{{told}}}\n" if told else "\n")
            ),
        )
        self._limits = limits

    def open(self, profile: str = "", seconds: int = OWN_SECONDS) -> float:
        """Seconds until the session answers; it has ``seconds`` to do so as its person set it up."""
        self._seconds.write_text(str(seconds))
        began = time.monotonic()
        operator, user = self.workspace.operator(), f"{self.workspace.url}/hub/api/users/{self.name}"
        body = {"profile": profile} if profile else {}
        answer = operator.post(f"{user}/server", json=body)
        assert answer.status_code in (201, 202), answer.text
        wait_for(lambda: operator.get(user).json()["servers"].get("", {}).get("ready"), seconds=240)
        self.browser.get(f"{self.url}/lab")
        return time.monotonic() - began

    def is_open(self) -> bool:
        user = f"{self.workspace.url}/hub/api/users/{self.name}"
        return bool(self.workspace.operator().get(user).json().get("servers"))

    def close(self) -> None:
        self.workspace.close_session(self.name)
        wait_for(lambda: not self.is_open())

    def state(self) -> dict[str, Any]:
        answer = self.browser.get(f"{self.url}/archipel/etat")
        # Between two servers of a session the hub answers in its place: `wait_for` waits that out.
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    @property
    def xsrf(self) -> str:
        path = f"/user/{self.name}/"
        return next(c.value or "" for c in self.browser.cookies.jar if c.name == "_xsrf" and c.path == path)

    def post(self, page: str, **fields: str) -> httpx.Response:
        return self.browser.post(f"{self.url}/archipel/{page}", data={"_xsrf": self.xsrf, **fields})

    def print_in_kernel(self, code: str) -> str:
        return run_in_kernel(self.workspace.url, self.name, self.browser, code)

    def home_page(self) -> str:
        return self.browser.get(f"{self.workspace.url}/services/portal/").text


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
