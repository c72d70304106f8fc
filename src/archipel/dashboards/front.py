"""What the front answers: dashboards and run reports, each to its audience only.

What a notebook wrote is served sandboxed (static) or from a host of its own (live); the pages around it
are ours, and Voilà is reached through here alone.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import logging

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.websockets import WebSocket

from archipel.artifacts import Artifacts, blocks, version_key
from archipel.content.library import Library
from archipel.dashboards import csp, relay, tickets, versions
from archipel.dashboards.frame import Frame
from archipel.dashboards.hosts import Hosts
from archipel.dashboards.live import LiveDashboards, Wanted
from archipel.dashboards.packages import key_of, package
from archipel.dashboards.readers import Readers, known_or_public
from archipel.dashboards.tickets import COOKIE, View
from archipel.dashboards.versions import Version
from archipel.dashboards.voila_server import VALUES_HEADER
from archipel.datafolder import DataFolder
from archipel.errors import ArchipelError, Forbidden, NotFound
from archipel.identity.signin import HubSignIn, locked
from archipel.isolation import isolation_of
from archipel.notebook.parameters import check, encode
from archipel.workspace import Workspace

log = logging.getLogger("archipel.dashboards")


def live_label(host: str, workspace: Workspace) -> str:
    """First part of a live host's name; "" for any other host."""
    name = host.rsplit(":", 1)[0].lower()
    suffix = f".{workspace.live_suffix}"
    return name.removesuffix(suffix) if workspace.live_suffix and name.endswith(suffix) else ""


