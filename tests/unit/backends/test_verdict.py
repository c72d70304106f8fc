"""What a cluster's objects say of a task: every way of ending, and of waiting."""

# ruff: noqa: E501  # one case a line, to be compared

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archipel.backends.task import State, Status
from archipel.backends.verdict import IMAGE_SECONDS, PATIENCE_SECONDS, STOP, status_of

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
YOUNG, OLD = 10, PATIENCE_SECONDS + 60


def at(age: float) -> str:
    return (NOW - timedelta(seconds=age)).isoformat().replace("+00:00", "Z")


def job(age: float = YOUNG, failed: str = "", stopped: bool = False, done: bool = False) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "run-1", "creationTimestamp": at(age)}
    if stopped:
        metadata["annotations"] = {STOP: "1"}
    conditions = [{"type": "Failed", "status": "True", "reason": failed}] if failed else []
    if done:
        conditions.append({"type": "Complete", "status": "True"})
    return {"metadata": metadata, "status": {"conditions": conditions}}


def pod(phase: str = "Running", age: float = YOUNG, deleted: bool = False, **status: Any) -> dict[str, Any]:
    metadata = {"name": "run-1-x", "creationTimestamp": at(age)}
    return {
        "metadata": metadata | ({"deletionTimestamp": at(0)} if deleted else {}),
        "status": {"phase": phase, **status},
    }


def ended(code: int, reason: str = "", **more: Any) -> dict[str, Any]:
    state = {"terminated": {"exitCode": code, "reason": reason}}
    return pod("Succeeded" if code == 0 else "Failed", containerStatuses=[{"state": state}], **more)


def killed_at_deadline() -> dict[str, Any]:
    """As the kubelet leaves a pod whose time is over."""
    return ended(137, "Error") | {"status": ended(137, "Error")["status"] | {"reason": "DeadlineExceeded"}}


def waiting(reason: str, age: float = YOUNG, placed: float | None = None) -> dict[str, Any]:
    """``placed``: in seconds, since it has a node."""
    told = {"type": "PodScheduled", "status": "True", "lastTransitionTime": at(placed or 0)}
    conditions = [] if placed is None else [told]
    return pod(
        "Pending", age, conditions=conditions, containerStatuses=[{"state": {"waiting": {"reason": reason}}}]
    )


def disrupted(reason: str, **more: Any) -> dict[str, Any]:
    told = [{"type": "DisruptionTarget", "status": "True", "reason": reason}]
    return pod("Failed", conditions=told, **more)


def unschedulable(
    age: float, message: str = "0/2 nodes are available: 2 Insufficient cpu."
) -> dict[str, Any]:
    told = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]
    return pod("Pending", age, conditions=told)


