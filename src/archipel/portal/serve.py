"""The process `archipel serve portal`: the application on loopback, the ledger's one writer."""

from __future__ import annotations

import logging

import archipel
from archipel.artifacts import Artifacts
from archipel.dashboards.publish import promoter
from archipel.datafolder import DataFolder
from archipel.identity.signin import HubSignIn
from archipel.portal.services import Services
from archipel.runs.ledger import Ledger
from archipel.runs.scheduler import Scheduler
from archipel.runs.store import writer
from archipel.runs.tracking import tracking
from archipel.runs.wiring import build_context
from archipel.workspace import Workspace

ROOT_SESSIONS = "archipel"


def serve(data: DataFolder, workspace: Workspace) -> None:
    """Until the process is ended. Raises `Conflict` while another process holds the ledger."""
    import os

    import uvicorn

    from archipel.asgi import Catching
    from archipel.portal.app import create_app

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    mlflow = workspace.internal_url("mlflow") + workspace.mlflow_prefix.rstrip("/")
    personal_root = workspace.mode == "personal" and os.geteuid() == 0
    with writer(data.ledger_lock):
        context = build_context(
            data,
            tracking=tracking(data, mlflow),
            on_published=promoter(Artifacts(f"file://{data.artifacts}")),
            say=logging.getLogger("archipel.environments").info,
            api_url=f"{workspace.internal_url('portal')}{workspace.portal_prefix}api/v1",
            session_account=ROOT_SESSIONS if personal_root else "",
        )
        services = Services(
            context=context,
            ledger=Ledger(context),
            workspace=workspace,
            sign_in=sign_in(data, workspace),
            form_key=_key(data, "cookies").encode(),
            version=archipel.__version__,
            hub_token=_key(data, "portal"),
        )
        uvicorn.run(
            Catching(create_app(services, Scheduler(context, first_results=workspace.first_results))),
            host="127.0.0.1",
            port=workspace.ports["portal"],
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )


def sign_in(data: DataFolder, workspace: Workspace) -> HubSignIn:
    return HubSignIn(
        workspace=workspace,
        service="portal",
        api_token=_key(data, "portal"),
        prefix=workspace.portal_prefix,
        cookie_secret=_key(data, "cookies").encode(),
        origin=workspace.origin(workspace.host),
        operator_token=_key(data, "operator"),
    )


def _key(data: DataFolder, name: str) -> str:
    return (data.secrets / name).read_text(encoding="utf-8").strip()
