"""What each page shows, as plain values: only what this person may see."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx

from archipel.catalog.models import Defi, Execution, Schedule
from archipel.dashboards import versions
from archipel.errors import NotFound
from archipel.identity.person import Person
from archipel.notebook.contract import find_defi
from archipel.portal import guard
from archipel.portal.services import Services
from archipel.portal.sessions import SessionDesk, has_ended, told_of, told_of_end
from archipel.runs import written
from archipel.runs.due import instants
from archipel.runs.ledger import may
from archipel.runs.rows import ACTIVE
from archipel.runs.view import as_json
from archipel.texts import language
from archipel.texts import translate as _

LOG_TAIL = 20_000


async def home(here: Services, person: Person) -> dict[str, Any]:
    catalog = here.context.catalog()
    may_session = person.works(catalog)
    sessions = await _sessions(here, person) if may_session else []
    return await asyncio.to_thread(_home, here, person, may_session, sessions)


def _with_notices(here: Services, person: Person, sessions: list[dict[str, Any]]) -> str:
    """Adds to each session what it says of itself; the sentence about the last one where none is open."""
    desk = SessionDesk(here)
    said = desk.said(person.name)
    # The hub takes some seconds to see that a session ended.
    sessions[:] = [session for session in sessions if not has_ended(said, session["started"])]
    for session in sessions:
        current = said and not said.get("ended")
        session |= told_of(said, desk.newer(said)) if current else told_of({}, False)
    return "" if sessions else told_of_end(said)


def _home(
    here: Services, person: Person, may_session: bool, sessions: list[dict[str, Any]] | None
) -> dict[str, Any]:
    catalog = here.context.catalog()
    defis = [
        _card(here, slug, defi)
        for slug, defi in catalog.defis.items()
        if person.works_on(defi.rights.read, catalog)
    ]
    return {
        "may_session": may_session,
        "session_ended": _with_notices(here, person, sessions)
        if may_session and sessions is not None
        else "",
        "sessions": sessions,
        "defis": defis,
        "dashboards": dashboards_open_to(here, person),
        "guard": guard.state(here, person),
    }


async def _sessions(here: Services, person: Person) -> list[dict[str, Any]] | None:
    """The person's servers, as the hub tells them; None where it tells nothing."""
    headers = {"Authorization": f"token {here.hub_token}"}
    url = f"{here.workspace.hub_api_url}/users/{person.name}"
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.get(url, headers=headers)
            told = answer.json()
    except (httpx.HTTPError, ValueError):
        return None
    if answer.is_server_error:
        return None
    servers = (told.get("servers") or {}).values()
    return [
        {"title": "JupyterLab", "url": server["url"], "ready": server["ready"], "started": server["started"]}
        for server in servers
    ]


def dashboards_open_to(here: Services, person: Person) -> list[dict[str, Any]]:
    catalog = here.context.catalog()
    found = []
    for slug, defi in catalog.defis.items():
        if defi.dashboard is None or not here.workspace.content_url:
            continue
        version = versions.current(here.context.artifacts, slug)
        if version is None or not person.belongs(defi.dashboard.audience, catalog):
            continue
        found.append(
            {
                "url": f"{here.workspace.content_url}d/{slug}/",
                "title": defi.dashboard.title.in_language(language()),
                "summary": defi.summary.in_language(language()),
                "published": version.published,
                "synthetic": defi.synthetic,
            }
        )
    return found


def versions_open_to(here: Services, person: Person) -> list[dict[str, Any]]:
    """Each published dashboard of an audience that admits the person, with its versions."""
    catalog = here.context.catalog()
    found = []
    for slug, defi in catalog.defis.items():
        shown = versions.current(here.context.artifacts, slug)
        if defi.dashboard is None or shown is None or not person.belongs(defi.dashboard.audience, catalog):
            continue
        base = here.workspace.content_url
        found.append(
            {
                "defi": slug,
                "title": defi.dashboard.title.in_language(language()),
                "url": f"{base}d/{slug}/" if base else None,
                "shown": shown.id,
                "versions": [
                    {"id": v.id, "run": v.run, "published": v.published, "commit": v.commit}
                    for v in versions.listed(here.context.artifacts, slug)
                ],
            }
        )
    return found


