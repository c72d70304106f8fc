"""Images that are made before anybody asks for anything."""

from __future__ import annotations

from archipel.catalog.load import load_catalog
from archipel.catalog.models import Catalog, Schedule
from archipel.catalog.needed import needed
from support.source import ROOT

CATALOG = load_catalog(ROOT)


def changed(**more: object) -> Catalog:
    twincity = CATALOG.defis["twincity"].model_copy(update=more)
    return CATALOG.model_copy(update={"defis": {**CATALOG.defis, "twincity": twincity}})


def test_first_runs_dashboards_and_schedules_say_which() -> None:
    assert needed(CATALOG) == ("base", "datascience", "imaging")
    assert needed(changed(dashboard=None, schedules={})) == ("base", "datascience")
    weekly = Schedule(execution="entrainement", cron="0 3 * * 0")
    assert needed(changed(schedules={"a": weekly})) == ("base", "datascience", "imaging", "vision")


def test_a_paused_schedule_asks_for_nothing() -> None:
    paused = Schedule(execution="entrainement", cron="0 3 * * 0", paused=True)
    assert "vision" not in needed(changed(schedules={"a": paused}))
