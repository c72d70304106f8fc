"""What every HTTP service of ours is wrapped in, and how it is served and speaks."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from archipel.errors import TooLarge

log = logging.getLogger("archipel.asgi")

_BODY = (
    b'{"code": "unexpected", "message": "Erreur inattendue ; elle est au journal. '
    b'(Unexpected error; it is in the log.)"}'
)


def speak() -> None:
    """The log of a process of the workspace: its own lines, of its libraries the warnings."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("httpx", "botocore", "aiobotocore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def serve(app: Any, address: tuple[str, int], grace: int = 5) -> None:
    """Until the process is ended; then what is under way has ``grace`` seconds."""
    import uvicorn

    host, port = address
    uvicorn.run(
        Catching(app),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=grace,
    )


MOST_BODY = 1024**2
"""Bytes of what is asked in words; files have routes of their own, which know who sends before they read."""


class Limited:
    """An application that is given no body larger than `MOST_BODY`, but on the paths that ``streams`` names.

    A body is read before it is known who sends it: a stranger could fill the memory of the process.
    """

    def __init__(self, app: Any, streams: Callable[[str], bool] = lambda _path: False) -> None:
        self._app, self._streams = app, streams

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or self._streams(scope["path"]):
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        readable = _announced(scope) <= MOST_BODY
        while readable and more and len(body) <= MOST_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if more or len(body) > MOST_BODY:
            await _too_large(send)
            return
        given = False

        async def again() -> Any:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


def _announced(scope: Any) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"")
    return int(told) if told.isdigit() and len(told) < 20 else 0


async def _too_large(send: Any) -> None:
    told = TooLarge("request.size", "demande de plus de {kb} Ko", kb=MOST_BODY // 1024)
    text = json.dumps(told.as_json(), ensure_ascii=False).encode()
    # What is left of the body is not read: the connection ends with the answer.
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": told.http_status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class Catching:
    """An application whose unexpected errors are told in the log and answered, never raised.

    uvicorn closes the connection on what is raised, without saying so: the proxy, which keeps connections,
    would then lose the next request, of somebody else.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            # What comes after is the name of somebody's file.
            log.exception("%s %s", scope["method"], scope["path"].partition("/files/")[0])
            if not begun:
                headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]
                await send({"type": "http.response.start", "status": 500, "headers": headers})
                await send({"type": "http.response.body", "body": _BODY})
