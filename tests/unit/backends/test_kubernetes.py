"""What the API server answers, or does not, in words that the rest of the platform knows: a real client."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytest.importorskip("kubernetes", reason="the platform's own packages for Kubernetes")

from archipel.backends import kubernetes as module
from archipel.backends.kubernetes import KubernetesBackend
from archipel.backends.manifests import Ground, deployment
from archipel.backends.mirror import Mirror
from archipel.backends.task import Refusal, Task
from archipel.errors import Unavailable
from archipel.texts import speaking

GROUND = Ground("archipel", "", "c0ffee")
RUN = Task("run-1", "base", "l", ("python",), secrets={"A": "secret"})
LIVE = Task("live-1", "base", "l", ("python",), secrets={"A": "secret"}, port=8866)
POD = {
    "metadata": {"name": "run-1-x", "labels": {"archipel/task": "run-1"}, "resourceVersion": "1"},
    "status": {"phase": "Succeeded"},
}


class ApiServer:
    """``answers``: ``<verb> <plural>`` → (status, body); the rest is an empty list. ``asked``: in order."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []
        own = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = self.path.partition("?")[0].split("/archipel/")[1].split("/")
                asked = f"{self.command} {parts[0]}" + ("/log" if parts[-1] == "log" else "")
                own.asked.append(asked)
                status, body = own.answers.get(asked, (200, {"metadata": {}, "items": []}))
                text = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = do_PATCH = answer  # noqa: N815  # http.server's names

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is written down."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[ApiServer]:
    made = ApiServer()
    yield made
    made.close()


@pytest.fixture
def backend_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., KubernetesBackend]:
    """A backend of the API server at an address, that hears of nothing by itself."""
    from kubernetes import config

    def make(address: str, **options: Any) -> KubernetesBackend:
        def load(client_configuration: Any) -> None:
            client_configuration.host = address

        monkeypatch.setattr(config, "load_incluster_config", load)
        monkeypatch.setattr(Mirror, "follow", lambda self: self.synced.set())
        return KubernetesBackend(GROUND, **options)

    return make


Made = Callable[..., KubernetesBackend]
CALLS: dict[str, Callable[[KubernetesBackend], Any]] = {
    "start": lambda backend: backend.start(RUN),
    "start live": lambda backend: backend.start(LIVE),
    "answering": lambda backend: backend.answering(),
    "forget": lambda backend: backend.forget("run-1"),
    "stop": lambda backend: backend.stop("run-1"),
}


def nowhere() -> str:
    """Where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("call", CALLS)
def test_an_api_server_that_is_away_is_unavailable(call: str, backend_at: Made) -> None:
    with pytest.raises(Unavailable) as raised, speaking("fr"):
        CALLS[call](backend_at(nowhere()))
    assert raised.value.code == "cluster.silent"
    with speaking("fr"):
        assert str(raised.value).startswith("le cluster ne répond pas ([Errno 111] Connection refused). Rée")


def test_one_that_does_not_answer_in_time_is_unavailable(
    backend_at: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", (0.05, 0.05))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        with pytest.raises(Unavailable, match="cluster"):
            backend_at(f"http://127.0.0.1:{silent.getsockname()[1]}").answering()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_one_that_is_in_trouble_is_unavailable(status: int, server: ApiServer, backend_at: Made) -> None:
    server.answers["POST secrets"] = (status, {"message": "etcdserver: request timed out"})
    with pytest.raises(Unavailable, match="etcdserver: request timed out"):
        backend_at(server.address).start(RUN)


def test_what_it_refuses_is_told_in_its_own_words(server: ApiServer, backend_at: Made) -> None:
    server.answers["POST jobs"] = (403, {"message": "exceeded quota: archipel"})
    with pytest.raises(Refusal, match="exceeded quota: archipel"):
        backend_at(server.address).start(RUN)
    server.answers["POST jobs"] = (403, "no json at all")
    with pytest.raises(Refusal, match=r"\(403\)"):
        backend_at(server.address).start(RUN)


def test_what_is_there_or_gone_already_is_as_it_was_asked(server: ApiServer, backend_at: Made) -> None:
    server.answers |= {
        "POST jobs": (409, {"message": "already exists"}),
        "POST secrets": (409, {"message": "already exists"}),
        "DELETE jobs": (404, {"message": "not found"}),
        "DELETE secrets": (404, {"message": "not found"}),
    }
    backend = backend_at(server.address)
    backend.start(RUN)
    backend.forget("run-1")
    assert server.asked == ["POST secrets", "POST jobs", "DELETE jobs", "DELETE secrets"]


def test_a_quota_that_another_writes_too_is_asked_again(server: ApiServer, backend_at: Made) -> None:
    told = {"reason": "Conflict", "message": "Operation cannot be fulfilled on resourcequotas"}
    server.answers["POST jobs"] = (409, told)
    with pytest.raises(Unavailable):
        backend_at(server.address).start(RUN)


def test_a_backend_without_jobs_has_nothing_to_do_with_them(server: ApiServer, backend_at: Made) -> None:
    """The dashboards' front: no right to them is asked for."""
    backend = backend_at(server.address, jobs=False)
    backend._demand_synced()
    assert not backend._jobs.synced.is_set()
    server.answers["POST deployments"] = (201, deployment(LIVE, GROUND))
    backend.start(LIVE)
    backend.stop("live-1")
    backend.forget("live-1")
    assert server.asked == ["POST secrets", "POST deployments", "DELETE deployments", "DELETE secrets"]


