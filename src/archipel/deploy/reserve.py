"""What the platform's own pods take of the workspace's quota, beside one session."""

from __future__ import annotations

from decimal import Decimal

from archipel.catalog.models import Resources
from archipel.deploy.chart import Values
from archipel.deploy.quantities import UNITS, number


def least(values: Values) -> dict[str, Decimal]:
    """Key of the quota → what it must hold at the least."""
    own = [values.hub.resources, values.proxy.resources, values.portal.resources]
    own += [values.scheduler.resources, values.dashboards.resources, values.mlflow.resources]
    if values.database.internal.enabled:
        own.append(values.database.internal.resources)
    needs = [one.requests for one in own]
    session = Resources()
    cpu = Decimal(str(session.cpu * values.singleuser.cpuShare))
    return {
        "pods": Decimal(len(needs) + 1),
        "requests.cpu": sum((number(one.cpu) for one in needs), cpu),
        "requests.memory": sum((number(one.memory) for one in needs), Decimal(session.memory_bytes)),
    }


def lacking(values: Values) -> dict[str, str]:
    """Key of the quota that is too small → what it wants, as it is written."""
    hard = values.quota.hard if values.quota.enabled else {}
    return {
        key: f"{wanted / UNITS['Mi']:.0f}Mi" if key == "requests.memory" else f"{wanted.normalize():f}"
        for key, wanted in least(values).items()
        if key in hard and number(hard[key]) < wanted
    }
