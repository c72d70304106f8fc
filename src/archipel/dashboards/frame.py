"""Our own pages around what notebooks wrote: the list, the frame with its controls, the errors."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Catalog, Dashboard
from archipel.content.library import Library, code_of
from archipel.dashboards.versions import Version
from archipel.environments.design import design_folder
from archipel.errors import ArchipelError
from archipel.identity.person import Person
from archipel.notebook.contract import dashboard_specs
from archipel.notebook.fields import fields_of
from archipel.texts import language, paris
from archipel.texts import translate as _
from archipel.workspace import Workspace

log = logging.getLogger("archipel.dashboards")
_environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)


_environment.globals.update(_=_, paris=paris)


class Frame:
    def __init__(self, library: Library, workspace: Workspace) -> None:
        self._library, self._workspace = library, workspace

    def assets(self, prefix: str) -> list[Mount]:
        design = design_folder()
        return [Mount(f"{prefix}/static/dsfr", StaticFiles(directory=design))] if design else []

    def index(self, rows: list[tuple[Version, Dashboard]], person: Person | None) -> str:
        boards = [
            {
                "url": f"{version.defi}/",
                "title": board.title.in_language(language()),
                "published": version.published,
            }
            for version, board in rows
        ]
        return self._render("liste.html", person, boards=boards)

    def page(self, version: Version, person: Person | None) -> str:
        folder = self._folder(version)
        defi = cached_catalog(folder).defis[version.defi]
        assert defi.dashboard is not None
        name = version.id if version.draft else version.defi
        sources = [
            {"title": s.title.in_language(language()), "licence": s.licence, "vintage": s.vintage}
            for name, s in defi.sources.items()
            if defi.dashboard.sources is None or name in defi.dashboard.sources
        ]
        return self._render(
            "cadre.html",
            person,
            title=defi.dashboard.title.in_language(language()),
            version=version,
            owner=defi.owner,
            sources=sources,
            synthetic=defi.synthetic,
            fields=fields_of(dashboard_specs(folder, version.defi, defi), language()),
            static_url=f"{self._workspace.base_path}d/{name}/v/{version.id}/page.html",
            live_url=f"{self._workspace.base_path}d/{name}/live" if self._workspace.live_suffix else "",
        )

    async def error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, ArchipelError)
        if error.http_status >= 500:
            log.error("%s %s: %s", request.method, request.url.path, error)
        if request.method == "POST":
            return JSONResponse(error.as_json(), status_code=error.http_status)
        html = self._render("erreur.html", None, message=error.sentence(), hint=error.next_step())
        return HTMLResponse(html, status_code=error.http_status)

    def _folder(self, version: Version) -> Path:
        return code_of(self._library, version.commit, version.draft)

    def _render(self, template: str, person: Person | None, **values: Any) -> str:
        catalog: Catalog | None = None
        if current := self._library.pinned():
            catalog = cached_catalog(current.folder)
        declared = catalog.workspace if catalog else None
        return _environment.get_template(template).render(
            language=language(),
            workspace_title=declared.title.in_language(language()) if declared else "Archipel",
            state_design=declared.state_design if declared else True,
            static=f"{self._workspace.base_path}static/",
            base=self._workspace.base_path,
            home=self._workspace.portal_url,
            person=person,
            **values,
        )
