"""Why a run does not start, or ends, on a cluster: each cause is made for real, and told in its words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.places import Cluster, Visitor
from support.taken import taken
from support.workspace import wait_for

CHEF = "essai-chef"
SAME = {"Sec-Fetch-Site": "same-origin"}

RESOURCES = {
    "gourmande": {"cpu": 0.5, "memory": "400M"},
    "patiente": {"cpu": 0.5, "memory": "400M"},
    "geante": {"cpu": 256, "memory": "1G"},
    "avide": {"cpu": 1, "memory": "900G"},
}
LAST_CELL = {
    "gourmande": "held = [bytearray(50_000_000) for _ in range(40)]",
    "patiente": "import time; time.sleep(300)",
}
WRITE = f"""
python - <<'FIN'
import json, pathlib, yaml
catalogue, folder = pathlib.Path('catalog/defis/bonjour.yaml'), pathlib.Path('notebooks/bonjour')
usual = catalogue.read_text()
for name, resources in {RESOURCES!r}.items():
    declared = yaml.safe_load(usual)
    own = declared['executions']['execution'] | {{'resources': resources}}
    if name in {set(LAST_CELL)!r}:
        own['notebook'] = name + '.ipynb'
    known = yaml.safe_load(catalogue.read_text())
    known['executions'][name] = own
    catalogue.write_text(yaml.safe_dump(known, allow_unicode=True))
for name, source in {LAST_CELL!r}.items():
    notebook = json.loads((folder / 'execution.ipynb').read_text())
    code = [cell for cell in notebook['cells'] if cell['cell_type'] == 'code']
    code[-1]['source'] = [source]
    (folder / (name + '.ipynb')).write_text(json.dumps(notebook))
FIN
"""


@pytest.fixture(scope="module")
def _executions(visitor: Visitor, chef: httpx.Client) -> Iterator[None]:
    with taken(visitor, CHEF, chef, WRITE):
        yield


def submit(visitor: Visitor, who: httpx.Client, execution: str) -> str:
    body = {"defi": "bonjour", "execution": execution, "parameters": {}}
    answer = who.post(visitor.api("runs"), json=body, headers=SAME)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def waits(visitor: Visitor, who: httpx.Client, run: str, words: str) -> str:
    """The page of a run that says why it waits; the run is cancelled then."""

    def told() -> str:
        page = who.get(f"{visitor.portal}/runs/{run}").text
        return page if words in page else ""

    page = str(wait_for(told, seconds=60))
    assert who.get(visitor.api(f"runs/{run}")).json()["state"] == "running"
    assert who.post(visitor.api(f"runs/{run}/cancel"), headers=SAME).status_code == 200
    assert visitor.ended(who, run)["state"] == "cancelled"
    return page


def pod_of(place: Cluster, run: str) -> dict[str, Any]:
    def running() -> dict[str, Any] | None:
        pods = json.loads(place.kubectl("get", "pods", "-l", "app.kubernetes.io/component=run", "-o", "json"))
        named = [p for p in pods["items"] if run.lower() in p["metadata"]["name"]]
        return named[0] if named and named[0]["status"].get("phase") == "Running" else None

    found: dict[str, Any] = wait_for(running, seconds=90)
    return found


@pytest.mark.usefixtures("_executions")
def test_out_of_memory(visitor: Visitor, chef: httpx.Client) -> None:
    done = visitor.ended(chef, submit(visitor, chef, "gourmande"))
    assert done["state"] == "failed"
    told = f"{done['failure']['error']} {done['failure']['message']}"
    assert "émoire" in told, told
    assert "resources: memory" in told, told


@pytest.mark.usefixtures("_executions")
def test_no_node_is_large_enough(visitor: Visitor, chef: httpx.Client) -> None:
    waits(visitor, chef, submit(visitor, chef, "geante"), "aucun nœud n’a pour l’instant")


@pytest.mark.usefixtures("_executions")
def test_the_quota_is_full(visitor: Visitor, chef: httpx.Client) -> None:
    waits(visitor, chef, submit(visitor, chef, "avide"), "le quota de l’espace de travail est plein")


@pytest.mark.usefixtures("_executions")
def test_a_pod_that_is_deleted(place: Cluster, visitor: Visitor, chef: httpx.Client) -> None:
    run = submit(visitor, chef, "patiente")
    place.kubectl("delete", "pod", pod_of(place, run)["metadata"]["name"], "--wait=false")
    done = visitor.ended(chef, run)
    assert done["state"] == "interrupted", done
    assert "son pod a été supprimé. Relancez-la" in chef.get(f"{visitor.portal}/runs/{run}").text


@pytest.mark.usefixtures("_executions")
def test_a_pod_that_is_evicted(place: Cluster, visitor: Visitor, chef: httpx.Client) -> None:
    run = submit(visitor, chef, "patiente")
    name = pod_of(place, run)["metadata"]["name"]
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": place.namespace},
    }
    path = f"/api/v1/namespaces/{place.namespace}/pods/{name}/eviction"
    place.kubectl("create", "--raw", path, "-f", "-", given=json.dumps(eviction))
    done = visitor.ended(chef, run)
    assert done["state"] == "interrupted", done
    assert "l’a écartée. Relancez-la" in chef.get(f"{visitor.portal}/runs/{run}").text


def test_an_image_that_nobody_built(visitor: Visitor, chef: httpx.Client) -> None:
    """The commit's own lock names it: the run says so within minutes, and does not wait for ever."""
    change = "sed -i '1i # plus récent' images/datascience/requirements.txt"
    with taken(visitor, CHEF, chef, change):
        run = submit(visitor, chef, "execution")
        wait_for(
            lambda: "l’image n’est pas encore sur le nœud" in chef.get(f"{visitor.portal}/runs/{run}").text
        )
        done = visitor.ended(chef, run, seconds=240)
    assert done["state"] == "failed"
    assert done["failure"]["error"] == "Image absente"
    assert "make images" in done["failure"]["message"]
