"""A release on the cluster of KUBECONFIG: how fast sessions open, how soon a hub is back, what a death costs.

    python benchmarks/cluster.py spawns [TIMES]      30 by default; beside plain KubeSpawner
    python benchmarks/cluster.py restarts [TIMES]    10; five sessions open, beside a bare hub
    python benchmarks/cluster.py deletions [TIMES [KIND...]]   10 of each kind of pod

The release has the people of tests/cluster/values.yaml. ARCHIPEL_NAMESPACE: where it is; ARCHIPEL_PEER: the
namespace that the peer is put up in, and that is removed at the end (« <namespace>-peer »).
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from measure import record

from support.places import Cluster, Visitor  # the tests' own driver


def machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} × {platform.machine()}, load {load:.1f} at the end"


def keep(name: str, told: dict[str, Any]) -> None:
    record(name, {"machine": machine(), **told})
    print(f"\n{name}")
    for label, row in told["rows"].items():
        print(f"  {label:<34} " + "  ".join(f"{key} {value}" for key, value in row.items()))


def main(words: list[str]) -> None:
    import deletions
    import restarts
    import spawns

    verb, usual, kinds = (words or [""])[0], {"spawns": 30, "restarts": 10, "deletions": 10}, words[2:]
    if verb not in usual or not set(kinds) <= set(deletions.KINDS):
        sys.exit(__doc__)
    times = int(words[1]) if len(words) > 1 else usual[verb]
    place = Cluster()
    visitor = Visitor(place)
    try:
        if verb == "deletions":
            for name, told in deletions.measure(place, visitor, times, kinds or deletions.KINDS):
                keep(name, told)
        else:
            keep(*{"spawns": spawns, "restarts": restarts}[verb].measure(place, visitor, times))
    finally:
        visitor.close()


if __name__ == "__main__":
    main(sys.argv[1:])
