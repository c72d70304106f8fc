"""How soon a hub is back with five sessions open, all kept, beside a bare hub of the same image."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import peer
from measure import spread

from support.kernel import Kernel
from support.places import Cluster, Visitor

PEOPLE = ("essai-alice", "essai-bruno", "essai-chef", "essai-dora", "admin")


def measure(place: Cluster, visitor: Visitor, times: int) -> tuple[str, dict[str, Any]]:
    kernels = kept_kernels(visitor, PEOPLE)
    operator = visitor.operator()

    def ready() -> bool:
        """The hub answers, and tells each session as ready."""
        told = operator.get(f"{place.url}/hub/api/users?state=ready", timeout=2)
        return told.status_code == 200 and {u["name"] for u in told.json()} >= set(PEOPLE)

    ours, lost = [], 0
    for _turn in range(times):
        ours.append(_death(place, "app.kubernetes.io/component=hub", ready))
        lost += sum(not _is_kept(kernel) for kernel in kernels)
    for name in PEOPLE:
        visitor.close_session(name)
    image = place.kubectl("get", "configmap", "archipel-workspace", "-o", "jsonpath={.metadata.name}")
    with peer.installed(place, image) as other:
        bare = [_death(place, "app=peer", other.answers, other.namespace) for _turn in range(times)]
    rows = {"archipel, five sessions": spread(ours), "bare hub (peer)": spread(bare)}
    rows["archipel, five sessions"]["later than bare"] = round(
        rows["archipel, five sessions"]["p50"] - rows["bare hub (peer)"]["p50"], 2
    )
    return "hub restarts on a cluster", {
        "unit": "s",
        "base": "bare hub (peer)",
        "peers": ["bare hub (peer)"],
        "target": {"later than bare": 2, "sessions lost": 0},
        "times": times,
        "sessions lost": lost,
        "rows": rows,
    }


def kept_kernels(visitor: Visitor, people: tuple[str, ...]) -> list[Kernel]:
    """A kernel in a session of each, which knows its person's name."""
    kernels = []
    for name in people:
        browser = visitor.sign_in(name)
        browser.timeout = 10
        visitor.open_session(name, seconds=240)
        kernel = visitor.kernel(name, browser)
        kernel.run(f"moi = {name!r}")
        kernels.append(kernel)
    return kernels


def _is_kept(kernel: Kernel) -> bool:
    """Its variable is there, once the session is reached again."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return kernel.run("print(moi)", 20).strip() == kernel.name
        except Exception as error:
            told = error
        time.sleep(0.5)
    print(f"the kernel of {kernel.name} is lost: {told}")
    return False


def _death(place: Cluster, selector: str, back: Callable[[], bool], namespace: str = "") -> float:
    """Seconds from the deletion of the pod, in order, to the answer of the next one."""
    there = ("-n", namespace) if namespace else ()
    before = place.kubectl(*there, "get", "pods", "-l", selector, "-o", "name").split()
    began = time.monotonic()
    place.kubectl(*there, "delete", *before, "--wait=false")
    gone = False
    while True:
        pods = place.kubectl(*there, "get", "pods", "-l", selector, "-o", "name").split()
        gone = gone or not set(pods) & set(before)
        if gone and _quietly(back):
            return time.monotonic() - began
        if time.monotonic() - began > 180:
            raise AssertionError(f"{selector}: not back after 180 s")
        time.sleep(0.05)


def _quietly(back: Callable[[], bool]) -> bool:
    try:
        return back()
    except Exception:
        return False
