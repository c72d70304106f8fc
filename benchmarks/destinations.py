"""Forbidden destinations that pods of people's code reach, without and with the chart's policies.

    KUBECONFIG=… python benchmarks/destinations.py     # a release of the chart is there (make test-cluster)

The measure is the cluster tier's own test; what it saw is kept here, whatever it saw.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import record

ROOT = Path(__file__).parents[1]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        test = [sys.executable, "-m", "pytest", "-q", "-s", "tests/cluster/test_destinations.py"]
        done = subprocess.run(test, cwd=ROOT, env={**os.environ, "ARCHIPEL_MEASURES": folder}, check=False)
        told = Path(folder) / "destinations.json"
        if not told.is_file():
            print("Rien n’a été mesuré.", file=sys.stderr)
            return done.returncode or 1
        record("destinations", json.loads(told.read_text(encoding="utf-8")))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
