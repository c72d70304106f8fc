"""Who may read what on the second origin: asked again at each request, from the catalogue as it is now."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Audience, Catalog, Dashboard
from archipel.content import pinned
from archipel.dashboards import versions
from archipel.dashboards.tickets import COOKIE, View, unseal
from archipel.dashboards.versions import Version
from archipel.datafolder import DataFolder
from archipel.errors import ArchipelError, Failed, Forbidden, NotFound
from archipel.identity.person import Person
from archipel.identity.signin import HubSignIn, HubSilent
from archipel.notebook.cell import ParameterSpec
from archipel.notebook.contract import dashboard_specs
from archipel.workspace import Workspace


@dataclass(frozen=True)
class Reader:
    version: Version
    person: Person | None
    token: str


class Readers:
    def __init__(self, data: DataFolder, workspace: Workspace, sign_in: HubSignIn) -> None:
        self._data, self._workspace, self._sign_in = data, workspace, sign_in

    def catalog(self, folder: Path | None = None) -> Catalog:
        if folder is None:
            current = pinned(self._data)
            assert current is not None
            folder = current.folder
        return cached_catalog(folder)

    async def reader(self, request: Request, name: str, *, api: bool = False) -> Reader | Response:
        """Who reads which version; a redirection to the sign-in where it is needed.

        Raises `Forbidden` for who is not of the audience, `NotFound` where nothing is published.
        """
        person = await self._sign_in.person(request)
        if not re.fullmatch(r"[a-z0-9-]{1,80}", name):
            raise NotFound("dashboard.unknown", "aucun tableau de bord publié à cette adresse")
        version = versions.current(self._data, name) or versions.preview(self._data, name)
        audience = self._audience(version) if version else Audience()
        if version is None or not self._admits(version, audience, person):
            if person is None:
                return (
                    JSONResponse({"code": "sign-in.needed"}, 401)
                    if api
                    else self._sign_in.login_redirect(request)
                )
            if version is None or version.draft:
                raise NotFound("dashboard.unknown", "aucun tableau de bord publié à cette adresse")
            raise Forbidden(
                "dashboard.audience",
                "ce tableau de bord est réservé à un autre public",
                hint="Demandez à son responsable de vous y ajouter.",
            )
        return Reader(version, person, self._sign_in.token(request))

    async def live_view(self, connection: HTTPConnection, label: str, secret: bytes) -> View:
        """The view of a live host's cookie, for who still is of the audience. Raises `Forbidden`."""
        view = unseal(connection.cookies.get(COOKIE, ""), label, secret)
        if view is not None:
            person = await self._sign_in.person_of_token(view.token) if view.token else None
            if self._shows(view, person):
                return view
        raise Forbidden(
            "live.closed",
            "cette page vivante n’est pas à vous, ou n’est plus ouverte",
            hint="Rouvrez le tableau de bord depuis sa page.",
        )

    async def keeps(self, view: View) -> bool:
        """Whether a view that is open may stay so. A hub that is starting again closes nothing."""
        try:
            person = await self._sign_in.told_of_token(view.token) if view.token else None
            return self._shows(view, person)
        except HubSilent:
            return True
        except ArchipelError:
            # The défi, or its dashboard, is offered no more.
            return False

    def open_to(self, person: Person | None) -> list[tuple[Version, Dashboard]]:
        found = []
        for slug, defi in self.catalog().defis.items():
            version = versions.current(self._data, slug)
            if defi.dashboard and version and self._admits(version, defi.dashboard.audience, person):
                found.append((version, defi.dashboard))
        return found

    def _shows(self, view: View, person: Person | None) -> bool:
        folder = versions.folder_of(self._data, view.defi, view.version)
        version = versions.read(folder) if folder.is_dir() else None
        return version is not None and self._admits(version, self._audience(version), person)

    def labels(self) -> list[str]:
        """First parts of the live hosts' names: a published défi each, and each preview."""
        folder = versions.dashboards_folder(self._data)
        found = [versions.read(path.parent) for path in folder.glob("*/*/version.json")]
        return sorted({version.label for version in found})

    def _audience(self, version: Version) -> Audience:
        defi = self.catalog().defis.get(version.defi)
        if defi is None or defi.dashboard is None:
            raise NotFound("dashboard.unknown", "aucun tableau de bord publié à cette adresse")
        return defi.dashboard.audience

    def _admits(self, version: Version, audience: Audience, person: Person | None) -> bool:
        if version.draft:
            return person is not None and person.name == version.author
        if person is None:
            return audience.access == "public"
        return person.belongs(audience, self.catalog())

    def _folder(self, version: Version) -> Path:
        if version.draft:
            return self._data.root / "drafts" / version.draft
        return self._data.content / "checkouts" / version.commit

    def board(self, version: Version) -> Dashboard:
        board = self.catalog(self._folder(version)).defis[version.defi].dashboard
        assert board is not None
        return board

    def specs(self, version: Version) -> tuple[ParameterSpec, ...]:
        folder = self._folder(version)
        return dashboard_specs(folder, version.defi, self.catalog(folder).defis[version.defi])

    def notebook(self, version: Version) -> Path:
        return self._folder(version) / "notebooks" / version.defi / self.board(version).notebook

    def requirements(self, version: Version) -> Path:
        """Whose locked requirements a live page has: its version's; the pinned ones for a preview."""
        current = pinned(self._data)
        assert current is not None
        return current.folder if version.draft else self._folder(version)

    def account(self, version: Version) -> str:
        """Identity of the live page's process: the dashboard's own; a preview's is its author's."""
        if not version.draft:
            return f"d-{version.defi}"
        personal_root = self._workspace.mode == "personal" and os.geteuid() == 0
        return f"person:{'archipel' if personal_root else version.author}"

    async def run_folder(self, run: str, attempt: int, person: Person) -> Path:
        """The attempt's folder, if the portal says that this person may read the run."""
        if not re.fullmatch(r"[a-z0-9-]{1,60}", run):
            raise NotFound("run.unknown", "aucune exécution « {id} »", id=run[:60])
        token = (self._data.secrets / "dashboards").read_text(encoding="utf-8").strip()
        portal = f"{self._workspace.internal_url('portal')}{self._workspace.portal_prefix}"
        url = f"{portal}api/v1/runs/{run}/reader/{person.name}"
        query: dict[str, Any] = {"groups": ",".join(sorted(person.groups)), "admin": person.admin}
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            try:
                answer = await client.get(url, params=query, headers={"Authorization": f"Bearer {token}"})
            except httpx.HTTPError:
                raise Failed("portal.silent", "le portail ne répond pas ; réessayez") from None
        told: dict[str, Any] = answer.json() if answer.status_code == 200 else {"may": False}
        folder = told.get("folders", {}).get(str(attempt))
        if not told["may"] or folder is None:
            raise NotFound("run.unknown", "aucune exécution « {id} »", id=run[:60])
        return Path(folder)
