"""Where a result comes from: data, code, environment, time and energy, for `provenance.json`."""

from __future__ import annotations

import hashlib
import platform
import resource
import time
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from archipel.notebook.manifest import sha256_of
from archipel.notebook.order import Order

WATTS_PER_CORE = 12.0
"""Power of a busy core where it is not known: Green Algorithms (doi:10.1002/advs.202100707)."""


def package_lock() -> dict[str, str]:
    """Name → version of everything installed in this environment."""
    return dict(
        sorted((d.metadata["Name"].lower(), d.version) for d in distributions() if d.metadata["Name"])
    )


def cpu_seconds() -> float:
    """Processor time of this process and of its ended children (the kernel)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def provenance(
    order: Order, parameters: dict[str, Any], started: float, cells: list[float]
) -> dict[str, Any]:
    """``started``: ``time.time()`` at the start; ``cells``: seconds of each code cell."""
    packages = package_lock()
    digest = hashlib.sha256("\n".join(f"{n}=={v}" for n, v in packages.items()).encode()).hexdigest()
    used = cpu_seconds()
    return {
        "defi": order.defi,
        "execution": order.execution,
        "run": order.run,
        "attempt": order.attempt,
        "draft": order.draft,
        "notebook": order.notebook,
        "commit": order.commit,
        "image": {"name": order.image, "lock": order.lock},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages_sha256": digest,
        "packages": packages,
        "sources": {name: _source(entry) for name, entry in order.sources.items()},
        "inputs": list(order.inputs),
        "donnees_synthetiques": order.synthetic,
        "graine": parameters.get("graine"),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "cell_seconds": [round(seconds, 3) for seconds in cells],
        "cpu_seconds": round(used, 3),
        "energy": {
            "value": round(used * WATTS_PER_CORE / 3600, 4),
            "unit": "Wh",
            "method": f"temps processeur × {WATTS_PER_CORE:g} W par cœur (estimation)",
        },
    }


def _source(entry: dict[str, str]) -> dict[str, Any]:
    path = Path(entry["path"])
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    sums = {
        p.name if p == path else p.relative_to(path).as_posix(): sha256_of(p) for p in files if p.is_file()
    }
    return {"vintage": entry.get("vintage", ""), "licence": entry.get("licence", ""), "sha256": sums}
