"""What the front counts, for Prometheus: live dashboards, their readers, its own answers.

The proxy leads the whole second origin here: figures are for who shows their key, and no page for anybody
else.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from archipel.dashboards.live import LiveDashboards

FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class Figures:
    def __init__(self, live: LiveDashboards, key: str) -> None:
        self._live, self._key = live, key
        self.answers: Counter[int] = Counter()
        self.sockets = 0

    async def page(self, request: Request) -> Response:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), self._key.encode()):
            return PlainTextResponse("", 404)
        return PlainTextResponse(await self.text(), media_type=FORMAT)

    async def text(self) -> str:
        """The Prometheus text format, version 0.0.4."""
        running = self._live.running()
        views = sum(await asyncio.gather(*(self._live.views(one) for one in running)))
        lines = [
            "# HELP archipel_live_dashboards Live dashboards that run.",
            "# TYPE archipel_live_dashboards gauge",
            f"archipel_live_dashboards {len(running)}",
            "# HELP archipel_live_views Pages of live dashboards that hold a kernel.",
            "# TYPE archipel_live_views gauge",
            f"archipel_live_views {views}",
            "# HELP archipel_dashboards_websockets_total Websockets opened.",
            "# TYPE archipel_dashboards_websockets_total counter",
            f"archipel_dashboards_websockets_total {self.sockets}",
            "# HELP archipel_dashboards_requests_total Requests answered, by status.",
            "# TYPE archipel_dashboards_requests_total counter",
        ]
        counted = sorted(self.answers.items())
        lines += [f'archipel_dashboards_requests_total{{status="{status}"}} {n}' for status, n in counted]
        return "\n".join(lines) + "\n"


class Counting:
    """An application whose answers are counted."""

    def __init__(self, app: Any, figures: Figures) -> None:
        self._app, self._figures = app, figures

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._figures.answers[message["status"]] += 1
            elif message["type"] == "websocket.accept":
                self._figures.sockets += 1
            await send(message)

        await self._app(scope, receive, sending)
