"""A session: a process of its own session, under the person's own system account where we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from jupyterhub.spawner import LocalProcessSpawner, set_user_setuid

from archipel.backends.local import boot_id, start_ticks
from archipel.catalog.load import cached_catalog
from archipel.content import pinned
from archipel.content.repository import repository
from archipel.environments import ensure
from archipel.environments.platformcode import ensure_platform_code
from archipel.hub.choice import ChosenProfile
from archipel.hub.homes import ensure_home, group_folders, session_account
from archipel.workspace import Workspace

KEPT = ("LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "PIP_CONFIG_FILE")
"""Variables of the hub that a session keeps; everything else is made here."""


LOG_BYTES = 5_000_000


def open_log(folder: Path, name: str) -> IO[bytes]:
    """``<folder>/<name>.log``, 0600; a large one is set aside as ``<name>.log.1`` first."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(folder / f"{name}.log.1")
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")  # noqa: PTH123  # a descriptor


class PersonSpawner(ChosenProfile, LocalProcessSpawner):
    pid: int
    term_timeout: int

    async def start(self) -> Any:
        import asyncio

        profile = self.profile()
        self.demand_isolation(profile)
        data, current = self.data, pinned(self.data)
        assert current is not None
        catalog = cached_catalog(current.folder)
        said: list[str] = []
        environment = await asyncio.to_thread(
            ensure, data, current.folder, catalog, profile.image, said.append
        )
        self._environment = environment
        workspace = Workspace.read(data.workspace_file)
        assert workspace is not None
        self._workspace = workspace
        self._home = ensure_home(data, self._workspace, self.user.name)
        self._code = ensure_platform_code(data)
        self.cmd = [str(environment.python), "-P", "-m", "archipel.hub.session"]
        self.notebook_dir = str(self._home)
        with open_log(data.logs / "sessions", self.user.name) as log:
            # Not the hub's own output: that pipe dies with the hub, and the session goes on.
            self.popen_kwargs = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            return await super().start()

    async def stop(self, now: bool = False) -> None:
        """``now``: someone left; their session has a second to end."""
        patience = self.term_timeout
        self.term_timeout = 1 if now else patience
        try:
            await super().stop(now=now)
        finally:
            self.term_timeout = patience

    def get_state(self) -> dict[str, Any]:
        state: dict[str, Any] = super().get_state()
        if self.pid:
            state |= {"ticks": start_ticks(self.pid), "boot": boot_id()}
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """A pid that is somebody else's by now (the machine was restarted) is nobody's to signal."""
        super().load_state(state)
        if self.pid and (state.get("boot") != boot_id() or state.get("ticks") != start_ticks(self.pid)):
            self.log.warning("session of %s: its process is gone", self.user.name)
            self.pid = 0

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """No PAM and no passwd entry: HOME and SHELL are ours."""
        return env

    def get_env(self) -> dict[str, str]:
        hub = {
            name: value
            for name, value in super().get_env().items()
            if name.startswith(("JUPYTERHUB_", "MEM_", "CPU_"))
        }
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        workspace, environment, data = self._workspace, self._environment, self.data
        token = hub["JUPYTERHUB_API_TOKEN"]
        mlflow = workspace.tracking_url
        return {
            "LANG": "C.UTF-8",
            "TZ": "Europe/Paris",
            **kept,
            **hub,
            "HOME": str(self._home),
            "USER": self.user.name,
            "LOGNAME": self.user.name,
            "SHELL": "/bin/bash",
            "PATH": f"{environment.bin}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(self._code),
            "ARCHIPEL_ENVIRONMENT": str(environment.folder),
            **self.own_env(environment.lock, self._code.name),
            # The machine's GPUs are everyone's: only this session's processes count.
            "ARCHIPEL_GPU_SHARED": "1",
            "ARCHIPEL_REPOSITORY": str(repository(data)),
            "ARCHIPEL_GROUP_FOLDERS": str(group_folders(data)),
            "ARCHIPEL_DATA": str(data.root),
            "ARCHIPEL_API_URL": workspace.api_url,
            "ARCHIPEL_API_TOKEN": token,
            "MLFLOW_TRACKING_URI": mlflow,
            "MLFLOW_TRACKING_TOKEN": token,
            "MLFLOW_EXPERIMENT_NAME": f"{self.user.name}/notebooks",
            "GIT_AUTHOR_NAME": self.user.name,
            "GIT_COMMITTER_NAME": self.user.name,
            "GIT_AUTHOR_EMAIL": f"{self.user.name}@localhost",
            "GIT_COMMITTER_EMAIL": f"{self.user.name}@localhost",
        }

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        account = session_account(self._workspace, self.user.name)
        if os.geteuid() != 0:
            return lambda: None
        assert pwd.getpwnam(account)
        become = set_user_setuid(account, chdir=False)

        def first() -> None:
            # One's own group holds oneself alone; in a group's folder, the members may write.
            os.umask(0o007)
            become()

        return first
