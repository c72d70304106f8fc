"""The release on a real S3 server: large files, whose key a run holds (none), and a store that dies."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support import gateway as module
from support.drafts import submit_code
from support.gateway import Gateway
from support.outside import BUCKET, STORE_SECRET
from support.places import Cluster, Visitor
from support.workspace import wait_for

pytestmark = pytest.mark.needs_cluster

ALICE = "essai-alice"
ATTEMPT = "/srv/archipel/attempt"
MEGABYTES = 300
LARGE = f"""
import hashlib, os, time
from pathlib import Path
folder, digest, block = Path(os.environ["ARCHIPEL_OUTPUT"]), hashlib.sha256(), os.urandom(1024**2)
with (folder / "grand.bin").open("wb") as stream:
    for _turn in range({MEGABYTES}):
        stream.write(block)
        digest.update(block)
(folder / "empreinte.txt").write_text(digest.hexdigest())
"""
UNTIL_TOLD = """
import os, time
from pathlib import Path
while not (Path(os.environ["ARCHIPEL_OUTPUT"]) / "fin.txt").exists():
    time.sleep(0.2)
"""


@pytest.fixture(scope="module")
def gateway(place: Cluster) -> Iterator[Gateway]:
    """The S3 server that the release stands on."""
    folder = os.environ.get("ARCHIPEL_OUTSIDE", "")
    told = json.loads(place.kubectl("get", "configmap", "archipel-workspace", "-o", "json"))
    if not module.available() or not folder or "s3://" not in told["data"]["cluster.json"]:
        pytest.skip(
            "needs a release on the S3 server of this machine: versitygw on the PATH (tests/cluster/run)"
        )
    found = Gateway(Path(folder))
    found.start()
    yield found
    found.start()


@pytest.fixture(scope="module")
def alice(visitor: Visitor) -> httpx.Client:
    return visitor.sign_in(ALICE)


def running_pod(place: Cluster, run: str) -> str:
    def look() -> str:
        pods = json.loads(place.kubectl("get", "pods", "-l", f"archipel/run={run}", "-o", "json"))["items"]
        return next((p["metadata"]["name"] for p in pods if p["status"]["phase"] == "Running"), "")

    return str(wait_for(look, seconds=120))


def inside(place: Cluster, pod: str, *command: str, check: bool = True) -> str:
    return place.kubectl("exec", pod, "--", *command, check=check)


def let_end(place: Cluster, pod: str) -> None:
    """Harmless for a pod that has ended already."""
    inside(place, pod, "touch", f"{ATTEMPT}/fin.txt", check=False)


def reaches(place: Cluster, pod: str, gateway: Gateway) -> bool:
    code = (
        "import socket\n"
        "try:\n"
        f"    socket.create_connection(({gateway.address!r}, {gateway.port}), 5)\n"
        "    print('yes')\n"
        "except OSError:\n"
        "    print('no')"
    )
    return inside(place, pod, "python", "-c", code).strip() == "yes"


def objects(gateway: Gateway) -> dict[str, int]:
    folder = gateway.bucket(BUCKET)
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and ".sgwtmp" not in path.parts
    }


def test_a_run_holds_no_key_of_the_store_and_writes_in_its_own_place_alone(
    place: Cluster, visitor: Visitor, alice: httpx.Client, gateway: Gateway, tmp_path: Path
) -> None:
    run = submit_code(visitor, alice, tmp_path / "copie", UNTIL_TOLD)
    pod = running_pod(place, run)
    spec = json.loads(place.kubectl("get", "pod", pod, "-o", "json"))["spec"]
    secrets = {v["secret"]["secretName"] for v in spec["volumes"] if "secret" in v}
    assert secrets == {f"run-{run}-1"}
    assert STORE_SECRET not in json.dumps(spec)
    told = inside(place, pod, "env")
    assert not [word for word in (gateway.secret, gateway.access, "AWS_SHARED", "AWS_CONFIG") if word in told]
    folder = "/run/archipel/secrets"
    assert inside(place, pod, "sh", "-c", f"ls {folder}").split() == ["ARCHIPEL_API_TOKEN"]
    assert not reaches(place, pod, gateway)
    assert reaches(place, "deploy/archipel-portal", gateway)

    token = inside(place, pod, "cat", f"{folder}/ARCHIPEL_API_TOKEN")
    own = f"runs/bonjour/{run}/1/"

    def put(name: str) -> int:
        # From inside: no proxy in between makes a name plainer than it was sent.
        code = (
            "import os, sys, http.client; from urllib.parse import urlsplit\n"
            "url = urlsplit(os.environ['ARCHIPEL_API_URL'])\n"
            "c = http.client.HTTPConnection(url.hostname, url.port, timeout=30)\n"
            "c.request('PUT', f'{url.path}/attempt/files/{sys.argv[1]}', b'x', "
            "{'Authorization': f'Bearer {sys.argv[2]}'})\n"
            "print(c.getresponse().status)"
        )
        return int(inside(place, pod, "python", "-c", code, name, token))

    assert put("intrus.txt") == 201
    for name in (
        "../2/intrus.txt",
        "..%2F2%2Fintrus.txt",
        "../../autre/1/intrus.txt",
        "%2e%2e/%2e%2e/%2e%2e/pilote/intrus/1/intrus.txt",
        "../../../../content/pinned",
        "%2Fruns%2Fpilote%2Fintrus.txt",
        "a/../../../intrus.txt",
    ):
        assert put(name) in (403, 404, 405, 409, 422), name
    assert [key for key in objects(gateway) if "intrus" in key] == [f"{own}intrus.txt"]
    # With the manifest the attempt is what it says: nothing more comes in, and its pod, refused, has failed.
    assert put("manifest.json") == 201
    assert put("apres.txt") == 409
    let_end(place, pod)
    ended = visitor.ended(alice, run)
    assert ended["state"] == "failed"
    # A past attempt's token is worth nothing.
    answer = alice.put(
        visitor.api("attempt/files/apres.txt"), content=b"x", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401
    assert f"{own}apres.txt" not in objects(gateway)


def peak(place: Cluster, component: str) -> float:
    """The most memory that the process ever held, in MB."""
    told = inside(place, f"deploy/archipel-{component}", "cat", "/proc/1/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    assert found
    return int(found[1]) / 1024


def test_a_large_file_outlives_the_death_of_the_store_and_the_portal_holds_little_of_it(
    place: Cluster, visitor: Visitor, alice: httpx.Client, gateway: Gateway, tmp_path: Path
) -> None:
    earlier = visitor.ended(alice, visitor.submit(alice, "bonjour")["id"])
    assert earlier["state"] == "done"
    run = submit_code(visitor, alice, tmp_path / "copie", LARGE + UNTIL_TOLD)
    pod = running_pod(place, run)
    wait_for(lambda: inside(place, pod, "ls", f"{ATTEMPT}/empreinte.txt", check=False).strip(), seconds=300)
    before = peak(place, "portal")
    let_end(place, pod)
    # Parts of it are there: the store dies in the middle of it, for longer than any client's patience.
    parts = gateway.bucket(BUCKET) / ".sgwtmp"
    wait_for(lambda: sum(p.stat().st_size for p in parts.rglob("*") if p.is_file()) > 16e6, every=0.02)
    gateway.kill()
    began = time.monotonic()
    # Those of a run that has yet to end are nobody's to read.
    told = alice.get(visitor.api(f"runs/{earlier['id']}/files"))
    assert told.status_code == 503, told.text
    assert "le magasin d’objets ne répond pas" in told.json()["message"]
    assert alice.get(visitor.api(f"runs/{run}")).json()["state"] == "running"
    meanwhile = visitor.submit(alice, "bonjour", prenom="Zoé")["id"]
    time.sleep(max(0.0, 20 - (time.monotonic() - began)))
    gateway.start()

    done = visitor.ended(alice, run, seconds=240)
    assert done["state"] == "done", done
    assert visitor.ended(alice, meanwhile)["state"] == "done"
    listed = alice.get(visitor.api(f"runs/{run}/files")).json()
    sizes = {entry["name"]: entry["size"] for entry in listed}
    manifest = alice.get(visitor.api(f"runs/{run}/files/manifest.json")).json()
    for name, entry in manifest["files"].items():
        assert sizes[name] == entry["size"], name
    digest, size = hashlib.sha256(), 0
    with alice.stream("GET", visitor.api(f"runs/{run}/files/grand.bin")) as answer:
        for chunk in answer.iter_bytes():
            digest.update(chunk)
            size += len(chunk)
    assert size == MEGABYTES * 1024**2
    assert digest.hexdigest() == alice.get(visitor.api(f"runs/{run}/files/empreinte.txt")).text
    after = peak(place, "portal")
    print(f"{MEGABYTES} MB in and out: portal's peak {before:.0f} → {after:.0f} MB")
    assert after - before < 150


def test_a_publication_is_whole_or_told_failed_when_the_store_dies_under_it(
    place: Cluster, visitor: Visitor, gateway: Gateway
) -> None:
    chef = visitor.sign_in("essai-chef")
    assert visitor.ended(chef, visitor.submit(chef, "bonjour")["id"])["state"] == "done"
    asked = chef.post(visitor.api("dashboards/bonjour/publish"), headers={"Sec-Fetch-Site": "same-origin"})
    assert asked.status_code == 201, asked.text
    run = asked.json()["id"]
    running_pod(place, run)
    gateway.kill()
    time.sleep(25)
    gateway.start()
    ended = visitor.ended(chef, run)
    shown = {board["defi"]: board for board in chef.get(visitor.api("dashboards")).json()}["bonjour"]
    listed = {version["id"] for version in shown["versions"]}
    assert (ended["state"] == "done") == (run in listed), ended
    page = chef.get(f"{place.content_url}/d/bonjour/")
    assert page.status_code == 200