class Front:
    def __init__(
        self,
        data: DataFolder,
        library: Library,
        artifacts: Artifacts,
        workspace: Workspace,
        sign_in: HubSignIn,
        secret: bytes,
        live: LiveDashboards,
    ) -> None:
        self.data, self.workspace, self.sign_in, self.secret = data, workspace, sign_in, secret
        self.artifacts, self.live = artifacts, live
        self.readers = Readers(data, library, artifacts, workspace, sign_in)
        self.hosts = Hosts(data, workspace, self.readers.labels)
        self.frame = Frame(library, workspace)
        self.tickets = tickets.Tickets()

    async def index(self, request: Request) -> Response:
        asked = self.sign_in.person(request)
        person = await known_or_public(asked, lambda: bool(self.readers.open_to(None)))
        rows = await asyncio.to_thread(self.readers.open_to, person)
        if person is None and not rows:
            return self.sign_in.login_redirect(request)
        return HTMLResponse(self.frame.index(rows, person))

    async def page(self, request: Request) -> Response:
        """Our frame around a dashboard: its controls, its sources, and the page inside."""
        reader = await self.readers.reader(request, request.path_params["defi"])
        if isinstance(reader, Response):
            return reader
        html = await asyncio.to_thread(self.frame.page, reader.version, reader.person)
        policy = csp.frame(self._live_origin(reader.version.label))
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    async def static_page(self, request: Request) -> Response:
        """The pre-rendered page of a version: no kernel, no cookie of ours within its reach."""
        reader = await self.readers.reader(request, request.path_params["defi"])
        if isinstance(reader, Response):
            return reader
        wanted = request.path_params["version"]
        key = await asyncio.to_thread(self._shown, reader.version, wanted)
        return await self._written(f"{key}/page.html", {"Cache-Control": "private, max-age=600"})

    def _shown(self, version: Version, wanted: str) -> str:
        """Key of the version whose page is asked for: any that was published, or the preview itself."""
        if version.draft:
            return version.key
        if wanted not in {known.id for known in versions.listed(self.artifacts, version.defi)}:
            raise NotFound("dashboard.version", "version inconnue")
        return version_key(version.defi, wanted)

    async def start_live(self, request: Request) -> Response:
        """The values, checked; then the address of a live page with a ticket for this reader alone."""
        reader = await self.readers.reader(request, request.path_params["defi"], api=True)
        if isinstance(reader, Response):
            return reader
        self._demand_same_origin(request)
        if not self.workspace.live_suffix:
            raise Forbidden("live.no-host", "cet espace n’a pas de nom pour les tableaux vivants")
        try:
            given = json.loads(await request.body())
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise NotFound("request.form", "groupe JSON attendu")
        version = reader.version
        specs = await asyncio.to_thread(self.readers.specs, version)
        values = check(specs, {name: value for name, value in given.items() if value != ""})
        await self.live.ensure(await asyncio.to_thread(self._wanted, version))
        # A host that was never shown has no route yet.
        await self.hosts.open(version.label)
        view = View(version.label, version.defi, version.id, reader.token, encode(specs, values))
        return JSONResponse({"url": f"{self._live_origin(version.label)}/ticket/{self.tickets.issue(view)}"})

    def _wanted(self, version: Version) -> Wanted:
        readers, board, scope = self.readers, self.readers.board(version), self.readers.scope(version)
        held = isolation_of(self.data).held() if scope else None
        if held is not None:
            raise held
        return Wanted(
            version=version,
            image=board.image,
            lock=self.live.lock_of(board.image, readers.requirements(version)),
            resources=board.resources,
            content=readers.folder(version),
            notebook=f"notebooks/{version.defi}/{board.notebook}",
            account=readers.account(version),
            sensible=scope,
        )

    async def package(self, request: Request) -> Response:
        """What the pod of a live dashboard starts from, for who holds that version's key."""
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        defi, name = request.path_params["defi"], request.path_params["version"]
        holds = hmac.compare_digest(shown.encode(), key_of(self.secret, name).encode())
        version = await asyncio.to_thread(versions.read, self.artifacts, defi, name) if holds else None
        if version is None:
            raise NotFound("dashboard.version", "version inconnue")
        folder = await asyncio.to_thread(self.readers.folder, version)
        files = package(self.artifacts, folder, version)
        return StreamingResponse(files, media_type="application/x-tar")

    async def report(self, request: Request) -> Response:
        """The report of a run, sandboxed, for who may read the run."""
        person = await self.sign_in.person(request)
        if person is None:
            return self.sign_in.login_redirect(request)
        key = await self.readers.run_key(request.path_params["run"], request.path_params["attempt"], person)
        if not await asyncio.to_thread(self.artifacts.exists, f"{key}/rapport.html"):
            raise NotFound("report.none", "cette exécution n’a pas laissé de rapport")
        return await self._written(f"{key}/rapport.html", {})

    async def _written(self, key: str, headers: dict[str, str]) -> Response:
        """What a notebook wrote, for reading: no script of it reaches further than its own frame."""
        told = {"Content-Security-Policy": csp.STATIC, **headers}
        if self.artifacts.local:
            # With its date and its size, by the system's own means.
            path = self.artifacts.folder(key)
            return FileResponse(path, media_type="text/html; charset=utf-8", headers=told)
        page = blocks(await asyncio.to_thread(self.artifacts.open, key))
        return StreamingResponse(page, media_type="text/html; charset=utf-8", headers=told)

    async def ticket(self, request: Request) -> Response:
        """On a live host: the ticket, once, for a cookie of that host."""
        view = self.tickets.redeem(request.path_params["ticket"], request.state.label)
        if view is None:
            raise Forbidden(
                "live.ticket", "ce lien ne vaut qu’une fois, trente secondes ; rouvrez le tableau de bord"
            )
        response = RedirectResponse("/", status_code=302)
        # The live page is framed by another site of ours: only `None` goes along there, and browsers take
        # `Secure` from https and from *.localhost. Partitioned: worth nothing under any other page.
        response.headers["Set-Cookie"] = (
            f"{locked(self.workspace)}{COOKIE}={tickets.seal(view, self.secret)}; Path=/; Max-Age=28800; "
            "HttpOnly; Secure; SameSite=None; Partitioned"
        )
        return response

    async def live_request(self, request: Request) -> Response:
        view = await self.readers.live_view(request, request.state.label, self.secret)
        live = self.live.known(view.version)
        if live is None:
            raise NotFound("live.gone", relay.GONE)
        if request.url.path == "/":
            await self.live.demand_room(live)
        values = base64.b64encode(json.dumps(view.values).encode()).decode()
        response: Response = await relay.forward(request, live, {VALUES_HEADER: values})
        response.headers["Content-Security-Policy"] = csp.live(self._frame_origin)
        return response

    async def live_websocket(self, websocket: WebSocket) -> None:
        label = live_label(websocket.headers.get("host", ""), self.workspace)
        try:
            view = await self.readers.live_view(websocket, label, self.secret)
            live = self.live.known(view.version)
        except ArchipelError:
            live = None
        origin = websocket.headers.get("origin", "")
        if live is None or origin != self._live_origin(label):
            await websocket.close(4403)
            return
        await relay.forward_websocket(websocket, live, lambda: self.readers.keeps(view))

    @property
    def _frame_origin(self) -> str:
        return self.workspace.origin(self.workspace.content_host)

    def _live_origin(self, label: str) -> str:
        suffix = self.workspace.live_suffix
        return self.workspace.origin(f"{label}.{suffix}") if suffix else ""

    def _demand_same_origin(self, request: Request) -> None:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site == "same-origin" or (site is None and origin in (None, self._frame_origin)):
            return
        raise Forbidden("request.cross-site", "demande refusée : elle vient d’un autre site")
