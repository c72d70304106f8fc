"""Every route of MLflow's application, asked from its own code: `python mlflow_routes.py` prints them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def routes() -> list[tuple[str, str]]:
    """`listed` in a process of its own: importing MLflow's server sets variables and opens stores."""
    script = [sys.executable, "-W", "ignore", __file__]
    done = subprocess.run(script, capture_output=True, text=True, timeout=120, check=True)
    found = [(method, path) for method, path in json.loads(done.stdout.strip().splitlines()[-1])]
    # Both frameworks are there, or the list says nothing.
    assert len(found) > 300
    assert any("/mlflow-artifacts/" in path for _method, path in found)
    return found


def listed() -> list[tuple[str, str]]:
    """(method, path) of both frameworks, with a value in place of each parameter."""
    folder = Path(tempfile.mkdtemp())
    config = folder / "auth.ini"
    config.write_text(
        f"[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = sqlite:///{folder}/auth.sqlite\n"
        "admin_username = admin\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    os.environ |= {
        "_MLFLOW_SGI_NAME": "uvicorn",
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder}/mlflow.sqlite",
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        "MLFLOW_AUTH_ADMIN_PASSWORD": "un-mot-de-passe-long",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "essai",
    }
    import mlflow.server
    import mlflow.server.auth

    routes = set(_walk(mlflow.server.auth.create_app().routes))
    for rule in mlflow.server.app.url_map.iter_rules():
        routes |= {(method, rule.rule) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return sorted({(method, _filled(path)) for method, path in routes})


def _walk(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        path = prefix + getattr(route, "path", "")
        inner = getattr(route, "routes", None)
        if inner:
            yield from _walk(inner, path)
        for method in getattr(route, "methods", None) or ():
            if method not in ("HEAD", "OPTIONS"):
                yield method, path


def _filled(path: str) -> str:
    """``/a/<path:b>/{c}`` → ``/a/x/x``."""
    parts = []
    for part in path.split("/"):
        parts.append("x" if part[:1] in "<{" and part else part)
    return "/".join(parts)


if __name__ == "__main__":
    print(json.dumps(listed()))
