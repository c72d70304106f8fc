"""What a profile promises, held on a cluster: its GPU, its groups, its limits, its image of the day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.places import Cluster, Visitor
from support.taken import taken
from support.workspace import wait_for

CHEF, ALICE, BRUNO = "essai-chef", "essai-alice", "essai-bruno"
GPU = "nvidia.com/gpu"
PROFILES = """\
  calcul-gpu:
    title: {fr: Calcul sur GPU, en: GPU computing}
    description: {fr: Un GPU., en: One GPU.}
    image: datascience
    resources: {cpu: 0.5, memory: 600M, gpu: 1}
    audience: {access: groups, groups: [pilotes, administrateurs]}
"""


@pytest.fixture(scope="module")
def _gpu_profile(visitor: Visitor, chef: httpx.Client) -> Iterator[None]:
    with taken(visitor, CHEF, chef, f"cat >>catalog/profiles.yaml <<'FIN'\n{PROFILES}FIN"):
        yield


@pytest.fixture
def _fake_gpu(place: Cluster) -> Iterator[None]:
    """One node tells of one GPU, as a device plug-in would: the scheduler counts it, nothing computes."""
    node = place.kubectl("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")
    path = "/status/capacity/" + GPU.replace("/", "~1")

    def patch(**operation: str) -> None:
        words = ("--subresource=status", "--type=json", "-p", json.dumps([{"path": path, **operation}]))
        place.kubectl("patch", "node", node, *words)

    patch(op="add", value="1")
    # What is capacity, the kubelet makes allocatable.
    allocatable = ("get", "node", node, "-o", "jsonpath={.status.allocatable}")
    wait_for(lambda: GPU in place.kubectl(*allocatable), seconds=60)
    yield
    patch(op="remove")


def session_pod(place: Cluster, name: str) -> dict[str, Any]:
    selector = "app.kubernetes.io/component=session"
    pods = json.loads(place.kubectl("get", "pods", "-l", selector, "-o", "json"))["items"]
    found: dict[str, Any] = next(
        p for p in pods if name in json.dumps(p["metadata"].get("annotations", {})) + p["metadata"]["name"]
    )
    return found


@pytest.mark.usefixtures("_gpu_profile", "_fake_gpu")
def test_a_gpu_is_one_person_s_until_its_session_ends(place: Cluster, visitor: Visitor) -> None:
    alice = visitor.sign_in(ALICE)
    visitor.close_session(ALICE)
    visitor.open_session(ALICE, profile="calcul-gpu")
    try:
        limits = session_pod(place, ALICE)["spec"]["containers"][0]["resources"]["limits"]
        assert limits[GPU] == "1"
        assert visitor.python(ALICE, alice, "import os; print(os.environ['ARCHIPEL_GPUS'])").strip() == "1"
        operator, user = visitor.operator(), f"{visitor.url}/hub/api/users/{CHEF}"
        visitor.close_session(CHEF)
        asked = operator.post(f"{user}/server", json={"profile": "calcul-gpu"})
        assert asked.status_code in (201, 202), asked.text
        pending = visitor.sign_in(CHEF)
        page = f"{visitor.url}/hub/spawn-pending/{CHEF}"
        wait_for(lambda: "aucun nœud n’a pour l’instant" in pending.get(page).text, seconds=30)
        # It starts by itself once the other ends.
        visitor.close_session(ALICE)
        wait_for(lambda: operator.get(user).json()["servers"].get("", {}).get("ready"), seconds=90)
    finally:
        visitor.close_session(ALICE)
        visitor.close_session(CHEF)
        visitor.open_session(CHEF, profile="datascience")


@pytest.mark.usefixtures("_gpu_profile")
def test_a_profile_is_its_groups_own(visitor: Visitor) -> None:
    bruno = visitor.sign_in(BRUNO)
    assert "Calcul sur GPU" not in bruno.get(f"{visitor.url}/hub/spawn/{BRUNO}").text
    user = f"{visitor.url}/hub/api/users/{BRUNO}"
    refused = visitor.operator().post(f"{user}/server", json={"profile": "calcul-gpu"})
    assert refused.status_code == 403, refused.text
    visitor.open_session(BRUNO)
    visitor.close_session(BRUNO)


def test_limits_are_the_profile_s(place: Cluster, visitor: Visitor) -> None:
    visitor.sign_in(ALICE)
    visitor.open_session(ALICE, profile="datascience")
    try:
        limits = session_pod(place, ALICE)["spec"]["containers"][0]["resources"]["limits"]
        assert (limits["cpu"], limits["memory"]) == ("1", str(2 * 1024**3))
    finally:
        visitor.close_session(ALICE)


@pytest.mark.parametrize(
    "broken",
    [
        "open(home / '.ipython/profile_default/startup/00.py', 'w').write('import os; os._exit(1)')",
        "open(home / '.jupyter/jupyter_server_config.py', 'w').write('raise SystemExit(1)')",
    ],
)
def test_a_session_starts_whatever_its_start_up_files_say(visitor: Visitor, broken: str) -> None:
    bruno = visitor.sign_in(BRUNO)
    visitor.open_session(BRUNO)
    folders = "('.ipython/profile_default/startup', '.jupyter')"
    made = f"[(home / folder).mkdir(parents=True, exist_ok=True) for folder in {folders}]"
    code = f"import pathlib; home = pathlib.Path.home(); {made}; {broken}"
    visitor.python(BRUNO, bruno, code)
    visitor.close_session(BRUNO)
    visitor.open_session(BRUNO, seconds=150)
    try:
        assert visitor.python(BRUNO, bruno, "print(6 * 7)").strip() == "42"
        assert "Ménage" in bruno.get(f"{visitor.url}/user/{BRUNO}/archipel/menage").text
        files = ".ipython/profile_default/startup/00.py", ".jupyter/jupyter_server_config.py"
        mend = f"import pathlib; [(pathlib.Path.home() / f).unlink(missing_ok=True) for f in {files!r}]"
        visitor.python(BRUNO, bruno, mend)
    finally:
        visitor.close_session(BRUNO)


def test_a_newer_image_is_told_and_the_session_goes_on(visitor: Visitor, chef: httpx.Client) -> None:
    state = f"{visitor.url}/user/{CHEF}/archipel/etat"
    visitor.python(CHEF, chef, "print(1)")
    assert chef.get(state).json()["newer"] is False
    with taken(visitor, CHEF, chef, "sed -i '1i # plus récent' images/datascience/requirements.txt"):
        wait_for(lambda: chef.get(state).json()["newer"], seconds=120)
        assert visitor.python(CHEF, chef, "print(6 * 7)").strip() == "42"
