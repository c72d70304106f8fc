"""Tasks as pods of a cluster. The only module that imports the Kubernetes client.

What the cluster does is heard by two watches (jobs, pods), so that a question is answered from memory. Names
make every verb harmless to repeat: a scheduler that restarts finds its jobs again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from archipel.backends import manifests, verdict, waiting
from archipel.backends.manifests import Ground
from archipel.backends.mirror import SELECTOR, TIMEOUT, Mirror, first_line
from archipel.backends.task import Refusal, Status, Task
from archipel.errors import Unavailable
from archipel.texts import N_

log = logging.getLogger("archipel.kubernetes")

SYNC_SECONDS = 60.0
ABSENT, EXISTS, BUSY, BROKEN = 404, 409, 429, 500
TRIES = 1
"""How often a call is tried again: the scheduler's loop must turn, and asks again itself."""
LATER = N_("Réessayez dans une minute ; si cela dure, dites-le à qui administre cet espace.")


@dataclass(frozen=True)
class Answering:
    """A task that answers on a port. ``labels``: its own. ``age``: in seconds, since it was asked for."""

    name: str
    labels: Mapping[str, str]
    age: float


@contextmanager
def speaking() -> Iterator[None]:
    """What the client raises inside: `Unavailable` where the same may be done later, else `Refusal`."""
    from kubernetes.client import ApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ApiException as error:
        status = int(error.status or 0)
        # Two writers of one quota are told of a conflict too, by the status of what exists already.
        crossed = status == EXISTS and _answer(error).get("reason") == "Conflict"
        if not crossed and status != BUSY and status < BROKEN:
            raise Refusal(status, _said(error)) from None
        raise _unavailable(_said(error)) from error
    except HTTPError as error:
        # Its own words are of a socket, after an address that is nobody's business.
        raise _unavailable(first_line(getattr(error, "reason", None) or error).rpartition(": ")[2]) from error


def _unavailable(reason: str) -> Unavailable:
    return Unavailable("cluster.silent", "le cluster ne répond pas ({reason})", hint=LATER, reason=reason)


