"""Front of the second origin (being written)."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from archipel.datafolder import DataFolder
from archipel.workspace import Workspace


async def health(_request: Any) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def serve(data: DataFolder, workspace: Workspace) -> None:
    import uvicorn

    uvicorn.run(
        Starlette(routes=[Route("/healthz", health)]), host="127.0.0.1", port=workspace.ports["dashboards"]
    )
