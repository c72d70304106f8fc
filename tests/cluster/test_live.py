"""Live dashboards whose front restarts: read on, counted, and ended in their time."""

from __future__ import annotations

import json
import re
import time

import httpx
import pytest

from support.places import Cluster, Visitor
from support.workspace import wait_for

pytestmark = pytest.mark.needs_cluster

SAME = {"Sec-Fetch-Site": "same-origin"}


def deployments(place: Cluster) -> dict[str, str]:
    """Name → uid of each live dashboard."""
    selector = "app.kubernetes.io/component=dashboard,app.kubernetes.io/part-of=archipel"
    told = json.loads(place.kubectl("get", "deployments", "-l", selector, "-o", "json"))["items"]
    return {one["metadata"]["name"]: one["metadata"]["uid"] for one in told}


@pytest.fixture(scope="module")
def cookie(place: Cluster, visitor: Visitor) -> tuple[str, str]:
    """The address of a live page of « bonjour », and the cookie of one of its readers."""
    chef = visitor.sign_in("essai-chef")
    assert visitor.ended(chef, visitor.submit(chef, "bonjour")["id"])["state"] == "done"
    asked = chef.post(visitor.api("dashboards/bonjour/publish"), headers=SAME)
    assert visitor.ended(chef, asked.json()["id"])["state"] == "done"
    board = f"{place.content_url}/d/bonjour"
    wait_for(lambda: asked.json()["id"] in chef.get(f"{board}/").text)
    told = chef.post(f"{board}/live", json={}, headers={**SAME, "Origin": place.content_url})
    assert told.status_code == 200, told.text
    redeemed = visitor.client().get(told.json()["url"])
    assert redeemed.status_code == 302, redeemed.text
    return re.sub(r"/ticket/.*", "/", told.json()["url"]), redeemed.headers["set-cookie"].partition(";")[0]


def page(visitor: Visitor, cookie: tuple[str, str]) -> httpx.Response:
    # What was asked of a pod as it was killed is answered by nobody: a person asks again.
    return visitor.client().get(cookie[0], headers={"Cookie": cookie[1]}, timeout=10)


def test_a_front_that_restarts_finds_them_and_ends_them_in_time(
    place: Cluster, visitor: Visitor, cookie: tuple[str, str]
) -> None:
    assert "rendered_cells" in wait_for(lambda: page(visitor, cookie)).text
    before = deployments(place)
    assert before
    place.kill("dashboards")
    began = time.monotonic()
    wait_for(lambda: page(visitor, cookie).status_code == 200, seconds=90)
    print(f"the same page answers {time.monotonic() - began:.1f} s after the front's end")
    assert deployments(place) == before

    # Whom nobody reads after another restart is ended by a front that never started it.
    place.kill("dashboards")
    told = json.loads(place.kubectl("get", "configmap", "archipel-workspace", "-o", "json"))
    limit = json.loads(told["data"]["cluster.json"])["live"]["idle_seconds"]
    began = time.monotonic()
    wait_for(lambda: not deployments(place), seconds=limit + 120, every=2)
    print(f"ended {time.monotonic() - began:.0f} s after the restart (limit {limit} s)")
    assert time.monotonic() - began > limit - 30
    secrets = place.kubectl("get", "secrets", "-o", "name").split()
    assert not [name for name in secrets if "/live-" in name]