def test_a_backend_with_jobs_stops_nothing_else(server: ApiServer, backend_at: Made) -> None:
    """The scheduler, which has no right to a deployment; a job that it has not heard of yet may be there."""
    backend_at(server.address).stop("run-1")
    assert server.asked == ["PATCH jobs"]


@pytest.mark.parametrize(("task", "kind"), [(RUN, "jobs"), (LIVE, "deployments")])
def test_a_start_that_is_refused_leaves_no_secret(
    task: Task, kind: str, server: ApiServer, backend_at: Made
) -> None:
    server.answers[f"POST {kind}"] = (403, {"message": "exceeded quota: archipel"})
    # Whatever becomes of the secret, what is told is the refusal.
    server.answers["DELETE secrets"] = (500, {"message": "etcdserver: request timed out"})
    with pytest.raises(Refusal, match="exceeded quota"):
        backend_at(server.address, jobs=kind == "jobs").start(task)
    assert server.asked == ["POST secrets", f"POST {kind}", "DELETE secrets"]
    # One that was there before is of another start.
    server.asked.clear()
    server.answers["POST secrets"] = (409, {"message": "already exists"})
    with pytest.raises(Refusal):
        backend_at(server.address, jobs=kind == "jobs").start(task)
    assert server.asked == ["POST secrets", f"POST {kind}"]


def test_a_log_waits_for_the_api_server_and_for_no_node(server: ApiServer, backend_at: Made) -> None:
    backend = backend_at(server.address)
    backend._pods.put(POD)
    server.answers["GET pods/log"] = (200, "bonjour")
    assert b"".join(backend.logs("run-1", 3)) == b"jour"
    server.answers["GET pods/log"] = (400, {"message": "container has not started"})
    assert b"".join(backend.logs("run-1")) == b""
    server.answers["GET pods/log"] = (500, {"message": "dial tcp 10.0.0.9:10250: i/o timeout"})
    assert b"".join(backend.logs("run-1")) == b""
    away = backend_at(nowhere())
    away._pods.put(POD)
    with pytest.raises(Unavailable):
        list(away.logs("run-1"))


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ('pods "live-1-x" is forbidden: exceeded quota: archipel', "quota"),
        ("is forbidden: no", "refuse"),
        ("", "démarre"),
    ],
)
def test_a_deployment_without_a_pod_says_why(
    message: str, told: str, server: ApiServer, backend_at: Made
) -> None:
    conditions = [{"type": "Progressing", "message": "forbidden"}]
    if message:
        conditions.append({"type": "ReplicaFailure", "message": message})
    server.answers["GET deployments"] = (200, {"items": [{"status": {"conditions": conditions}}]})
    assert told in backend_at(server.address, jobs=False).waits("live-1")


def test_what_was_not_heard_yet_is_unavailable(
    server: ApiServer, backend_at: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backend_at(server.address)
    monkeypatch.setattr(module, "SYNC_SECONDS", 0.01)
    backend._pods.synced.clear()
    with pytest.raises(Unavailable):
        backend.state("run-1")
