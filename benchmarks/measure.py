"""What every benchmark shares: medians of repeated measures, and the file that keeps them."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def seconds(action: Callable[[], Any], times: int) -> dict[str, float]:
    """Median, lowest and highest of ``times`` measures, after one that is not counted."""
    action()
    found = []
    for _turn in range(times):
        began = time.perf_counter()
        action()
        found.append(time.perf_counter() - began)
    return {
        "median": round(statistics.median(found), 4),
        "low": round(min(found), 4),
        "high": round(max(found), 4),
    }


def spread(found: Sequence[float], whole: float | None = None) -> dict[str, float]:
    """P50, P95, lowest and highest of what was measured; its share of ``whole`` where that is told."""
    ordered = sorted(found)
    row = {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))], 2),
        "low": round(ordered[0], 2),
        "high": round(ordered[-1], 2),
    }
    return row | ({"share": round(row["p50"] / whole, 2)} if whole else {})


def command(*words: str, **more: Any) -> Callable[[], None]:
    """A command as an action; one that fails stops the benchmark."""

    def run() -> None:
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)

    return run


def keep(name: str, rows: dict[str, dict[str, float]], peers: Sequence[str], base: str) -> None:
    """Write the rows under ``name``, each with its ratio to ``base``; print them."""
    for row in rows.values():
        row["ratio"] = round(row["median"] / rows[base]["median"], 2)
    record(
        name,
        {
            "machine": f"{os.cpu_count()} × {platform.machine()}, Python {platform.python_version()}",
            "unit": "s",
            "base": base,
            "peers": list(peers),
            "rows": rows,
        },
    )
    print(f"\n{name} (s, median of repeated measures; ratio to « {base} »)")
    for label, row in rows.items():
        print(f"  {label:<44} {row['median']:8.3f}   × {row['ratio']}")


def recorded(name: str) -> dict[str, Any]:
    """What was last kept under ``name``; nothing where there is none."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return dict(results.get(name, {}))


def record(name: str, told: dict[str, Any]) -> None:
    """Keep what was measured under ``name``, with its date; the other names stay."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results[name] = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), **told}
    RESULTS.write_text(
        json.dumps(results, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
