"""The portal and the scheduler where they are pods: `archipel serve portal`, `archipel serve scheduler`."""

from __future__ import annotations

import logging
from pathlib import Path

import archipel
from archipel.artifacts import Artifacts
from archipel.backends.task import Backend
from archipel.cluster import Cluster
from archipel.content.shared import SharedContent
from archipel.dashboards.publish import promoter
from archipel.datafolder import DataFolder
from archipel.notebook.review import check_content
from archipel.portal.services import Services
from archipel.runs.clustered import Elsewhere, clustered_context, only_scheduler, open_ledger
from archipel.runs.context import Context
from archipel.runs.ledger import Ledger
from archipel.runs.scheduler import Scheduler
from archipel.runs.service import Health, Loop
from archipel.runs.service import run as run_loop
from archipel.runs.store import Store
from archipel.runs.tracking import clustered_tracking
from archipel.workspace import Workspace


def serve_portal(data: DataFolder, workspace: Workspace, cluster: Cluster) -> None:
    """The API and the pages. What it needs at its start (database, store) it waits for, by restarting."""
    import uvicorn

    from archipel.asgi import Catching
    from archipel.portal.app import create_app
    from archipel.portal.serve import sign_in

    _speak()
    content = SharedContent(data, Artifacts(cluster.store))
    content.ensure_first(Path(cluster.content), check_content)
    content.follow()
    context = _context(data, workspace, cluster, content, Elsewhere())
    services = Services(
        context=context,
        ledger=Ledger(context),
        workspace=workspace,
        sign_in=sign_in(data, workspace),
        form_key=_key(data, "cookies").encode(),
        version=archipel.__version__,
        hub_token=_key(data, "portal"),
    )
    host, port = workspace.listens("portal")
    uvicorn.run(
        Catching(create_app(services, None)),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


def serve_scheduler(data: DataFolder, workspace: Workspace, cluster: Cluster) -> None:
    """The loop, once this process is the only one that has the right to it."""
    from archipel.backends.kubernetes import KubernetesBackend
    from archipel.backends.manifests import Ground

    _speak()
    engine = open_ledger(data)
    health = Health(Store(engine), workspace.listens("scheduler"))
    with only_scheduler(engine) as held:
        content = SharedContent(data, Artifacts(cluster.store))
        content.follow()
        backend = KubernetesBackend(Ground(**cluster.pods))
        context = _context(data, workspace, cluster, content, backend)
        scheduler = Scheduler(context, slots=cluster.slots, first_results=workspace.first_results)
        run_loop(Loop(scheduler, held), health)


def _context(
    data: DataFolder, workspace: Workspace, cluster: Cluster, content: SharedContent, backend: Backend
) -> Context:
    mlflow = workspace.internal_url("mlflow") + workspace.mlflow_prefix.rstrip("/")
    return clustered_context(
        data,
        cluster,
        engine=open_ledger(data),
        content=content,
        backend=backend,
        tracking=clustered_tracking(data, cluster, mlflow),
        on_published=promoter(Artifacts(cluster.store)),
        api_url=f"{workspace.internal_url('portal')}{workspace.portal_prefix}api/v1",
    )


def _speak() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("httpx", "botocore", "aiobotocore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _key(data: DataFolder, name: str) -> str:
    return (data.secrets / name).read_text(encoding="utf-8").strip()
