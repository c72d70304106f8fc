"""What is marked « sensible » on a real cluster: held until the cut is proved, held again when it leaks.

The release must have a short period (``networkPolicy.canary.seconds``), or the test would take hours.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.places import Cluster, Visitor
from support.taken import taken
from support.workspace import wait_for

CHEF = "essai-chef"
SAME = {"Sec-Fetch-Site": "same-origin"}
LONGEST_PERIOD = 60
MARK = (
    "python - <<'FIN'\n"
    "import pathlib\n"
    "defi = pathlib.Path('catalog/defis/bonjour.yaml')\n"
    "defi.write_text(defi.read_text() + 'sensible: true\\n')\n"
    "profiles = pathlib.Path('catalog/profiles.yaml')\n"
    "text = profiles.read_text()\n"
    "profiles.write_text(text.replace('    image: base\\n', '    image: base\\n    sensible: true\\n'))\n"
    "FIN"
)


@pytest.fixture(scope="module")
def cluster(place: Cluster) -> Cluster:
    told = json.loads(place.kubectl("get", "configmap", "archipel-workspace", "-o", "json"))
    period = json.loads(told["data"]["cluster.json"])["canary"]
    if period > LONGEST_PERIOD:
        pytest.skip(f"needs networkPolicy.canary.seconds ≤ {LONGEST_PERIOD}; this release has {period}")
    return place


@pytest.fixture(scope="module")
def chef(cluster: Cluster, visitor: Visitor, chef: httpx.Client) -> Iterator[httpx.Client]:
    """An administrator, in whose catalogue « bonjour » and the light session are sensitive."""
    with taken(visitor, CHEF, chef, MARK):
        yield chef


def verdict(cluster: Cluster) -> dict[str, Any]:
    """What hub, portal and front read."""
    code = (
        "from archipel.datafolder import DataFolder\n"
        "from archipel.cluster import take_store_keys\n"
        "from archipel.isolation import isolation_of\n"
        "import json, pathlib, dataclasses\n"
        "data = DataFolder(pathlib.Path('/data'))\n"
        "take_store_keys(data)\n"
        "found = isolation_of(data)\n"
        "told, held = found.verdict(), found.held()\n"
        "print(json.dumps({**(dataclasses.asdict(told) if told else {}), 'held': held.code if held else ''}))"
    )
    told = cluster.kubectl("exec", "deploy/archipel-portal", "--", "python", "-c", code)
    found: dict[str, Any] = json.loads(told.strip().splitlines()[-1])
    return found


def policy(cluster: Cluster, name: str) -> str:
    """As it may be made again."""
    told = json.loads(cluster.kubectl("get", "networkpolicy", name, "-o", "json"))
    for key in ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"):
        told["metadata"].pop(key, None)
    return json.dumps(told)


def spawn(visitor: Visitor, profile: str) -> httpx.Response:
    """A start as the hub's own API asks it; refused where the profile is held."""
    url = f"{visitor.url}/hub/api/users/essai-dora/server"
    return visitor.operator().post(url, json={"profile": profile})


def spawned(visitor: Visitor) -> dict[str, Any]:
    user = visitor.operator().get(f"{visitor.url}/hub/api/users/essai-dora").json()
    servers: dict[str, Any] = user["servers"]
    return servers


def test_it_starts_once_the_cut_is_proved_and_stops_starting_while_it_leaks(
    cluster: Cluster, visitor: Visitor, chef: httpx.Client
) -> None:
    began = time.monotonic()
    wait_for(lambda: verdict(cluster)["held"] == "", seconds=240, every=2)
    print(f"cut proved {time.monotonic() - began:.0f} s after the first mark")
    run = visitor.submit(chef, "bonjour")
    assert visitor.ended(chef, run["id"], seconds=240)["state"] == "done"

    # A policy deleted by hand: the pods of runs reach whatever they like.
    kept = [policy(cluster, name) for name in ("archipel-run", "archipel-nothing")]
    began = time.monotonic()
    cluster.kubectl("delete", "networkpolicy", "archipel-run", "archipel-nothing")
    try:
        found = wait_for(lambda: _state(cluster, "sensible.open"), seconds=240, every=2)
        print(f"leak found {time.monotonic() - began:.0f} s after it was made: {found['reached']}")
        assert any(one.startswith("run → ") for one in found["reached"])
        held = visitor.submit(chef, "bonjour")
        waiting = wait_for(lambda: _waiting(visitor, chef, held["id"]), seconds=60)
        assert "destination interdite" in waiting["reason"]
        english = chef.get(f"{visitor.portal}/runs/{held['id']}", headers={"Accept-Language": "en"}).text
        assert "a forbidden destination answers" in english
        home = chef.get(f"{visitor.portal}/").text
        assert "une destination interdite répond" in home
        assert re.search("répond au pod d’une exécution", home)
        refused = spawn(visitor, "base")
        assert refused.status_code == 409, refused.text
        assert "une destination interdite répond" in refused.json()["message"]
        assert spawned(visitor) == {}
        other = visitor.submit(chef, "pilote")
        assert visitor.ended(chef, other["id"], seconds=240)["state"] == "done"
        assert chef.get(visitor.api(f"runs/{held['id']}")).json()["state"] == "queued"
    finally:
        for one in kept:
            cluster.kubectl("apply", "-f", "-", given=one)
    began = time.monotonic()
    assert visitor.ended(chef, held["id"], seconds=300)["state"] == "done"
    print(f"held run done {time.monotonic() - began:.0f} s after the policies were back")
    assert wait_for(lambda: _opened(visitor), seconds=120)
    visitor.close_session("essai-dora")


def _state(cluster: Cluster, code: str) -> dict[str, Any] | None:
    found = verdict(cluster)
    return found if found["held"] == code else None


def _waiting(visitor: Visitor, who: httpx.Client, run: str) -> dict[str, Any] | None:
    told: dict[str, Any] = who.get(visitor.api(f"runs/{run}")).json()
    assert told["state"] == "queued", told
    return told if told["reason"] else None


def _opened(visitor: Visitor) -> bool:
    if not spawned(visitor):
        assert spawn(visitor, "base").status_code in (201, 202)
    return bool(spawned(visitor).get("", {}).get("ready"))
