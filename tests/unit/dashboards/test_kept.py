"""What the front keeps going beside its pages, whatever goes wrong in a turn."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from archipel.dashboards import app
from archipel.errors import Unavailable

SILENT = Unavailable("cluster.silent", "le cluster ne répond pas ({reason})", reason="refused")


def test_no_turn_is_the_last(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A proxy whose answer is no JSON, a cluster that is away: the next turn comes, and culls."""
    routed = [ValueError("no json"), httpx.ConnectError("refused"), AttributeError("get"), *[None] * 20]
    culled: list[Exception | None] = [SILENT, RuntimeError("unforeseen"), None]
    told = {"routes": 0, "culls": 0}

    async def ensure_routes(*_words: Any) -> None:
        told["routes"] += 1
        if error := routed[told["routes"] - 1]:
            raise error

    async def cull() -> None:
        told["culls"] += 1
        if error := culled[told["culls"] - 1]:
            raise error

    async def until_the_third_cull() -> None:
        keeping = asyncio.create_task(app._keep(front))
        while told["culls"] < 3:
            assert not keeping.done(), keeping
            await asyncio.sleep(0)
        keeping.cancel()

    front: Any = SimpleNamespace(
        data=None,
        workspace=None,
        readers=SimpleNamespace(labels=lambda: ["v1"]),
        live=SimpleNamespace(cull=cull),
    )
    monkeypatch.setattr(app, "ensure_routes", ensure_routes)
    monkeypatch.setattr(app, "PAUSE_SECONDS", 0)
    asyncio.run(asyncio.wait_for(until_the_third_cull(), 30))
    # Whatever nobody foresaw is in the log, whole.
    raised = [type(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert raised == [ValueError, AttributeError, RuntimeError]
