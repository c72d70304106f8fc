"""From the release before to this one and back, five sessions open: none is lost, no run ends badly.

``ARCHIPEL_PREVIOUS``: the commit that stands for the release before; by default the newest tag that has the
chart. Its images are built from its own tree and given to the nodes by ``IMAGE_LOAD``, as those of this tree
were. ``ARCHIPEL_VALUES``: the values that the release under test was installed with.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.kernel import Kernel
from support.places import Cluster, Visitor
from support.source import ROOT
from support.workspace import wait_for

PEOPLE = ("essai-alice", "essai-bruno", "essai-chef", "essai-dora", "admin")
IMAGES = ("base", "datascience", "platform", "postgresql")


FORGET = """
from archipel.artifacts import Artifacts
from archipel.cluster import read_cluster, take_store_keys
from archipel.content.shared import PINNED
from archipel.settings import read_settings
data = read_settings().data
take_store_keys(data)
Artifacts(read_cluster(data).store).remove(PINNED)
"""
"""In the portal's pod: nothing is pinned, so that the next release to start pins its own content. What this
one's catalogue says in new words an older release does not read."""


class Release:
    """A tree of this repository whose chart can be installed."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree

    def archipel(self, *words: str) -> str:
        """That tree's own command, on the packages that are installed here."""
        environ = {**os.environ, "PYTHONPATH": str(self.tree / "src")}
        done = subprocess.run(
            [sys.executable, "-m", "archipel", *words],
            cwd=self.tree,
            env=environ,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        assert done.returncode == 0, f"archipel {' '.join(words)}: {done.stderr[-2000:]}"
        return done.stdout

    def load_images(self, content: Path, folder: Path) -> None:
        """Those of ``content``, which stays pinned, under this tree's release."""
        images = ["image"]
        if "--pinned" in self.archipel("image", "--help"):
            images += ["--pinned", str(content)]
        self.archipel(*images, "build", *IMAGES)
        for image in IMAGES:
            archive = folder / f"{image}.tar"
            self.archipel(*images, "save", image, str(archive))
            subprocess.run(f"{os.environ['IMAGE_LOAD']} {archive}", shell=True, check=True, timeout=600)
            archive.unlink()

    def install(self, cluster: Cluster, folder: Path) -> float:
        """Seconds until all of it is ready."""
        own = folder / "catalogue.yaml"
        own.write_text(self.archipel("deploy", "values"), encoding="utf-8")
        extra = os.environ.get("ARCHIPEL_VALUES")
        files = [own, self.tree / "charts/values/essai.yaml", *([Path(extra)] if extra else [])]
        words = [word for path in files for word in ("--values", str(path))]
        began = time.monotonic()
        chart = str(self.tree / "charts/archipel")
        done = subprocess.run(
            ["helm", "upgrade", "archipel", chart, "--namespace", cluster.namespace, *words, "--wait"],
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return time.monotonic() - began


@pytest.fixture(scope="module")
def cluster(place: Cluster) -> Cluster:
    if not shutil.which("helm") or not os.environ.get("IMAGE_LOAD"):
        pytest.skip("needs helm, and IMAGE_LOAD for the images of the release before")
    return place


@pytest.fixture(scope="module")
def before(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    commit = os.environ.get("ARCHIPEL_PREVIOUS") or _last_tag()
    if not commit:
        pytest.skip("needs a release before: no tag has the chart, and ARCHIPEL_PREVIOUS names no commit")
    folder = tmp_path_factory.mktemp("before")
    tree = folder / "tree"
    _git("worktree", "add", "--detach", str(tree), commit)
    try:
        # The content is that of the release before: an installation's own, which the new one goes on with.
        for release in (Release(tree), Release(ROOT)):
            release.load_images(tree, folder)
        yield Release(tree)
    finally:
        _git("worktree", "remove", "--force", str(tree))


def test_up_and_down_with_five_sessions_open(
    cluster: Cluster, before: Release, visitor: Visitor, tmp_path: Path
) -> None:
    now = Release(ROOT)
    try:
        cluster.kubectl("exec", "deploy/archipel-portal", "--", "python", "-c", FORGET)
        before.install(cluster, tmp_path)
        browsers = {name: visitor.sign_in(name) for name in PEOPLE}
        kernels = {name: _kernel(visitor, name, browser) for name, browser in browsers.items()}
        runs = _records(visitor, browsers["essai-chef"])
        for step, release in (("N−1 → N", now), ("N → N−1", before)):
            submitted = visitor.submit(browsers["essai-alice"], "pilote")["id"]
            with Absence(visitor, browsers["essai-alice"]) as absence:
                took = release.install(cluster, tmp_path)
            wait_for(lambda: "Vos sessions" in browsers["essai-alice"].get(f"{visitor.portal}/").text)
            print(f"{step}: {took:.0f} s, without the portal {absence.longest:.1f} s at most")
            for name, kernel in kernels.items():
                assert wait_for(lambda kernel=kernel: kernel.run("print(moi)", 20)).strip() == name, step
            done = visitor.ended(browsers["essai-alice"], submitted, seconds=300)
            assert done["state"] == "done", f"{step}: {done}"
            # The database was opened by both, and each reads what the other wrote.
            known = _records(visitor, browsers["essai-chef"])
            assert known >= runs | {submitted}, step
            runs = known
    finally:
        now.install(cluster, tmp_path)
    for name in PEOPLE:
        visitor.close_session(name)


class Absence:
    """How long the portal's home page did not answer, at the longest."""

    def __init__(self, visitor: Visitor, browser: httpx.Client) -> None:
        self.longest = 0.0
        self._over = threading.Event()
        self._url = f"{visitor.portal}/"
        self._client = visitor.client(cookies=browser.cookies, follow_redirects=True)
        self._client.timeout = httpx.Timeout(2)
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Absence:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        seen = time.monotonic()
        while not self._over.is_set():
            try:
                there = "Vos sessions" in self._client.get(self._url).text
            except httpx.HTTPError:
                there = False
            now = time.monotonic()
            if there:
                self.longest, seen = max(self.longest, now - seen), now
            self._over.wait(0.1)
        self.longest = max(self.longest, time.monotonic() - seen)


def _kernel(visitor: Visitor, name: str, browser: httpx.Client) -> Kernel:
    browser.timeout = 15
    visitor.close_session(name)
    visitor.open_session(name, seconds=180)
    kernel = visitor.kernel(name, browser)
    kernel.run(f"moi = {name!r}")
    return kernel


def _records(visitor: Visitor, chef: httpx.Client) -> set[str]:
    answer = wait_for(lambda: chef.get(visitor.api("runs?limit=500")), seconds=60)
    return {str(run["id"]) for run in answer.json()}


def _last_tag() -> str:
    for tag in _git("tag", "--sort=-creatordate").split():
        if _git("ls-tree", "--name-only", tag, "charts/archipel/Chart.yaml").strip():
            return tag
    return ""


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout
