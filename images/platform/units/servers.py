"""What the platform's processes import, and the programs that they start."""

import importlib
import subprocess
import sys

from archipel.environments.node import proxy_command

for name in (
    *("jupyterhub", "kubespawner", "kubernetes", "oauthenticator", "psycopg", "s3fs", "boto3", "mlflow"),
    *("alembic", "fastapi", "sqlalchemy", "uvicorn", "archipel.portal.app", "archipel.dashboards.app"),
):
    importlib.import_module(name)

commands = {
    "proxy": [*proxy_command(), "--version"],
    "archipel": ["archipel", "--help"],
    "git": ["git", "--version"],
    "hub": [sys.executable, "-m", "jupyterhub", "--version"],
}
for name, command in commands.items():
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode or not done.stdout.strip():
        sys.exit(f"{name}: {done.stderr[-500:]}")
