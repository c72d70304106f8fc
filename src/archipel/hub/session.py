"""First process of a session, already the person's own: it sees to it that a server answers, and stays.

`python -m archipel.hub.session` in the image's environment; everything comes by the environment. Where the
home is full or closed, where the person's packages or start-up files keep the server from answering, it
starts in rescue mode: the image alone, and the home in the file browser.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from archipel.sessions import modes, trial, watch
from archipel.sessions.probe import private_folder

CLONE = "contenu"
"""As in `archipel.content.workingcopy`, which this small process does not load."""
OVERLAY = (".archipel", "overlay")
PREPARE_SECONDS = 90
PROBE_SECONDS = 10


def main() -> None:
    _take_tokens(os.environ.get("ARCHIPEL_SECRETS", ""))
    private = private_folder()
    watcher = watch.Watch()
    try:
        code = Session(watcher, private).run()
    except watch.Ended:
        code = 0
    finally:
        watcher.finish()
        shutil.rmtree(private, ignore_errors=True)
    sys.exit(code)


class Session:
    def __init__(self, watcher: watch.Watch, private: Path) -> None:
        self.watch, self.private = watcher, private
        self.home = Path(os.environ["HOME"])
        self.environment = Path(os.environ["ARCHIPEL_ENVIRONMENT"])
        self.overlay = self.home.joinpath(*OVERLAY, os.environ["ARCHIPEL_IMAGE"])
        self.seconds = float(os.environ.get("ARCHIPEL_START_SECONDS") or 45)
        self.said = ""
        os.environ["ARCHIPEL_SESSION_FOLDER"] = str(private)
        os.environ["ARCHIPEL_OVERLAY"] = str(self.overlay)

    def run(self) -> int:
        trouble = self._prepared()
        while True:
            server, trouble = self._started(trouble)
            if server is None:
                continue
            code = watch.wait_end(self.watch, server)
            wanted = self.private / watch.WANTED
            if self.watch.asked or not wanted.is_file():
                return code
            mode = wanted.read_text(encoding="utf-8").strip()
            wanted.unlink()
            self.said = ""
            trouble = "asked" if mode == "rescue" else self._prepared()

    def _prepared(self) -> str:
        """The trouble that the home gives before any server; each look at it may hang, and is left then."""
        python = sys.executable
        found = self._child([python, "-m", "archipel.sessions.probe", str(self.home)], PROBE_SECONDS)
        if found is None:
            return "home.silent"
        if found[0]:
            return found[1].strip().splitlines()[-1] if found[1].strip() else "home.closed"
        found = self._child([python, "-m", "archipel.hub.prepare"], PREPARE_SECONDS)
        if found is None:
            return "home.silent"
        if found[0]:
            self.said = found[1]
            # A disk with some room left may have none for an environment.
            return "home.full" if "Errno 28" in found[1] or "Errno 122" in found[1] else "prepare.failed"
        return ""

    def _child(self, command: list[str], seconds: float) -> tuple[int, str] | None:
        """Exit status and errors; None where it did not end in time."""
        started = self.watch.start(command, os.environ, self.private)
        try:
            code = started.process.wait(seconds)
        except subprocess.TimeoutExpired:
            # Blocked in the kernel on a dead disk, it may not die: nobody waits for it.
            started.process.kill()
            return None
        if self.watch.asked:
            raise watch.Ended
        return code, started.said()

    def _started(self, trouble: str) -> tuple[watch.Started | None, str]:
        """The server, once it answers; or None and the trouble with which to try again in rescue mode."""
        mode = self._mode(trouble)
        self._tell(trouble)
        if not trouble and (found := self._kernel_trouble(mode)):
            return self._again(found)
        server = self.watch.start(mode.command, mode.env, mode.folder)
        url = watch.health_url(os.environ["JUPYTERHUB_SERVICE_URL"])
        found = watch.wait_ready(self.watch, server, lambda: watch.answers(url), self.seconds)
        if not trouble and not found and watch.page_breaks(url, os.environ["JUPYTERHUB_API_TOKEN"]):
            found = "page.broken"
        if trouble or not found:
            # In rescue mode there is nothing left to try: the hub says what a server that dies leaves.
            return server, ""
        self.watch.stop(server, patience=3)
        self.said = server.said()
        return self._again(found)

    def _again(self, found: str) -> tuple[None, str]:
        with contextlib.suppress(OSError):
            # The log may lie on the very disk that is full.
            os.write(2, f"session: {found}; rescue mode\n".encode())
        return None, found

    def _kernel_trouble(self, mode: modes.Mode) -> str:
        """A first kernel, before anyone waits for one, where something of the person's runs in it."""
        if not trial.wanted(self.home, self.overlay):
            return ""
        command = [mode.command[0], "-m", "archipel.sessions.trial"]
        started = self.watch.start(command, mode.env, mode.folder)
        try:
            code = started.process.wait(min(trial.SECONDS, self.seconds))
        except subprocess.TimeoutExpired:
            self.watch.stop(started, patience=1)
            self.said = started.said()
            return "kernel.silent"
        if self.watch.asked:
            raise watch.Ended
        self.said = started.said() if code else ""
        return "kernel.died" if code else ""

    def _mode(self, trouble: str) -> modes.Mode:
        clone, arguments = self.home / CLONE, sys.argv[1:]
        if not trouble:
            return modes.own(os.environ, self.home, self.environment, self.overlay, arguments, clone)
        home = None if trouble == "home.silent" else self.home
        return modes.rescue(os.environ, home, self.environment, self.private, arguments, clone)

    def _tell(self, trouble: str) -> None:
        """For the server's own pages: why it is in rescue mode, and what was said."""
        told = {"trouble": trouble, "said": self.said[-6000:]}
        (self.private / "start.json").write_text(json.dumps(told), encoding="utf-8")


def _take_tokens(folder: str) -> None:
    """In a pod the session's token is a file; everything that it is for is told from it here."""
    if not folder:
        return
    token = (Path(folder) / "JUPYTERHUB_API_TOKEN").read_text(encoding="utf-8")
    for name in ("JUPYTERHUB_API_TOKEN", "ARCHIPEL_API_TOKEN", "MLFLOW_TRACKING_TOKEN"):
        os.environ[name] = token
    # git asks the platform's repository as this person, without a token in any file.
    os.environ |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{os.environ['ARCHIPEL_REPOSITORY']}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: token {token}",
    }


if __name__ == "__main__":
    main()
