"""configurable-http-proxy, on the Node of a wheel: its command and its place."""

from __future__ import annotations

from pathlib import Path

from archipel.datafolder import DataFolder
from archipel.environments.node import proxy_command
from archipel.errors import Failed
from archipel.workspace import Workspace


def command_of(data: DataFolder, workspace: Workspace) -> tuple[list[str], dict[str, str]]:
    """(argv, environment) of the proxy. Raises `Failed` where it is not installed."""
    start = proxy_command()
    script = Path(start[-1])
    if not script.is_file():
        raise Failed(
            "proxy.absent",
            "le proxy n’est pas installé",
            where=str(script),
            hint="« make install » l’installe.",
        )
    api_host, api_port = workspace.listens("proxy_api")
    argv = [
        *start,
        "--ip",
        workspace.bind,
        "--port",
        str(workspace.port),
        "--api-ip",
        api_host,
        "--api-port",
        str(api_port),
        "--host-routing",
        "--default-target",
        workspace.internal_url("hub"),
        "--error-path",
        str(Path(__file__).parent / "errors"),
        "--log-level",
        "warn",
    ]
    if workspace.tls_cert:
        argv += ["--ssl-cert", workspace.tls_cert, "--ssl-key", workspace.tls_key]
    return argv, {"CONFIGPROXY_AUTH_TOKEN": data.key("proxy")}
