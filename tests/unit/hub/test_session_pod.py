"""The pod of a session, as KubeSpawner itself makes it from our settings: whole, and fit for "restricted"."""

from __future__ import annotations

import ast
import asyncio
import inspect
import socket
import textwrap
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

pytest.importorskip("kubespawner", reason="the platform's own packages for Kubernetes")

from traitlets import HasTraits

from archipel.catalog.load import load_catalog
from archipel.cluster import Cluster
from archipel.datafolder import DataFolder
from archipel.deploy.restricted import problems
from archipel.hub import clustered, podspawner
from archipel.isolation import CUT, OPEN, Held, Verdict, refusal
from archipel.workspace import Workspace
from support.golden import matches
from support.source import ROOT

TOKEN = "jeton-de-la-session-d-alice"
PODS = {
    "namespace": "archipel",
    "prefix": "registre.exemple.gouv.fr/archipel/",
    "release": "c0ffee123456",
    "pull_secrets": ["registre"],
    "node_selector": {"usage": "calcul"},
    "tolerations": [{"key": "reserve", "operator": "Exists", "effect": "NoSchedule"}],
    "labels": {"equipe": "donnees", "app.kubernetes.io/instance": "archipel"},
    "environment": {"HTTPS_PROXY": "http://mandataire.exemple.gouv.fr:3128"},
}
INSIDE = {name: f"http://archipel-{name}:80" for name in ("hub", "portal", "mlflow")}
WORKSPACE = Workspace("shared", "archipel", "https", "a.fr", 8000, "b.fr", "c.fr", inside=INSIDE)


class Known:
    """What KubeSpawner asks of a user."""

    name = escaped_name = "alice"
    id, admin, url = 1, True, "/user/alice/"
    created = datetime(2026, 1, 2, 3, 4, 5, 6)  # as JupyterHub keeps it
    groups = (SimpleNamespace(name="pilotes"), SimpleNamespace(name="agents"))
    settings: dict[str, Any] = {}  # noqa: RUF012  # read only, of a stand-in


def session_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the API server would be sent for alice, the catalogue being the shipped one."""
    from kubernetes_asyncio.client import ApiClient

    spawner = spawner_of_alice(tmp_path, monkeypatch)

    async def made() -> dict[str, Any]:
        await spawner._start()
        async with ApiClient() as client:
            pod: dict[str, Any] = client.sanitize_for_serialization(await spawner.get_pod_manifest())
        return pod

    return {"apiVersion": "v1", "kind": "Pod"} | asyncio.run(made())


def spawner_of_alice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> podspawner.PodSpawner:
    from kubespawner import KubeSpawner
    from traitlets.config import Config

    data = DataFolder(tmp_path)
    data.running.mkdir(exist_ok=True)
    data.workspace_file.write_text(WORKSPACE.to_json(), encoding="utf-8")
    checkout = SimpleNamespace(folder=ROOT)
    for module in (podspawner, podspawner.ChosenProfile.__module__):
        monkeypatch.setattr(f"{getattr(module, '__name__', module)}.pinned", lambda _data: checkout)
    monkeypatch.setattr(podspawner, "lock_of", lambda _folder, _image: "9f8e7d6c5b4a")

    async def nothing(*_words: Any) -> None:
        """No cluster is there to be asked."""

    for name in ("_keep_token", "_answering"):
        monkeypatch.setattr(podspawner.PodSpawner, name, nothing)
    monkeypatch.setattr(podspawner.homeclaims, "demand", nothing)
    monkeypatch.setattr(KubeSpawner, "_start", nothing)
    for name in ("load_config", "shared_client"):
        monkeypatch.setattr(f"kubespawner.spawner.{name}", lambda *_words, **_options: None)
    config = Config()
    homes = {"size": "10Gi", "class": "lente", "groups": "groupes"}
    clustered.set_spawner(config, data, Cluster("s3://a", PODS, homes))
    hub = SimpleNamespace(public_host="", url="/hub/", base_url="/hub/", api_url="http://hub/hub/api")
    spawner = podspawner.PodSpawner(config=config, hub=hub, user=Known())
    spawner.api_token = TOKEN
    spawner.user_options = {}
    return spawner


def names_of(kind: type) -> set[str]:
    """What a class defines, and what its methods give to ``self``."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    given = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    return {name for name in given | set(vars(kind)) if not name.startswith("__")}


def test_nothing_of_the_hub_s_own_is_replaced_by_chance() -> None:
    """A private name of JupyterHub's Spawner that is ours too: ``_failed`` was, and no start was pending."""
    theirs = set(dir(podspawner.KubeSpawner)).union(
        *(names_of(kind) for kind in podspawner.KubeSpawner.__mro__ if kind is not object)
    )
    ours = names_of(podspawner.ChosenProfile) | names_of(podspawner.PodSpawner)
    assert {"_scope", "_lock", "_over", "ended", "ground"} <= ours
    # Traitlets gives each class of traits a few names of its own.
    machinery = set(vars(type("Plain", (HasTraits,), {})))
    replaced = {
        "_make_create_pod_request",
        "_make_create_pvc_request",
        "_options_form_default",
        "_start",
        "get_env",
        "get_state",
        "load_state",
        "load_user_options",
        "options_from_form",
        "poll",
        "stop",
    }
    settings = {
        *("cpu_guarantee", "cpu_limit", "mem_guarantee", "mem_limit", "image"),
        *("extra_labels", "extra_resource_guarantees", "extra_resource_limits", "delete_grace_period"),
        *("volumes", "volume_mounts", "storage_extra_annotations", "_pvc_exists"),
    }
    assert (ours & theirs) - machinery == replaced | settings


