"""Which images a workspace needs before anybody asks for anything."""

from __future__ import annotations

from collections.abc import Iterator

from archipel.catalog.models import Catalog, Defi


def needed(catalog: Catalog) -> tuple[str, ...]:
    """In the catalogue's order: those marked ``eager``, those of dashboards and of the executions that a
    first start runs for them, those of schedules that are not paused."""
    wanted = {image for defi in catalog.defis.values() for image in _by_itself(defi)}
    return tuple(name for name, image in catalog.images.items() if image.eager or name in wanted)


def _by_itself(defi: Defi) -> Iterator[str]:
    if defi.dashboard is not None:
        yield defi.dashboard.image
        yield defi.executions[defi.dashboard.execution].image
    for schedule in defi.schedules.values():
        if not schedule.paused:
            yield defi.executions[schedule.execution].image