class KubernetesBackend:
    """``jobs``: whether it starts tasks that end by themselves, or only those that answer on a port."""

    def __init__(self, ground: Ground, *, jobs: bool = True) -> None:
        from kubernetes import client, config

        here = client.Configuration()
        config.load_incluster_config(client_configuration=here)
        here.retries = TRIES
        api = client.ApiClient(here)
        self._ground = ground
        # Its answers are read as JSON here, which its annotations do not tell.
        self._core: Any = client.CoreV1Api(api)
        self._batch: Any = client.BatchV1Api(api)
        self._apps: Any = client.AppsV1Api(api)
        place = {"namespace": ground.namespace}
        self._starts_jobs = jobs
        self._jobs = Mirror("jobs", lambda **options: self._batch.list_namespaced_job(**place, **options))
        self._pods = Mirror("pods", lambda **options: self._core.list_namespaced_pod(**place, **options))
        self._followed = (self._jobs, self._pods) if jobs else (self._pods,)
        for mirror in self._followed:
            mirror.follow()

    def start(self, task: Task) -> None:
        secret = None
        if task.secrets:
            secret = self._once(self._core.create_namespaced_secret, manifests.secret(task, self._ground))
        try:
            if task.port is None:
                self._start_job(manifests.job(task, self._ground))
            else:
                self._once(self._apps.create_namespaced_deployment, manifests.deployment(task, self._ground))
        except Refusal:
            if secret is not None:
                # Nothing that is there, or will be, is of any use for it.
                with suppress(Refusal, Unavailable):
                    self._if_there(self._core.delete_namespaced_secret, task.name)
            raise
        log.info("task %s started in %s", task.name, self._ground.namespace)

    def _start_job(self, job: dict[str, Any]) -> None:
        made = self._once(self._batch.create_namespaced_job, job)
        if made is not None:
            # Known at once: the watch may tell of it a moment later.
            self._jobs.put(self._batch.api_client.sanitize_for_serialization(made))

    def probe(self, task: Task, component: str) -> None:
        """Start a task in a pod that policies take for one of a ``component``'s."""
        self._start_job(manifests.probe(task, self._ground, component))

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

    def waits(self, name: str) -> str:
        """What the pod of a task that answers on a port waits for, in words; "" for one that runs."""
        pod = _last(self._pods.of(name))
        return waiting.sentence(verdict.waits(pod, () if pod else self._refusals(name)))

    def _refusals(self, name: str) -> list[dict[str, Any]]:
        """Why a deployment has no pod, as its conditions say it."""
        read = self._apps.list_namespaced_deployment
        found = json.loads(self._read(read, field_selector=f"metadata.name={name}"))["items"]
        conditions = [one for thing in found for one in thing["status"].get("conditions") or ()]
        return [one for one in conditions if one["type"] == "ReplicaFailure"]

    def answering(self) -> list[Answering]:
        """Every task that answers on a port, ready or not: what lasts is the deployment, not its pod."""
        told = self._read(self._apps.list_namespaced_deployment, label_selector=SELECTOR)
        return [_answering(thing, datetime.now(UTC)) for thing in json.loads(told)["items"]]

    def logs(self, name: str, offset: int = 0) -> Iterator[bytes]:
        self._demand_synced()
        pod = _last(self._pods.of(name))
        if pod is None or verdict.node_lost(pod):
            # The API server would wait for a kubelet that is gone.
            return
        try:
            said = self._read(self._core.read_namespaced_pod_log, name=pod["metadata"]["name"])
        except Refusal:
            # Its container never started.
            return
        except Unavailable as error:
            # Silent is the API server, which then does not answer this either; or the pod's node behind it,
            # which nobody waits for.
            self._read(self._core.list_namespaced_pod, limit=1)
            log.warning("no log of task %s: %s", name, error)
            return
        yield said[offset:]

    def stop(self, name: str, grace: timedelta = timedelta(seconds=10)) -> None:
        """A suspended job loses its pod in order: it is asked to end, and killed after its grace period."""
        body = {"metadata": {"annotations": {verdict.STOP: "1"}}, "spec": {"suspend": True}}
        if self._starts_jobs:
            self._if_there(self._batch.patch_namespaced_job, name, body=body)
        else:
            self._if_there(self._apps.delete_namespaced_deployment, name, propagation_policy="Background")

    def forget(self, name: str) -> None:
        if self._starts_jobs:
            self._if_there(self._batch.delete_namespaced_job, name, propagation_policy="Background")
        self._if_there(self._core.delete_namespaced_secret, name)

    def _demand_synced(self) -> None:
        for mirror in self._followed:
            if not mirror.synced.wait(SYNC_SECONDS):
                raise _unavailable(f"{SYNC_SECONDS:.0f} s")

    def _events(self, job: str) -> list[Mapping[str, Any]]:
        """Why a job has no pod yet: the API server alone tells it, in its events."""
        told = self._read(
            self._core.list_namespaced_event,
            field_selector=f"involvedObject.kind=Job,involvedObject.name={job}",
        )
        found: list[Mapping[str, Any]] = json.loads(told)["items"]
        return found

    def _once(self, create: Callable[..., Any], body: dict[str, Any]) -> Any:
        try:
            return self._call(create, body=body)
        except Refusal as refusal:
            if refusal.status != EXISTS:
                raise
            return None

    def _if_there(self, verb: Callable[..., Any], name: str, **options: Any) -> None:
        try:
            self._call(verb, name=name, **options)
        except Refusal as refusal:
            if refusal.status != ABSENT:
                raise

    def _read(self, verb: Callable[..., Any], **options: Any) -> bytes:
        """An answer as it came: its reading is part of the call."""
        with speaking():
            said: bytes = verb(**self._usual, **options, _preload_content=False).data
        return said

    def _call(self, verb: Callable[..., Any], **options: Any) -> Any:
        with speaking():
            return verb(**self._usual, **options)

    @property
    def _usual(self) -> dict[str, Any]:
        return {"namespace": self._ground.namespace, "_request_timeout": TIMEOUT}


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
    told = _answer(error).get("message")
    return str(told)[:500] if told else first_line(error)


def _answer(error: Exception) -> dict[str, Any]:
    try:
        told = json.loads(getattr(error, "body", "") or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