def test_no_label_of_the_deployment_takes_a_session_out_of_its_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {"app.kubernetes.io/part-of": "autre", "equipe": "donnees"}
    monkeypatch.setitem(PODS, "labels", labels)  # type: ignore[arg-type]  # its values are of many kinds
    made = spawner_of_alice(tmp_path, monkeypatch)
    assert made.common_labels == labels | {"app.kubernetes.io/part-of": "archipel"}


def test_a_sensitive_profile_starts_only_once_the_cut_is_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tornado.web import HTTPError

    catalog = load_catalog(ROOT)
    profiles = {
        name: one.model_copy(update={"sensible": one.default}) for name, one in catalog.profiles.items()
    }
    marked = catalog.model_copy(update={"profiles": profiles})
    monkeypatch.setattr("archipel.hub.choice.cached_catalog", lambda _folder: marked)
    verdicts = iter([None, Verdict(0, 3600, OPEN, ("run → api",)), Verdict(time.time(), 3600, CUT)])
    monkeypatch.setattr("archipel.hub.choice.isolation_of", lambda _data: Isolated(next(verdicts)))
    for folder, word in (("a", "pas encore été éprouvée"), ("b", "une destination interdite répond")):
        (tmp_path / folder).mkdir()
        with pytest.raises(HTTPError) as refused:
            session_pod(tmp_path / folder, monkeypatch)
        assert word in refused.value.jupyterhub_message
    (tmp_path / "c").mkdir()
    pod = session_pod(tmp_path / "c", monkeypatch)
    assert pod["metadata"]["labels"]["archipel/sensible"] == "profil-datascience"
    assert "HTTPS_PROXY" not in {one["name"] for one in pod["spec"]["containers"][0]["env"]}


class Isolated:
    def __init__(self, last: Verdict | None) -> None:
        self._last = last

    def held(self) -> Held | None:
        return refusal(self._last, time.time())


def test_a_session_s_pod_is_the_one_that_was_reviewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool
) -> None:
    pod = session_pod(tmp_path, monkeypatch)
    assert TOKEN not in yaml.safe_dump(pod)
    assert [str(one) for one in problems([pod])] == []
    matches(Path(__file__).parent / "golden" / "session.yaml", yaml.safe_dump(pod), update_golden)


def pod_of_alice(*, deleted: bool = False, lost: bool = False, code: int | None = None) -> dict[str, Any]:
    """As the watch tells it: `deleted` by somebody, its node `lost`, its process ended with `code`."""
    state = {"running": {}} if code is None else {"terminated": {"exitCode": code}}
    target = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager"}
    return {
        "metadata": {"name": "session-alice", **({"deletionTimestamp": "2026-01-01"} if deleted else {})},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "conditions": [target] if lost else [],
            "containerStatuses": [{"name": "notebook", "ready": True, "state": state}],
        },
    }


