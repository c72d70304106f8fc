"""What every HTTP service of ours is wrapped in, and how it is served and speaks."""

from __future__ import annotations

import logging
from typing import Any

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
            log.exception("%s %s", scope["method"], scope["path"])
            if not begun:
                headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]
                await send({"type": "http.response.start", "status": 500, "headers": headers})
                await send({"type": "http.response.body", "body": _BODY})
