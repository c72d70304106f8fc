"""The process `archipel serve portal`: the application on loopback, the ledger's one writer."""

from __future__ import annotations

import logging

import archipel
from archipel import asgi
from archipel.artifacts import Artifacts
from archipel.dashboards.publish import promoter
from archipel.datafolder import DataFolder
from archipel.identity.signin import HubSignIn
from archipel.models.champions import Champions
from archipel.models.registry import MlflowRegistry
from archipel.portal.services import Services
from archipel.runs.context import Context
from archipel.runs.ledger import Ledger
from archipel.runs.promotions import Promotions
from archipel.runs.scheduler import Scheduler
from archipel.runs.store import writer
from archipel.runs.tracking import tracking
from archipel.runs.wiring import build_context
from archipel.workspace import Workspace

ROOT_SESSIONS = "archipel"


def serve(data: DataFolder, workspace: Workspace) -> None:
    """Until the process is ended. Raises `Conflict` while another process holds the ledger."""
    import os

    from archipel.portal.app import create_app

    asgi.speak()
    personal_root = workspace.mode == "personal" and os.geteuid() == 0
    with writer(data.ledger_lock):
        context = build_context(
            data,
            tracking=tracking(data, workspace.tracking_url),
            on_published=promoter(Artifacts(f"file://{data.artifacts}")),
            say=logging.getLogger("archipel.environments").info,
            api_url=workspace.api_url,
            session_account=ROOT_SESSIONS if personal_root else "",
        )
        app = create_app(
            services_of(context, data, workspace, own_registry(data)),
            Scheduler(context, first_results=workspace.first_results),
        )
        asgi.serve(app, workspace.listens("portal"))


def own_registry(data: DataFolder) -> MlflowRegistry:
    """MLflow's tables and files of this data folder."""
    return MlflowRegistry(
        f"sqlite:///{data.mlflow}/mlflow.sqlite", Artifacts(f"file://{data.mlflow}/artifacts")
    )


def services_of(
    context: Context, data: DataFolder, workspace: Workspace, registry: MlflowRegistry
) -> Services:
    """What pages and API are given, wherever they run."""
    return Services(
        context=context,
        ledger=Ledger(context),
        workspace=workspace,
        sign_in=sign_in(data, workspace),
        form_key=data.key("cookies").encode(),
        version=archipel.__version__,
        champions=Champions(registry, Promotions(context.store.engine), context.catalog),
        hub_token=data.key("portal"),
    )


def sign_in(data: DataFolder, workspace: Workspace) -> HubSignIn:
    return HubSignIn(
        workspace=workspace,
        service="portal",
        api_token=data.key("portal"),
        prefix=workspace.portal_prefix,
        cookie_secret=data.key("cookies").encode(),
        origin=workspace.origin(workspace.host),
        # A pod that people reach keeps no key of the hub's.
        operator_token="" if workspace.cluster else data.key("operator"),
    )
