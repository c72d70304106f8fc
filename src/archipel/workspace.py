"""The running workspace as a value: addresses, ports and mode, kept in ``running/workspace.json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

CHILDREN = ("proxy", "hub", "mlflow", "dashboards", "portal")
"""The supervised processes; `portal` holds the API, the pages and, on one machine, the scheduler."""


@dataclass(frozen=True)
class Workspace:
    """Where everything answers. Written by ``archipel up`` before its children start; removed at the end.

    ``host``: name of the first origin (hub, portal, MLflow). ``content_host``: name of the second (static
    dashboards and run reports); "" where there is none. ``live_suffix``: live dashboards are at
    ``<label>.<live_suffix>``; "" where there is none, and then nothing is served live.
    ``base_path``: ``/`` or ``/prefix/`` (behind a reverse proxy). ``ports``: loopback ports by name:
    the `CHILDREN`, and ``proxy_api``. ``pid``, ``ticks``: the supervisor's, and when it started (clock ticks
    since boot): together they name one process. ``first_results``: whether a new data folder is given a run
    and a dashboard of each défi. ``oidc``: path of the identity provider's settings; "" for links alone.
    ``allow_sensible``: whether what is marked « sensible » starts on one machine, which cuts no network.
    ``inside``: on a cluster, the address of each child for the others (``http://…:port``), where ``ports``
    is what each opens.
    """

    mode: Literal["personal", "shared"]
    owner: str
    scheme: str
    host: str
    port: int
    content_host: str
    live_suffix: str
    ports: dict[str, int] = field(default_factory=dict)
    bind: str = "127.0.0.1"
    base_path: str = "/"
    public_port: int | None = None
    tls_cert: str = ""
    tls_key: str = ""
    started: str = ""
    pid: int = 0
    ticks: int = 0
    first_results: bool = True
    oidc: str = ""
    allow_sensible: bool = False
    inside: dict[str, str] = field(default_factory=dict)

    @property
    def cluster(self) -> bool:
        """Whether the children are pods, each at its own address, rather than processes of one machine."""
        return bool(self.inside)

    def listens(self, child: str) -> tuple[str, int]:
        """Address and port that a child opens: loopback on one machine, every address of its own pod."""
        return ("0.0.0.0" if self.cluster else "127.0.0.1"), self.ports[child]  # noqa: S104  # a pod of its own

    def origin(self, host: str) -> str:
        port = self.public_port or self.port
        standard = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if port == standard else f":{port}")

    @property
    def url(self) -> str:
        """Address of the workspace for a person, with its base path and final slash."""
        return self.origin(self.host) + self.base_path

    @property
    def content_url(self) -> str:
        return self.origin(self.content_host) + self.base_path if self.content_host else ""

    @property
    def portal_prefix(self) -> str:
        return f"{self.base_path}services/portal/"

    @property
    def mlflow_prefix(self) -> str:
        return f"{self.base_path}services/mlflow/"

    @property
    def portal_url(self) -> str:
        return self.origin(self.host) + self.portal_prefix

    @property
    def hub_api_url(self) -> str:
        """Address of the hub's API for the workspace's own processes."""
        return f"{self.internal_url('hub')}{self.base_path}hub/api"

    @property
    def api_url(self) -> str:
        """Address of the portal's API for sessions, runs and the workspace's own processes."""
        return f"{self.internal_url('portal')}{self.portal_prefix}api/v1"

    @property
    def tracking_url(self) -> str:
        """Address of MLflow for sessions, runs and the workspace's own processes."""
        return self.internal_url("mlflow") + self.mlflow_prefix.rstrip("/")

    def internal_url(self, child: str) -> str:
        return self.inside.get(child) or f"http://127.0.0.1:{self.ports[child]}"

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Workspace:
        values: dict[str, Any] = json.loads(text)
        return cls(**values)

    @classmethod
    def read(cls, path: Path) -> Workspace | None:
        """The workspace that `path` describes; None where there is none."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