def _card(here: Services, slug: str, defi: Defi) -> dict[str, Any]:
    official = here.context.store.runs(defi=slug, kind="run", limit=1, drafts=False)
    return {
        "slug": slug,
        "title": defi.title.in_language(language()),
        "summary": defi.summary.in_language(language()),
        "synthetic": defi.synthetic,
        "sensible": defi.sensible,
        "last": official[0] if official else None,
        "executions": [
            {"slug": name, "title": execution.title.in_language(language())}
            for name, execution in defi.executions.items()
        ],
    }


def execution(here: Services, person: Person, slug: str, name: str) -> tuple[Defi, Execution]:
    """An execution that the person may start. Raises `NotFound` for a défi that is none of their business."""
    catalog = here.context.catalog()
    find_defi(catalog, f"{slug}/{name}")
    declared = catalog.defis[slug]
    if not person.works_on(declared.rights.read, catalog):
        raise NotFound("defi.unknown", "aucun défi « {slug} »", slug=slug)
    may(person, declared.executions[name].audience, catalog, _("lancer cette exécution"))
    return declared, declared.executions[name]


def _next(schedule: Schedule, now: datetime) -> str | None:
    """None for one that never comes (the 30th of February)."""
    return next((moment.isoformat() for moment in instants(schedule, now)), None)


def defi(here: Services, person: Person, slug: str) -> dict[str, Any]:
    catalog = here.context.catalog()
    find_defi(catalog, slug)
    declared = catalog.defis[slug]
    if not person.works_on(declared.rights.read, catalog):
        raise NotFound("defi.unknown", "aucun défi « {slug} »", slug=slug)
    now, speaking = datetime.now(UTC), language()
    schedules = [
        {
            "cron": schedule.cron,
            "timezone": schedule.timezone,
            "paused": schedule.paused,
            "next": None if schedule.paused else _next(schedule, now),
        }
        for schedule in declared.schedules.values()
    ]
    sources = [
        {
            "title": s.title.in_language(speaking),
            "licence": s.licence,
            "vintage": s.vintage,
            "synthetic": s.synthetic,
        }
        for s in declared.sources.values()
    ]
    shown = _card(here, slug, declared) | {
        "purpose": declared.purpose.in_language(speaking),
        "legal_basis": declared.legal_basis.in_language(speaking),
        "owner": f"{declared.owner.name} — {declared.owner.contact}",
        "schedules": schedules,
        "sources": sources,
        "models": [(name, one.title.in_language(speaking)) for name, one in declared.models.items()],
    }
    boards = [b["url"] for b in dashboards_open_to(here, person) if b["url"].endswith(f"/{slug}/")]
    return {
        "defi": shown,
        "dashboard_url": boards[0] if boards else "",
        "held": guard.held_now(here, slug),
        "runs": runs_of(here, person, defi=slug, limit=20),
    }


def runs_of(here: Services, person: Person, limit: int, defi: str | None = None) -> list[dict[str, Any]]:
    found = here.ledger.runs(person, defi=defi, limit=limit)
    return [as_json(run, here.context.store, here.workspace.content_url) for run in found]


def run(here: Services, person: Person, run_id: str) -> dict[str, Any]:
    context = here.context
    found = here.ledger.visible(run_id, person)
    shown = as_json(found, context.store, here.workspace.content_url) | {"final": found.state.final}
    declared = context.catalog().defis.get(found.defi)
    attempts = context.store.attempts(found.id)
    key = context.artifacts.key_of(attempts[-1].folder) if attempts else ""
    files = list(context.artifacts.files(key)) if key and found.state.final else []
    base = f"{here.workspace.portal_prefix}api/v1/runs/{found.id}/files/"
    return {
        "run": shown,
        "defi_title": declared.title.in_language(language()) if declared else found.defi,
        "may_cancel": found.state in ACTIVE,
        "mlflow_url": _mlflow_url(here, found),
        "metrics": sorted(written.metrics(context.artifacts.under(key)).items()) if files else [],
        "parameters": [(name, _text(value)) for name, value in shown["parameters"].items()],
        "files": [{"name": name, "url": base + name, "size": _size(size)} for name, size in files],
        "log": context.end_of_log(attempts[-1], LOG_TAIL).decode("utf-8", "replace") if attempts else "",
    }


def _mlflow_url(here: Services, run: Any) -> str:
    if not run.mlflow_run:
        return ""
    return f"{here.workspace.mlflow_prefix}#/runs/{run.mlflow_run}"


def _text(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _size(size: int) -> str:
    return (
        f"{size} o"
        if size < 2048
        else f"{size / 1024:.0f} Kio"
        if size < 2 * 1024**2
        else f"{size / 1024**2:.1f} Mio"
    )
