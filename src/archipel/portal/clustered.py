"""The portal and the scheduler where they are pods: `archipel serve portal`, `archipel serve scheduler`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from archipel import asgi
from archipel.artifacts import Artifacts
from archipel.backends.task import Backend
from archipel.cluster import Cluster, database_url
from archipel.content.shared import SharedContent
from archipel.dashboards.publish import promoter
from archipel.datafolder import DataFolder
from archipel.models.registry import MlflowRegistry
from archipel.notebook.review import check_content
from archipel.portal.serve import services_of
from archipel.runs.canary import Canary, anything_marked, endpoint_of, targets_of
from archipel.runs.clustered import Elsewhere, clustered_context, only_scheduler, open_ledger
from archipel.runs.context import Context
from archipel.runs.scheduler import Scheduler
from archipel.runs.service import Health, Loop
from archipel.runs.service import run as run_loop
from archipel.runs.store import Store
from archipel.runs.tracking import clustered_tracking
from archipel.workspace import Workspace

if TYPE_CHECKING:
    from archipel.backends.kubernetes import KubernetesBackend


def serve_portal(data: DataFolder, workspace: Workspace, cluster: Cluster) -> None:
    """The API and the pages. What it needs at its start (database, store) it waits for, by restarting."""
    from archipel.portal.app import create_app

    asgi.speak()
    content = SharedContent(data, Artifacts(cluster.store))
    content.ensure_first(Path(cluster.content), check_content)
    content.follow()
    context = _context(data, workspace, cluster, open_ledger(data), content, Elsewhere())
    # The context has made MLflow's tables.
    registry = MlflowRegistry(database_url(data, "mlflow"), Artifacts(cluster.store).under("mlflow"))
    app = create_app(services_of(context, data, workspace, registry), None)
    # A run's file may be on its way: it is given the time to come whole.
    asgi.serve(app, workspace.listens("portal"), grace=20)


def serve_scheduler(data: DataFolder, workspace: Workspace, cluster: Cluster) -> None:
    """The loop, once this process is the only one that has the right to it."""
    from archipel.backends.kubernetes import KubernetesBackend
    from archipel.backends.manifests import Ground

    asgi.speak()
    engine = open_ledger(data)
    health = Health(Store(engine), workspace.listens("scheduler"))
    with only_scheduler(engine) as held:
        content = SharedContent(data, Artifacts(cluster.store))
        content.follow()
        backend = KubernetesBackend(Ground(**cluster.pods))
        context = _context(data, workspace, cluster, engine, content, backend)
        scheduler = Scheduler(
            context,
            slots=cluster.slots,
            first_results=workspace.first_results,
            canary=_canary(data, workspace, cluster, context, backend).turn,
        )
        run_loop(Loop(scheduler, held), health)


def _canary(
    data: DataFolder, workspace: Workspace, cluster: Cluster, context: Context, backend: KubernetesBackend
) -> Canary:
    """Its probes have the image of the default profile, which is wherever sessions are."""
    config = data.secrets / "s3-config"
    targets = targets_of(
        workspace,
        (os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])),
        (data.secrets / "database").read_text(encoding="utf-8").strip(),
        endpoint_of(config.read_text(encoding="utf-8")) if config.is_file() else "",
        cluster.pods.get("environment", {}),
        cluster.canary_targets,
    )

    def image() -> tuple[str, str]:
        profiles = context.catalog().profiles.values()
        name = next(profile.image for profile in profiles if profile.default)
        return name, context.lock_of(context.current().folder, name)

    def wanted() -> bool:
        return context.library.pinned() is not None and anything_marked(context.catalog())

    return Canary(backend, context.artifacts, targets, image, wanted, cluster.canary)


def _context(
    data: DataFolder,
    workspace: Workspace,
    cluster: Cluster,
    engine: Engine,
    content: SharedContent,
    backend: Backend,
) -> Context:
    return clustered_context(
        data,
        cluster,
        engine=engine,
        content=content,
        backend=backend,
        tracking=clustered_tracking(data, cluster, workspace.tracking_url),
        on_published=promoter(Artifacts(cluster.store)),
        api_url=workspace.api_url,
    )
