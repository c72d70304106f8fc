"""How long commands take to start, beside Python itself and the peers' commands."""

from __future__ import annotations

import sys
from pathlib import Path

from measure import command, keep, seconds

BIN = Path(sys.executable).parent
TIMES = 15


def main() -> None:
    actions = {
        "python -c pass": command(sys.executable, "-c", "pass"),
        "archipel --help": command(str(BIN / "archipel"), "--help"),
        "archipel catalog check": command(str(BIN / "archipel"), "catalog", "check"),
        "archipel runs --help": command(str(BIN / "archipel"), "runs", "--help"),
        "papermill --help (peer)": command(sys.executable, "-m", "papermill", "--help"),
        "jupyterhub --help (peer)": command(str(BIN / "jupyterhub"), "--help"),
        "mlflow --help (peer)": command(str(BIN / "mlflow"), "--help"),
    }
    rows = {label: seconds(action, TIMES) for label, action in actions.items()}
    keep("commands", rows, [label for label in rows if "peer" in label], "python -c pass")


if __name__ == "__main__":
    main()
