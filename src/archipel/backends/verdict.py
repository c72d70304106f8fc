"""What the objects of a task say of it: its job, its pod, the job's events → a status. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from archipel.backends.task import State, Status

STOP = "archipel/stop"
"""Annotation of a job that somebody asked to stop."""
PATIENCE_SECONDS = 900
"""How long a task may wait for room or quota before it is told to have failed."""
IMAGE_SECONDS = 120
"""How long for its image once it has a node: a pull that fails is tried again meanwhile."""
NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"}
CANNOT_START = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}

Object = Mapping[str, Any]


def status_of(job: Object | None, pod: Object | None, events: Iterable[Object], now: datetime) -> Status:
    """``job``, ``pod``: as the API server has them now, None where it has none."""
    stopped = job is not None and STOP in (job["metadata"].get("annotations") or {})
    ended = _ended(pod) if pod is not None else None
    if job is not None and _condition(job, "Complete") is not None:
        # Its pod may be gone already, or be told here a moment later.
        ended = Status(State.DONE, 0)
    if stopped and (pod is None or ended is not None):
        return Status(State.CANCELLED, ended.exit_code if ended else None, "stop")
    if ended is not None:
        return ended
    if job is None and pod is None:
        return Status(State.INTERRUPTED, None, "gone")
    if job is not None and (failed := _condition(job, "Failed")) is not None:
        if failed.get("reason") == "DeadlineExceeded":
            return Status(State.FAILED, None, "timeout")
        # Two watches tell of them: a pod that is there still tells its own end a moment later.
        return Status(State.INTERRUPTED, None, "deleted") if pod is None else Status(State.RUNNING)
    waited_for = waits(pod, events)
    since = _instant((pod or job or {}).get("metadata", {}).get("creationTimestamp"))
    limit = PATIENCE_SECONDS
    if waited_for in ("image", "refused"):
        # What it waited for a node is not its image's.
        placed = _condition(pod, "PodScheduled") if pod is not None else None
        since, limit = _instant((placed or {}).get("lastTransitionTime")) or since, IMAGE_SECONDS
    waited = (now - since).total_seconds() if since else 0.0
    if waited_for and waited_for != "starting" and waited > limit:
        return Status(State.FAILED, None, waited_for)
    return Status(State.RUNNING, None, waited_for)


def _ended(pod: Object) -> Status | None:
    """The end of a pod, where it has come."""
    told = pod.get("status") or {}
    if told.get("reason") == "Evicted":
        return Status(State.INTERRUPTED, None, "evicted")
    if told.get("reason") == "DeadlineExceeded":
        return Status(State.FAILED, None, "timeout")
    if node_lost(pod):
        return Status(State.INTERRUPTED, None, "node-lost")
    disrupted = _condition(pod, "DisruptionTarget") or {}
    if disrupted.get("reason") in ("EvictionByEvictionAPI", "TerminationByKubelet", "PreemptionByScheduler"):
        return Status(State.INTERRUPTED, None, "evicted")
    for container in told.get("containerStatuses") or ():
        over = (container.get("state") or {}).get("terminated")
        if over is not None:
            return _exit(over, deleted="deletionTimestamp" in pod["metadata"])
    if told.get("phase") == "Failed":
        return Status(State.INTERRUPTED, None, "node-lost" if told.get("reason") == "NodeLost" else "deleted")
    return None


def node_lost(pod: Object) -> bool:
    """Whether the cluster gave up on the pod's node. Its containers are told as they last were."""
    disrupted = _condition(pod, "DisruptionTarget") or {}
    return disrupted.get("reason") in ("DeletionByTaintManager", "DeletionByPodGC")


def _exit(over: Object, *, deleted: bool) -> Status:
    code = int(over.get("exitCode", 1))
    if over.get("reason") == "OOMKilled":
        return Status(State.FAILED, code, "memory")
    if code == 0:
        return Status(State.DONE, 0)
    # Somebody else than the platform deleted it: its process was asked to end, and did.
    return Status(State.INTERRUPTED, code, "deleted") if deleted else Status(State.FAILED, code)


def waits(pod: Object | None, events: Iterable[Object]) -> str:
    """What a pod that has not started waits for; "" for one that runs.

    ``events``: of one not made yet, or its deployment's conditions: what has a ``message``.
    """
    if pod is None:
        said = " ".join(str(event.get("message", "")) for event in events)
        known = any(word in said for word in ("exceeded quota", "forbidden", "Error creating"))
        return refused(said) if known else "starting"
    told = pod.get("status") or {}
    scheduled = _condition(pod, "PodScheduled") or {}
    if scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable":
        said = str(scheduled.get("message")).lower()
        # A claim that is not there, or that nothing fills: asking for less would not help.
        volume = "persistentvolumeclaim" in said or "persistent volume" in said
        return "volume" if volume else "unschedulable"
    for container in told.get("containerStatuses") or ():
        reason = ((container.get("state") or {}).get("waiting") or {}).get("reason")
        if reason in NO_IMAGE:
            return "image"
        if reason in CANNOT_START:
            return "refused"
        if reason is not None:
            return "starting"
    return "" if told.get("phase") == "Running" else "starting"


def refused(said: str) -> str:
    """The reason of what the API server would not make, from its words."""
    return "quota" if "exceeded quota" in said else "refused"


def _condition(thing: Object, kind: str) -> Object | None:
    for condition in (thing.get("status") or {}).get("conditions") or ():
        if condition["type"] == kind and (condition["status"] == "True" or kind == "PodScheduled"):
            found: Object = condition
            return found
    return None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
