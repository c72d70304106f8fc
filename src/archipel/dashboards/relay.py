"""Requests and websockets handed to a Voilà through its door, without anything that proves who asks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from archipel.dashboards.live import Live
from archipel.errors import NotFound, TooLarge
from archipel.texts import N_

GONE = N_("ce tableau vivant s’est arrêté, faute de lecteur ; touchez un réglage pour le rouvrir")
ASK_SECONDS = 0.5
"""Between two questions about the reader of an open websocket; most are answered from memory."""
MAX_BODY = 8 * 1024**2
"""Bytes of a request, which is held whole; what is chosen on a page goes by its websocket."""
KEPT_REQUEST = {"accept", "accept-language", "content-type", "user-agent"}
KEPT_RESPONSE = {
    "content-type",
    "cache-control",
    "etag",
    "last-modified",
    "content-length",
    "content-encoding",
}


async def body_of(request: Request) -> bytes:
    """All that was sent. Raises `TooLarge` as soon as it is more than `MAX_BODY`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge("request.size", "demande de plus de {mb} Mo", mb=MAX_BODY // 1024**2)
    return bytes(body)


async def forward(request: Request, live: Live, extra: dict[str, str]) -> Any:
    """The answer of Voilà, streamed; no cookie goes either way. ``extra``: headers that the front adds."""
    live.seen = time.monotonic()
    content = await body_of(request)
    headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT_REQUEST}
    query = request.scope["query_string"]
    # Of the page itself no argument passes: Voilà would take another template or theme from it.
    wanted = b"?" + query if query and request.url.path != "/" else b""
    client = live.door.client()
    url = httpx.URL(live.door.origin).copy_with(raw_path=request.scope["raw_path"] + wanted)
    outgoing = client.build_request(request.method, url, headers=headers | extra, content=content)
    live.asked += 1
    try:
        answer = await client.send(outgoing, stream=True)
    except httpx.HTTPError:
        await client.aclose()
        raise NotFound("live.gone", GONE) from None
    finally:
        live.asked -= 1
        live.seen = time.monotonic()
    kept = {k: v for k, v in answer.headers.items() if k.lower() in KEPT_RESPONSE}

    async def body() -> AsyncIterator[bytes]:
        try:
            async for chunk in answer.aiter_raw():
                # While it computes, Voilà says now and then that it goes on.
                live.seen = time.monotonic()
                yield chunk
        finally:
            await answer.aclose()
            await client.aclose()

    return StreamingResponse(body(), status_code=answer.status_code, headers=kept)


async def forward_websocket(websocket: WebSocket, live: Live, may: Callable[[], Awaitable[bool]]) -> None:
    """Both ways until either closes, or until ``may`` says that the reader may not any more."""
    from websockets.exceptions import InvalidHandshake

    path = websocket.scope["path"]
    query = websocket.scope["query_string"].decode()
    asked = websocket.scope.get("subprotocols") or []
    target = path + (f"?{query}" if query else "")
    live.sockets_open += 1
    try:
        async with live.door.websocket(target, asked or None) as inner:
            await websocket.accept(subprotocol=inner.subprotocol)
            pumps = [
                asyncio.create_task(_out(websocket, inner)),
                asyncio.create_task(_in(websocket, inner, live)),
                asyncio.create_task(_while(may)),
            ]
            _done, pending = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pending:
                pump.cancel()
    except (OSError, InvalidHandshake):
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close(1013)
    finally:
        live.sockets_open -= 1
        live.seen = time.monotonic()
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close()


async def _while(may: Callable[[], Awaitable[bool]]) -> None:
    """Ends when the reader has lost the right to the page that they have open."""
    while await may():
        await asyncio.sleep(ASK_SECONDS)


async def _out(websocket: WebSocket, inner: Any) -> None:
    from websockets.exceptions import ConnectionClosed

    with contextlib.suppress(ConnectionClosed, WebSocketDisconnect, RuntimeError):
        async for message in inner:
            if isinstance(message, bytes):
                await websocket.send_bytes(message)
            else:
                await websocket.send_text(message)


async def _in(websocket: WebSocket, inner: Any, live: Live) -> None:
    from websockets.exceptions import ConnectionClosed

    with contextlib.suppress(ConnectionClosed, WebSocketDisconnect):
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            live.seen = time.monotonic()
            data = message.get("bytes")
            await inner.send(data if data is not None else message.get("text", ""))
