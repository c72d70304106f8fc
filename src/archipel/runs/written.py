"""What an attempt's own process wrote of itself, read within bounds: it may be of any size and shape."""

from __future__ import annotations

import json
from typing import Any

from archipel.artifacts import Artifacts
from archipel.notebook import results

EVENTS_BYTES = 256 * 1024
"""The failure is the last line that the executor writes, and is some kilobytes at most."""
MESSAGE_CHARACTERS, ERROR_CHARACTERS = 2000, 200


def failure(attempt: Artifacts) -> dict[str, Any] | None:
    """The `failed` event that the executor wrote, if it had the time to."""
    return failure_in(attempt.tail("events.jsonl", EVENTS_BYTES) or b"")


def failure_in(events: bytes) -> dict[str, Any] | None:
    for line in reversed(events.decode("utf-8", "replace").splitlines()):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            # A notebook may write there too, and the first line may be cut.
            continue
        if isinstance(event, dict) and event.get("event") == "failed":
            cell = event.get("cell")
            return {
                "cell": cell if type(cell) is int else None,
                "error": str(event.get("error"))[:ERROR_CHARACTERS],
                "message": str(event.get("message"))[:MESSAGE_CHARACTERS],
            }
    return None


def metrics(attempt: Artifacts) -> dict[str, dict[str, Any]]:
    """The measures of ``result.json``; none where it says none that can be read."""
    try:
        return results.metrics_in(attempt.read(results.NAME, results.MOST_BYTES + 1) or b"")
    except ValueError:
        return {}
