"""What the canary's pods run: knock where nothing may answer, and print what did.

`python -m archipel.backends.probe`, with ``$ARCHIPEL_PROBE``: ``{"platform": [host, port], "targets":
{name: [host, port]}}`` (host ``node``: the pod's own node). The last line printed is ``{"platform": bool,
"seen": {name: "open" | "refused" | "silent"}}``.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

CONNECT_SECONDS = 4.0
PLATFORM_SECONDS = 40.0
"""A pod's rules may come a moment after its first process: the platform answers once they are there."""
NODE = "node"


def knock(host: str, port: int, seconds: float = CONNECT_SECONDS) -> str:
    """``open``; ``refused`` where something said no; ``silent`` where nothing came back."""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return "open"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "silent"


def reaches(host: str, port: int, seconds: float = PLATFORM_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while knock(host, port) != "open":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def main() -> int:
    asked = json.loads(os.environ["ARCHIPEL_PROBE"])
    platform = reaches(*asked["platform"])
    node = os.environ.get("ARCHIPEL_NODE", "")
    places = {
        name: (node if host == NODE else host, int(port)) for name, (host, port) in asked["targets"].items()
    }
    with ThreadPoolExecutor(max_workers=len(places) or 1) as pool:
        seen = dict(zip(places, pool.map(lambda place: knock(*place), places.values()), strict=True))
    print(json.dumps({"platform": platform, "seen": seen}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