QUOTA = [{"message": 'Error creating: pods "x" is forbidden: exceeded quota: archipel, requested: pods=1'}]
FORBIDDEN = [{"message": 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted"'}]
FAILED, RUNNING, GONE = State.FAILED, State.RUNNING, State.INTERRUPTED

TABLE: dict[str, tuple[Any, Any, Any, Status]] = {
    "running": (job(), pod(), [], Status(RUNNING)),
    "running for hours": (job(OLD * 50), pod(age=OLD * 50), [], Status(RUNNING)),
    "done": (job(), ended(0), [], Status(State.DONE, 0)),
    "done, its job collected": (None, ended(0), [], Status(State.DONE, 0)),
    "done, its pod gone": (job(done=True), None, [], Status(State.DONE, 0)),
    "done, its pod not told yet": (job(done=True), pod(), [], Status(State.DONE, 0)),
    "done, then its node lost": (job(done=True), disrupted("DeletionByPodGC"), [], Status(State.DONE, 0)),
    "done, then told to stop": (job(done=True, stopped=True), None, [], Status(State.CANCELLED, 0, "stop")),
    "exit 3": (job(), ended(3, "Error"), [], Status(FAILED, 3)),
    "out of memory": (job(), ended(137, "OOMKilled"), [], Status(FAILED, 137, "memory")),
    "killed by somebody": (job(), ended(137, "Error"), [], Status(FAILED, 137)),
    "evicted": (job(), pod("Failed", reason="Evicted"), [], Status(GONE, None, "evicted")),
    "evicted by an API call": (job(), disrupted("EvictionByEvictionAPI"), [], Status(GONE, None, "evicted")),
    "preempted": (job(), disrupted("PreemptionByScheduler"), [], Status(GONE, None, "evicted")),
    "by its kubelet": (job(), disrupted("TerminationByKubelet"), [], Status(GONE, None, "evicted")),
    "node tainted": (job(), disrupted("DeletionByTaintManager"), [], Status(GONE, None, "node-lost")),
    "node collected": (job(), disrupted("DeletionByPodGC"), [], Status(GONE, None, "node-lost")),
    "node lost": (job(), pod("Failed", reason="NodeLost"), [], Status(GONE, None, "node-lost")),
    "pod failed, nothing told": (job(), pod("Failed"), [], Status(GONE, None, "deleted")),
    "pod deleted, its process ended": (job(), ended(143, deleted=True), [], Status(GONE, 143, "deleted")),
    "pod deleted, job failed": (job(failed="BackoffLimitExceeded"), None, [], Status(GONE, None, "deleted")),
    "job failed, its pod told later": (job(failed="BackoffLimitExceeded"), pod(), [], Status(RUNNING)),
    "job failed, its pod tells": (job(failed="BackoffLimitExceeded"), ended(3, "Error"), [], Status(FAILED, 3)),
    "deadline, pod there": (job(), pod("Failed", reason="DeadlineExceeded"), [], Status(FAILED, None, "timeout")),
    "deadline, its process killed": (job(failed="BackoffLimitExceeded"), killed_at_deadline(), [], Status(FAILED, None, "timeout")),
    "deadline, pod gone": (job(failed="DeadlineExceeded"), None, [], Status(FAILED, None, "timeout")),
    "all gone": (None, None, [], Status(GONE, None, "gone")),
    "no pod yet": (job(), None, [], Status(RUNNING, None, "starting")),
    "no pod for long, nothing told": (job(OLD), None, [], Status(RUNNING, None, "starting")),
    "no room yet": (job(), unschedulable(YOUNG), [], Status(RUNNING, None, "unschedulable")),
    "no room for long": (job(OLD), unschedulable(OLD), [], Status(FAILED, None, "unschedulable")),
    "its claim unfilled": (job(), unschedulable(YOUNG, "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."), [], Status(RUNNING, None, "volume")),
    "its claim gone, for long": (job(OLD), unschedulable(OLD, 'persistentvolumeclaim "groupes" not found'), [], Status(FAILED, None, "volume")),
    "no image yet": (job(), waiting("ErrImagePull"), [], Status(RUNNING, None, "image")),
    "no image for long": (job(), waiting("ImagePullBackOff", IMAGE_SECONDS + 1), [], Status(FAILED, None, "image")),
    "no image, placed just now": (job(OLD), waiting("ErrImagePull", OLD, YOUNG), [], Status(RUNNING, None, "image")),
    "no image, placed long ago": (job(OLD), waiting("ErrImagePull", OLD, IMAGE_SECONDS + 1), [], Status(FAILED, None, "image")),
    "image never pulled": (job(), waiting("ErrImageNeverPull", OLD), [], Status(FAILED, None, "image")),
    "cannot start yet": (job(), waiting("CreateContainerConfigError"), [], Status(RUNNING, None, "refused")),
    "cannot start": (job(), waiting("CreateContainerError", OLD), [], Status(FAILED, None, "refused")),
    "container being made": (job(), waiting("ContainerCreating", OLD), [], Status(RUNNING, None, "starting")),
    "pod of no node": (job(), pod("Pending"), [], Status(RUNNING, None, "starting")),
    "quota full": (job(), None, QUOTA, Status(RUNNING, None, "quota")),
    "quota full for long": (job(OLD), None, QUOTA, Status(FAILED, None, "quota")),
    "refused by admission": (job(), None, FORBIDDEN, Status(RUNNING, None, "refused")),
    "refused for long": (job(IMAGE_SECONDS + 1), None, FORBIDDEN, Status(FAILED, None, "refused")),
    "stop asked, still there": (job(stopped=True), pod(), [], Status(RUNNING)),
    "stop asked, pod gone": (job(stopped=True), None, [], Status(State.CANCELLED, None, "stop")),
    "stop asked, ended": (job(stopped=True), ended(143), [], Status(State.CANCELLED, 143, "stop")),
    "stop asked, done first": (job(stopped=True), ended(0), [], Status(State.CANCELLED, 0, "stop")),
    "nothing told at all": ({"metadata": {}}, {"metadata": {}}, [], Status(RUNNING, None, "starting")),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_what_the_objects_say(case: str) -> None:
    job_, pod_, events, expected = TABLE[case]
    assert status_of(job_, pod_, events, NOW) == expected


def test_the_table_gives_every_reason_of_the_module() -> None:
    given = {status.reason for *_objects, status in TABLE.values()}
    assert given == {
        *("", "memory", "evicted", "node-lost", "deleted", "timeout", "gone", "stop"),
        *("starting", "unschedulable", "image", "refused", "quota", "volume"),
    }
