"""The server extension of every session: looks after it, and serves its pages under ``archipel/``."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from archipel.sessions.activity import Activity
from archipel.sessions.believed import OwnersAnswers
from archipel.sessions.handlers import routes
from archipel.sessions.keeper import Keeper, read_start

_running: set[asyncio.Task[None]] = set()
"""A task that nobody holds may vanish."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "archipel.sessions.extension"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    env = os.environ
    asked = serverapp.identity_provider.hub_auth
    asked.cache = OwnersAnswers(env["JUPYTERHUB_USER"], asked.cache_max_age)
    folder = env.get("ARCHIPEL_SESSION_FOLDER", "")
    told = {
        "image": env.get("ARCHIPEL_IMAGE", ""),
        "lock": env.get("ARCHIPEL_LOCK", ""),
        "release": env.get("ARCHIPEL_RELEASE", ""),
        "api": env.get("ARCHIPEL_API_URL", ""),
        "token": env.get("ARCHIPEL_API_TOKEN", ""),
    }
    keeper = Keeper(
        Activity(serverapp, watcher=os.getppid()),
        serverapp.log,
        told,
        read_start(folder),
        gpus=int(env.get("ARCHIPEL_GPUS") or 0),
        gpu_command=env.get("ARCHIPEL_GPU_COMMAND", ""),
        gpu_shared=env.get("ARCHIPEL_GPU_SHARED") == "1",
    )
    serverapp.web_app.settings["archipel_keeper"] = keeper
    serverapp.web_app.settings["archipel_home"] = Path(env["HOME"])
    serverapp.web_app.add_handlers(".*$", routes(serverapp.base_url))


async def _start_jupyter_server_extension(serverapp: Any) -> None:
    task = asyncio.create_task(serverapp.web_app.settings["archipel_keeper"].run())
    _running.add(task)
    task.add_done_callback(_running.discard)
