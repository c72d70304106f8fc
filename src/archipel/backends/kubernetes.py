"""Tasks as pods of a cluster. The only module that imports the Kubernetes client.

What the cluster does is heard by two watches (jobs, pods), each begun by a list and begun again when it
breaks; a question is then answered from memory. Names make every verb harmless to repeat: a scheduler that
restarts finds its jobs again.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from archipel.backends import manifests, verdict
from archipel.backends.manifests import Ground
from archipel.backends.task import Status, Task

log = logging.getLogger("archipel.kubernetes")

SELECTOR = f"{manifests.LABEL}task"
RESYNC_SECONDS = 240
SYNC_SECONDS = 60.0
ABSENT, EXISTS = 404, 409


@dataclass(frozen=True)
class Answering:
    """A task that answers on a port. ``labels``: its own. ``age``: in seconds, since it was asked for."""

    name: str
    labels: Mapping[str, str]
    age: float


class Mirror:
    """What the API server has of one kind of object, by the task's name, kept by a watch."""

    def __init__(self, kind: str, listing: Callable[..., Any]) -> None:
        self._kind, self._listing = kind, listing
        self._held: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.synced = threading.Event()
        threading.Thread(target=self._follow, daemon=True, name=f"watch-{kind}").start()

    def of(self, task: str) -> list[dict[str, Any]]:
        """The objects of a task, the youngest last."""
        with self._lock:
            found = [thing for thing in self._held.values() if thing["metadata"]["labels"][SELECTOR] == task]
        return sorted(found, key=lambda thing: str(thing["metadata"].get("creationTimestamp")))

    def put(self, thing: dict[str, Any]) -> None:
        with self._lock:
            self._held[thing["metadata"]["name"]] = thing

    def _follow(self) -> None:
        while True:
            try:
                self._watch(self._list())
            except Exception as error:
                log.warning("watch of %s: %s", self._kind, str(error).splitlines()[0][:200])
                time.sleep(1)

    def _list(self) -> str:
        answer = json.loads(self._listing(label_selector=SELECTOR, _preload_content=False).data)
        with self._lock:
            self._held = {thing["metadata"]["name"]: thing for thing in answer["items"]}
        self.synced.set()
        return str(answer["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> None:
        """Until the server ends it, which it does after `RESYNC_SECONDS`; then the list is read again."""
        stream = self._listing(
            label_selector=SELECTOR,
            resource_version=version,
            watch=True,
            timeout_seconds=RESYNC_SECONDS,
            _request_timeout=(10, RESYNC_SECONDS + 30),
            _preload_content=False,
        )
        for line in _lines(stream):
            event = json.loads(line)
            if event["type"] == "ERROR":
                return
            thing = event["object"]
            with self._lock:
                if event["type"] == "DELETED":
                    self._held.pop(thing["metadata"]["name"], None)
                elif "metadata" in thing:
                    self._held[thing["metadata"]["name"]] = thing


class KubernetesBackend:
    def __init__(self, ground: Ground) -> None:
        from kubernetes import client, config

        config.load_incluster_config()
        self._ground = ground
        # Its answers are read as JSON here, which its annotations do not tell.
        self._core: Any = client.CoreV1Api()
        self._batch: Any = client.BatchV1Api()
        self._apps: Any = client.AppsV1Api()
        self._refusal: type[Exception] = client.ApiException
        place = {"namespace": ground.namespace}
        self._jobs = Mirror("jobs", lambda **options: self._batch.list_namespaced_job(**place, **options))
        self._pods = Mirror("pods", lambda **options: self._core.list_namespaced_pod(**place, **options))

    def start(self, task: Task) -> None:
        namespace = self._ground.namespace
        if task.secrets:
            self._once(self._core.create_namespaced_secret, manifests.secret(task, self._ground))
        if task.port is None:
            made = self._once(self._batch.create_namespaced_job, manifests.job(task, self._ground))
            if made is not None:
                # Known at once: the watch may tell of it a moment later.
                self._jobs.put(self._batch.api_client.sanitize_for_serialization(made))
        else:
            self._once(self._apps.create_namespaced_deployment, manifests.deployment(task, self._ground))
        log.info("task %s started in %s", task.name, namespace)

    def probe(self, task: Task, component: str) -> None:
        """Start a task in a pod that policies take for one of a ``component``'s."""
        made = self._once(self._batch.create_namespaced_job, manifests.probe(task, self._ground, component))
        if made is not None:
            self._jobs.put(self._batch.api_client.sanitize_for_serialization(made))

    def state(self, name: str) -> Status:
        self._demand_synced()
        job, pod = _last(self._jobs.of(name)), _last(self._pods.of(name))
        events = self._events(name) if job is not None and pod is None else []
        return verdict.status_of(job, pod, events, datetime.now(UTC))

    def address(self, name: str) -> str | None:
        """``http://<pod>:<port>`` of a task that answers on a port, once it is ready."""
        self._demand_synced()
        for pod in self._pods.of(name):
            told = pod.get("status") or {}
            ready = any(c["type"] == "Ready" and c["status"] == "True" for c in told.get("conditions") or ())
            if ready and told.get("podIP") and "deletionTimestamp" not in pod["metadata"]:
                port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
                return f"http://{told['podIP']}:{port}"
        return None

    def answering(self) -> list[Answering]:
        """Every task that answers on a port, ready or not: what lasts is the deployment, not its pod."""
        try:
            told = self._apps.list_namespaced_deployment(
                self._ground.namespace, label_selector=SELECTOR, _preload_content=False
            )
        except self._refusal as error:
            raise OSError(_said(error)) from None
        return [_answering(thing, datetime.now(UTC)) for thing in json.loads(told.data)["items"]]

    def logs(self, name: str, offset: int = 0) -> Iterator[bytes]:
        self._demand_synced()
        pod = _last(self._pods.of(name))
        if pod is None or verdict.node_lost(pod):
            # The API server would wait for a kubelet that is gone.
            return
        try:
            said = self._core.read_namespaced_pod_log(
                pod["metadata"]["name"], self._ground.namespace, _preload_content=False
            )
        except self._refusal:
            # Its container never started.
            return
        yield said.data[offset:]

    def stop(self, name: str, grace: timedelta = timedelta(seconds=10)) -> None:
        """A suspended job loses its pod in order: it is asked to end, and killed after its grace period."""
        body = {"metadata": {"annotations": {verdict.STOP: "1"}}, "spec": {"suspend": True}}
        if self._jobs.of(name):
            self._if_there(self._batch.patch_namespaced_job, name, body)
        else:
            self._if_there(self._apps.delete_namespaced_deployment, name, propagation_policy="Background")

    def forget(self, name: str) -> None:
        self._if_there(self._batch.delete_namespaced_job, name, propagation_policy="Background")
        self._if_there(self._core.delete_namespaced_secret, name)

    def _demand_synced(self) -> None:
        for mirror in (self._jobs, self._pods):
            if not mirror.synced.wait(SYNC_SECONDS):
                raise OSError("the API server of the cluster does not answer")

    def _events(self, job: str) -> list[Mapping[str, Any]]:
        """Why a job has no pod yet: the API server alone tells it, in its events."""
        told = self._core.list_namespaced_event(
            self._ground.namespace,
            field_selector=f"involvedObject.kind=Job,involvedObject.name={job}",
            _preload_content=False,
        )
        found: list[Mapping[str, Any]] = json.loads(told.data)["items"]
        return found

    def _once(self, create: Callable[..., Any], body: dict[str, Any]) -> Any:
        try:
            return create(self._ground.namespace, body)
        except self._refusal as error:
            if getattr(error, "status", None) != EXISTS:
                raise OSError(_said(error)) from None
            return None

    def _if_there(self, verb: Callable[..., Any], name: str, body: Any = None, **options: Any) -> None:
        try:
            verb(name, self._ground.namespace, **({"body": body} if body else {}), **options)
        except self._refusal as error:
            if getattr(error, "status", None) != ABSENT:
                raise OSError(_said(error)) from None


def _lines(stream: Any) -> Iterator[bytes]:
    rest = b""
    for chunk in stream.stream(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)


def _answering(deployment: Mapping[str, Any], now: datetime) -> Answering:
    metadata = deployment["metadata"]
    asked = datetime.fromisoformat(metadata["creationTimestamp"].replace("Z", "+00:00"))
    labels = {
        name.removeprefix(manifests.LABEL): value
        for name, value in metadata["labels"].items()
        if name.startswith(manifests.LABEL)
    }
    return Answering(labels["task"], labels, (now - asked).total_seconds())


def _last(found: list[dict[str, Any]]) -> dict[str, Any] | None:
    return found[-1] if found else None


def _said(error: Exception) -> str:
    """The API server's own sentence, which names the field or the quota."""
    try:
        return str(json.loads(getattr(error, "body", "") or "{}")["message"])[:500]
    except (ValueError, KeyError, TypeError):
        return str(error).splitlines()[0][:500]