@pytest.mark.parametrize(
    ("pod", "status", "ended"),
    [
        (pod_of_alice(), None, ""),
        (pod_of_alice(lost=True, deleted=True), 1, "node-lost"),
        (None, 1, "deleted"),
        (pod_of_alice(deleted=True, code=0), 0, "deleted"),
        (pod_of_alice(code=0), 0, ""),
    ],
    ids=["runs", "node lost", "pod gone", "deleted in order", "ended by itself"],
)
def test_an_end_that_nobody_asked_for_is_told(
    pod: dict[str, Any] | None,
    status: int | None,
    ended: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spawner, stopped = spawner_of_alice(tmp_path, monkeypatch), []
    held = {"archipel/session-alice": pod} if pod else {}

    async def nothing(*_words: Any, **_options: Any) -> None:
        """The watch of a cluster, which is not there."""

    async def stop(*, now: bool) -> None:
        stopped.append(now)

    kind = type(spawner)
    monkeypatch.setattr(kind, "_start_watching_pods", nothing)
    monkeypatch.setattr(kind, "pod_reflector", SimpleNamespace(pods=held))
    monkeypatch.setattr(kind, "stop", lambda _self, now=False: stop(now=now))
    server = SimpleNamespace(url="http://10.0.0.1:8888/")
    monkeypatch.setattr(kind, "server", server)
    monkeypatch.setattr(kind, "_get_pod_url", lambda *_words: server.url)
    assert asyncio.run(spawner.poll()) == status
    assert spawner.ended == ended
    # Where nobody is left to end it in order, it is removed at once.
    assert stopped == ([True] if pod and status is not None else [])
    # The hub may start again before anyone reads it.
    again = spawner_of_alice(tmp_path, monkeypatch)
    again.load_state(spawner.get_state())
    assert again.ended == ended


@pytest.mark.parametrize("repair", ["ends", "fails", "lasts"])
@pytest.mark.parametrize(
    ("seen", "stands"), [(False, True), (False, False), (True, True)], ids=["unseen", "never made", "seen"]
)
def test_starts_given_up_whose_pod_was_never_seen_begin_the_watch_anew_once(
    seen: bool, stands: bool, repair: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KubeSpawner's own comes with a delay that ours is shorter than; what it does is told to nobody."""
    spawner = spawner_of_alice(tmp_path, monkeypatch)
    kind, anew = type(spawner), []

    async def never(*_words: Any) -> None:
        await asyncio.sleep(3600)

    async def start_watching(*, replace: bool = False) -> None:
        anew.append(replace)
        await asyncio.sleep(3600 if repair == "lasts" else 0.01)
        if repair == "fails":
            raise RuntimeError("forbidden")

    waiting = pod_of_alice() | {"status": {"phase": "Pending"}}
    held = {"archipel/session-alice": waiting} if seen else {}
    monkeypatch.setattr(podspawner.KubeSpawner, "_start", never)
    monkeypatch.setattr(
        kind, "_start_watching_pods", lambda _self, replace=False: start_watching(replace=replace)
    )
    monkeypatch.setattr(kind, "pod_reflector", SimpleNamespace(pods=held))
    monkeypatch.setattr(podspawner, "GIVE_UP_SECONDS", 0.05)
    monkeypatch.setattr(spawner, "_stands", lambda: asyncio.sleep(0, stands))
    spawner.start_timeout = 0

    async def two() -> list[Any]:
        """Two sessions share the watch: each would hide every pod from who waits for the other's list."""
        return await asyncio.gather(spawner._start(), spawner._start(), return_exceptions=True)

    for given_up in asyncio.run(asyncio.wait_for(two(), 10)):
        assert "n’a pas démarré à temps" in given_up.jupyterhub_message
    assert anew == ([True] if stands and not seen else [])


@pytest.mark.parametrize(("answer", "stands"), [(None, True), (RuntimeError("absent"), False)])
def test_a_pod_stands_where_the_api_server_has_it(
    answer: Exception | None, stands: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawner = spawner_of_alice(tmp_path, monkeypatch)

    async def read(name: str, namespace: str) -> None:
        assert (name, namespace) == (spawner.pod_name, spawner.namespace)
        if answer:
            raise answer

    spawner.api = SimpleNamespace(read_namespaced_pod=read)
    assert asyncio.run(spawner._stands()) == stands


def test_its_server_is_looked_for_no_longer_than_the_start_may_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, spawner = podspawner.PodSpawner._answering, spawner_of_alice(tmp_path, monkeypatch)
    polled = []

    async def runs(_self: Any) -> None:
        polled.append(time.monotonic())

    monkeypatch.setattr(type(spawner), "poll", runs)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        for left in (-1.0, 0.2):
            polled.clear()
            asyncio.run(asyncio.wait_for(looked(spawner, url, time.monotonic() + left), 5))
            assert bool(polled) == (left > 0)


class Claims:
    """The API server's claims; ``mark``: what the one of alice bears."""

    def __init__(self, mark: str | None, *, there: bool = True) -> None:
        self.mark, self.there = mark, there

    async def read_namespaced_persistent_volume_claim(self, name: str, _namespace: str) -> Any:
        assert name == "home-alice"
        if not self.there:
            raise Missing
        annotations = {"archipel/holder": self.mark} if self.mark else None
        return SimpleNamespace(metadata=SimpleNamespace(annotations=annotations))


class Missing(Exception):
    status = 404


@pytest.mark.parametrize(
    ("claims", "opened"),
    [
        (Claims(None, there=False), True),
        (Claims(None), True),
        (Claims("2026-01-02T03:04:05.000006"), True),
        (Claims("2025-06-07T08:09:10.000011"), False),
    ],
    ids=["none", "unmarked", "own", "leaver"],
)
def test_the_home_of_an_earlier_holder_is_not_mounted(
    claims: Claims, opened: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand = podspawner.homeclaims.demand
    spawner = spawner_of_alice(tmp_path, monkeypatch)
    monkeypatch.setattr(podspawner.homeclaims, "demand", demand)
    started = []

    async def start(_self: Any) -> str:
        started.append(spawner.get_pvc_manifest().metadata.annotations["archipel/holder"])
        return ""

    monkeypatch.setattr(podspawner.KubeSpawner, "_start", start)
    spawner.api = claims
    # As after an earlier session: KubeSpawner does not look any more.
    spawner._pvc_exists = True
    if opened:
        asyncio.run(spawner._start())
        assert started == ["2026-01-02T03:04:05.000006"]
        # One that an operator deleted is made again.
        assert spawner._pvc_exists is claims.there
        return
    with pytest.raises(RuntimeError) as refused:
        asyncio.run(spawner._start())
    assert "celui de quelqu’un d’autre" in refused.value.jupyterhub_message
    assert started == []


def test_whoever_the_hub_forgets_keeps_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert spawner_of_alice(tmp_path, monkeypatch).delete_pvc is False
