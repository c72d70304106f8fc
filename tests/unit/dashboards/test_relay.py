"""What the front reads of a request before it hands it on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from archipel.dashboards import relay
from archipel.errors import TooLarge


def sent(blocks: int, size: int) -> bytes:
    left = blocks

    async def receive() -> Any:
        nonlocal left
        left -= 1
        assert left >= -1, "read beyond its end"
        return {"type": "http.request", "body": b"x" * size, "more_body": left > 0}

    return asyncio.run(relay.body_of(Request({"type": "http", "headers": []}, receive)))


def test_a_body_is_read_whole_up_to_its_limit() -> None:
    assert len(sent(8, relay.MAX_BODY // 8)) == relay.MAX_BODY


def test_an_endless_body_is_refused_in_words_before_it_is_held() -> None:
    with pytest.raises(TooLarge, match="demande de plus de 8 Mo") as refused:
        sent(10**9, 1024**2)
    assert refused.value.http_status == 413
