"""Who may read what on the second origin: asked again at each request, from the catalogue as it is now.

The store may be another machine: what asks it is awaited in a thread, so that the front goes on.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from archipel.artifacts import Artifacts
from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Audience, Catalog, Dashboard
from archipel.content.library import Library, code_of
from archipel.dashboards import versions
from archipel.dashboards.tickets import COOKIE, View, unseal
from archipel.dashboards.versions import Version
from archipel.datafolder import DataFolder
from archipel.errors import ArchipelError, Failed, Forbidden, NotFound
from archipel.identity.person import Person
from archipel.identity.signin import HubSignIn, HubSilent, locked
from archipel.names import scope_of_defi
from archipel.notebook.cell import ParameterSpec
from archipel.notebook.contract import dashboard_specs
from archipel.workspace import Workspace


@dataclass(frozen=True)
class Reader:
    version: Version
    person: Person | None
    token: str


async def known_or_public(asked: Awaitable[Person | None], public: Callable[[], bool]) -> Person | None:
    """Who it is, or nobody: what is public is shown while the hub is silent too. Raises `HubSilent`."""
    try:
        return await asked
    except HubSilent:
        if not await asyncio.to_thread(public):
            raise
        return None


class Readers:
    def __init__(
        self,
        data: DataFolder,
        library: Library,
        artifacts: Artifacts,
        workspace: Workspace,
        sign_in: HubSignIn,
    ) -> None:
        self._data, self._library, self._artifacts = data, library, artifacts
        self._workspace, self._sign_in = workspace, sign_in

    def catalog(self, folder: Path | None = None) -> Catalog:
        if folder is None:
            folder = self._pinned()
        return cached_catalog(folder)

    async def reader(self, request: Request, name: str, *, api: bool = False) -> Reader | Response:
        """Who reads which version; a redirection to the sign-in where it is needed.

        Raises `Forbidden` for who is not of the audience, `NotFound` where nothing is published, `HubSilent`.
        """
        if not re.fullmatch(r"[a-z0-9-]{1,80}", name):
            raise NotFound("dashboard.unknown", "aucun tableau de bord publié à cette adresse")
        version = await asyncio.to_thread(versions.current, self._artifacts, name)
        audience = self._audience(version) if version else Audience()
        public = version is not None and self._admits(version, audience, None)
        person = await known_or_public(self._sign_in.person(request), lambda: public)
        if version is None and person is not None:
            # Each défi is asked for it, which a name made up by a passer-by is not worth.
            version = await asyncio.to_thread(versions.preview, self._artifacts, name)
            audience = self._audience(version) if version else audience
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
        """The view of a live host's cookie, for who still is of the audience.

        Raises `Forbidden`, `HubSilent`.
        """
        cookie = connection.cookies.get(locked(self._workspace) + COOKIE, "")
        view = unseal(cookie, label, secret)
        if view is not None:
            person = await known_or_public(self._holder(view), lambda: self._shows(view, None))
            if await asyncio.to_thread(self._shows, view, person):
                return view
        raise Forbidden(
            "live.closed",
            "cette page vivante n’est pas à vous, ou n’est plus ouverte",
            hint="Rouvrez le tableau de bord depuis sa page.",
        )

    async def keeps(self, view: View) -> bool:
        """Whether a view that is open may stay so. A hub that is starting again closes nothing."""
        try:
            return await asyncio.to_thread(self._shows, view, await self._holder(view))
        except HubSilent:
            return True
        except ArchipelError:
            # The défi, or its dashboard, is offered no more.
            return False

    async def _holder(self, view: View) -> Person | None:
        return await self._sign_in.person_of_token(view.token) if view.token else None

    def open_to(self, person: Person | None) -> list[tuple[Version, Dashboard]]:
        found = []
        for slug, defi in self.catalog().defis.items():
            version = versions.current(self._artifacts, slug)
            if defi.dashboard and version and self._admits(version, defi.dashboard.audience, person):
                found.append((version, defi.dashboard))
        return found

    def _shows(self, view: View, person: Person | None) -> bool:
        version = versions.read(self._artifacts, view.defi, view.version)
        return version is not None and self._admits(version, self._audience(version), person)

    def labels(self) -> list[str]:
        """First parts of the live hosts' names: a published défi each, and each preview."""
        found = (versions.every(self._artifacts, defi) for defi in self._artifacts.names("dashboards"))
        return sorted({version.label for several in found for version in several})

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

    def folder(self, version: Version) -> Path:
        """Where the code of a version lies."""
        return code_of(self._library, version.commit, version.draft)

    def _pinned(self) -> Path:
        current = self._library.pinned()
        assert current is not None
        return current.folder

    def board(self, version: Version) -> Dashboard:
        board = self.catalog(self.folder(version)).defis[version.defi].dashboard
        assert board is not None
        return board

    def specs(self, version: Version) -> tuple[ParameterSpec, ...]:
        folder = self.folder(version)
        return dashboard_specs(folder, version.defi, self.catalog(folder).defis[version.defi])

    def requirements(self, version: Version) -> Path:
        """Whose locked requirements a live page has: its version's; the pinned ones for a preview."""
        return self._pinned() if version.draft else self.folder(version)

    def scope(self, version: Version) -> str:
        """Of a dashboard whose défi is marked « sensible », by its own code or by the pinned one; else ""."""
        catalogs = (self.catalog(self.folder(version)), self.catalog())
        declared = (catalog.defis.get(version.defi) for catalog in catalogs)
        return scope_of_defi(version.defi) if any(one and one.sensible for one in declared) else ""

    def account(self, version: Version) -> str:
        """Identity of the live page's process: the dashboard's own; a preview's is its author's."""
        if not version.draft:
            return f"d-{version.defi}"
        personal_root = self._workspace.mode == "personal" and os.geteuid() == 0
        return f"person:{'archipel' if personal_root else version.author}"

    async def run_key(self, run: str, attempt: int, person: Person) -> str:
        """The attempt's key in the store, if the portal says that this person may read the run."""
        if not re.fullmatch(r"[a-z0-9-]{1,60}", run):
            raise NotFound("run.unknown", "aucune exécution « {id} »", id=run[:60])
        token = self._data.key("dashboards")
        url = f"{self._workspace.api_url}/runs/{run}/reader/{person.name}"
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
        return self._artifacts.key_of(folder)
