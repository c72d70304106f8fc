"""A first kernel, started and ended before anyone waits for one: do this person's start-up files let it be?

`python -m archipel.sessions.trial`, with the environment of the session's server.
"""

from __future__ import annotations

from pathlib import Path

SECONDS = 25
OURS = {"archipel-image.pth", "_virtualenv.py", "_virtualenv.pth", "__pycache__"}


def wanted(home: Path, overlay: Path) -> bool:
    """Whether anything of the person's own runs inside each kernel: else there is nothing to try."""
    own = [home / ".ipython" / "profile_default" / "startup"]
    found = [path for folder in own for path in _listed(folder) if path.suffix in (".py", ".ipy")]
    found += [
        path for path in _listed(home / ".ipython" / "profile_default") if path.name.endswith("_config.py")
    ]
    found += [path for path in _listed(home / ".local" / "share" / "jupyter" / "kernels") if path.is_dir()]
    site = next(iter(sorted((overlay / "lib").glob("python3.*/site-packages"))), overlay)
    found += [path for path in _listed(site) if path.name not in OURS]
    return bool(found)


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def main() -> None:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(startup_timeout=SECONDS, kernel_name="python3", cwd=str(Path.cwd()))
    try:
        reply = client.execute_interactive("1 + 1", timeout=SECONDS, output_hook=lambda _message: None)
        assert reply["content"]["status"] == "ok", reply["content"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
