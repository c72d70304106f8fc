"""The supervisor (package `supervisor`): its configuration, its start, its stop. It restarts what dies."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import xmlrpc.client
from pathlib import Path
from typing import Any

from archipel.backends.local import start_ticks
from archipel.datafolder import DataFolder
from archipel.output import write_atomically
from archipel.workspace import CHILDREN, Workspace

LOG_BYTES = "10MB"
LOG_FILES = 5


def configuration(data: DataFolder) -> str:
    """supervisord's file. Children are killed alone: sessions, runs and dashboards go on without them."""
    socket_path = data.running / "supervisor.sock"
    lines = [
        "[supervisord]",
        "nodaemon=true",
        f"logfile={data.logs}/supervisor.log",
        f"logfile_maxbytes={LOG_BYTES}",
        f"logfile_backups={LOG_FILES}",
        f"pidfile={data.running}/supervisor.pid",
        f"childlogdir={data.logs}",
        "umask=022",
        "silent=true",
        "[unix_http_server]",
        f"file={socket_path}",
        "chmod=0600",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for position, child in enumerate(CHILDREN):
        lines += [
            f"[program:{child}]",
            f"command={_quoted(sys.executable)} -m archipel serve {child}",
            f"priority={position + 1}",
            "autorestart=true",
            "startsecs=1",
            "startretries=1000000",
            "stopasgroup=false",
            "killasgroup=false",
            f"stopwaitsecs={15 if child == 'hub' else 10}",
            "redirect_stderr=true",
            f"stdout_logfile={data.logs}/{child}.log",
            f"stdout_logfile_maxbytes={LOG_BYTES}",
            f"stdout_logfile_backups={LOG_FILES}",
        ]
    lines += [
        "[eventlistener:keeper]",
        f"command={_quoted(sys.executable)} -m archipel serve keeper",
        "events=PROCESS_STATE_RUNNING",
        f"stderr_logfile={data.logs}/keeper.log",
        "autorestart=true",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # supervisord expands %(name)s in its file.
    return '"' + text.replace("%", "%%") + '"'


def start(data: DataFolder) -> subprocess.Popen[bytes]:
    """supervisord in a session of its own: a Ctrl-C of the terminal reaches `up`, not the children."""
    path = data.running / "supervisord.conf"
    write_atomically(path, configuration(data).encode())
    # `-c` rather than the script: a path with a space would break its shebang line.
    return subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)],
        cwd="/",
        env={**os.environ, "ARCHIPEL_DATA": str(data.root), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def alive(workspace: Workspace) -> bool:
    """Whether the supervisor that wrote ``workspace.json`` still runs; its pid may be another's by now."""
    return workspace.pid > 0 and start_ticks(workspace.pid) == workspace.ticks


class _SocketTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _SocketConnection(self._path)


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(str(self._path))


def control(data: DataFolder) -> Any:
    """The supervisor's XML-RPC, over its private socket."""
    transport = _SocketTransport(data.running / "supervisor.sock")
    return xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport).supervisor


def children(data: DataFolder) -> list[dict[str, Any]]:
    """Name, state, pid and uptime in seconds of each child; empty when no supervisor answers."""
    try:
        told = control(data).getAllProcessInfo()
    except (OSError, http.client.HTTPException, xmlrpc.client.Error):
        return []
    return [
        {
            "name": entry["name"],
            "state": entry["statename"].lower(),
            "pid": entry["pid"],
            "uptime": max(0, entry["now"] - entry["start"]),
        }
        for entry in told
    ]


def shut_down(data: DataFolder) -> None:
    try:
        control(data).shutdown()
    except (OSError, http.client.HTTPException, xmlrpc.client.Error):
        return
