"""An API server that only answers what `helm` looks up: a few objects, held still. No cluster is needed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KINDS = {
    "/api/v1": {"secrets": "Secret", "serviceaccounts": "ServiceAccount"},
    "/apis/storage.k8s.io/v1": {"storageclasses": "StorageClass"},
    "/apis/discovery.k8s.io/v1": {"endpointslices": "EndpointSlice"},
}
CLUSTER_WIDE = {"storageclasses"}
ABSENT = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.0"}


def discovery(path: str) -> Any:
    """What the server says of itself; None for any other path."""
    if path == "/version":
        return VERSION
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups = [name.split("/")[2] for name in KINDS if name.startswith("/apis/")]
        told = [
            {
                "name": name,
                "versions": [{"groupVersion": f"{name}/v1", "version": "v1"}],
                "preferredVersion": {"groupVersion": f"{name}/v1", "version": "v1"},
            }
            for name in groups
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": told}
    if path in KINDS:
        resources = [
            {"name": name, "kind": kind, "namespaced": name not in CLUSTER_WIDE, "verbs": ["get"]}
            for name, kind in KINDS[path].items()
        ]
        version = path.removeprefix("/apis/").removeprefix("/api/")
        return {"kind": "APIResourceList", "groupVersion": version, "resources": resources}
    return None


@contextmanager
def answering(objects: dict[str, Any], folder: Path) -> Iterator[Path]:
    """A kubeconfig of a server that holds ``objects``: ``namespaces/a/secrets/b`` → what it is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            path = self.path.partition("?")[0].rstrip("/")
            told = discovery(path)
            for version in KINDS:
                if told is None and path.startswith(f"{version}/"):
                    told = objects.get(path.removeprefix(f"{version}/"))
            absent = {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "reason": "NotFound",
                "code": 404,
            }
            body = json.dumps(absent if told is None else told).encode()
            self.send_response(404 if told is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is written down."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = {"server": f"http://127.0.0.1:{server.server_port}"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "essai",
        "clusters": [{"name": "essai", "cluster": place}],
        "contexts": [{"name": "essai", "context": {"cluster": "essai", "user": "essai"}}],
        "users": [{"name": "essai", "user": {}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config), encoding="utf-8")
    try:
        yield path
    finally:
        server.shutdown()
        server.server_close()
