"""``result.json`` as a notebook wrote it: of any size and shape, read within bounds. Pure."""

from __future__ import annotations

import json
from typing import Any

NAME = "result.json"
MOST_BYTES = 1024**2
"""Some thousand measures; tables are files of their own. Portal and scheduler hold it in memory."""


def metrics_in(text: bytes) -> dict[str, dict[str, Any]]:
    """Its measures by name, each with a « value »; what has none is left out. Raises `ValueError`."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    try:
        metrics = json.loads(text)["metrics"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no metrics") from error
    if not isinstance(metrics, dict):
        raise ValueError("no metrics")
    return {name: one for name, one in metrics.items() if isinstance(one, dict) and "value" in one}
