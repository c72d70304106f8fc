"""Pages of a session about itself: its state, the clean-up of the home, a restart in either mode."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jinja2
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from archipel.errors import ArchipelError
from archipel.sessions import room
from archipel.sessions.keeper import Keeper
from archipel.sessions.told import notices, reason
from archipel.sessions.watch import WANTED
from archipel.texts import LANGUAGE_COOKIE, N_, paris, preferred, speaking
from archipel.texts import translate as _

FOLDER = Path(__file__).parent
PATIENCE = 15
_environment = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True)
_environment.globals.update(_=_, size=room.bytes_text)
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def routes(base_url: str) -> list[tuple[str, type]]:
    pages = {"etat": State, "menage": CleanUp, "garder": Keep, "redemarrer": Restart, "attente.js": Waiting}
    return [(f"{base_url}archipel/{name}", handler) for name, handler in pages.items()]


class Page(JupyterHandler):
    """In the reader's language; nothing of another host is loaded, and nothing frames it."""

    @property
    def content_security_policy(self) -> str:
        return POLICY

    @property
    def keeper(self) -> Keeper:
        found: Keeper = self.settings["archipel_keeper"]
        return found

    @property
    def home(self) -> Path:
        found: Path = self.settings["archipel_home"]
        return found

    @property
    def told_language(self) -> str:
        return preferred(self.get_cookie(LANGUAGE_COOKIE) or self.request.headers.get("Accept-Language", ""))

    def show(self, template: str, status: int = 200, **values: Any) -> None:
        with speaking(self.told_language):
            portal = os.environ.get("ARCHIPEL_PORTAL", "/")
            frame = {
                "language": self.told_language,
                "base": self.base_url,
                "portal": portal,
                "design": os.environ.get("ARCHIPEL_DESIGN") == "1",
                "xsrf": self.xsrf_token.decode(),
                "trouble": self.keeper.start.get("trouble", ""),
                "notices": notices(self.keeper),
            }
            html = _environment.get_template(template).render(**frame, **values)
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(html)


class State(Page):
    @web.authenticated
    def get(self) -> None:
        """What JupyterLab's page asks now and then. It counts as no activity."""
        keeper = self.keeper
        with speaking(self.told_language):
            told = {
                "trouble": keeper.start.get("trouble", ""),
                "ends": keeper.ends,
                "why": keeper.why,
                "keep_until": keeper.keep_until,
                "newer": keeper.newer,
                "every": max(1.0, min(20.0, keeper.limits.tick)),
                "notices": notices(keeper),
                "labels": {
                    "keep": _("Garder encore"),
                    "room": _("Ménage"),
                    "home": _("Accueil"),
                    "kept": _("La session est gardée."),
                },
                "portal": os.environ.get("ARCHIPEL_PORTAL", "/"),
            }
        self.set_header("Cache-Control", "no-store")
        self.finish(told)


class Waiting(Page):
    @web.authenticated
    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish((FOLDER / "templates" / "attente.js").read_text(encoding="utf-8"))


class Keep(Page):
    @web.authenticated
    def post(self) -> None:
        until = self.keeper.keep()
        if self.get_argument("vers", "") == "menage":
            self.redirect(f"{self.base_url}archipel/menage?fait=garde")
            return
        self.finish({"keep_until": until})


class CleanUp(Page):
    @web.authenticated
    async def get(self) -> None:
        done = self.get_query_argument("fait", "")
        await self._page(done=done)

    async def _page(self, done: str = "", error: str = "", status: int = 200) -> None:
        try:
            found = await asyncio.wait_for(asyncio.to_thread(room.measure, self.home), PATIENCE)
        except TimeoutError:
            # The disk does not answer: the page does.
            found = room.Room(whole=False)
        overlay = Path(os.environ.get("ARCHIPEL_OVERLAY", "/nonexistent"))
        start = self.keeper.start
        with speaking(self.told_language):
            why, said_done = reason(start.get("trouble", "")), _DONE.get(done, "")
            values = {
                "room": found,
                "reason": why,
                "said": start.get("said", ""),
                "overlay": os.path.lexists(overlay),
                "done": _(said_done) if said_done else "",
                "error": error,
                "kept": paris(_iso(self.keeper.keep_until)) if self.keeper.keep_until else "",
            }
        self.show("menage.html", status, **values)

    @web.authenticated
    async def post(self) -> None:
        """One act, asked twice where something is deleted. XSRF is checked before by jupyter_server."""
        act = self.get_body_argument("acte", "")
        acts: dict[str, Callable[[], Awaitable[str]]] = {
            "supprimer": self._delete,
            "caches": self._caches,
            "environnement": self._environment,
        }
        if act not in acts:
            raise web.HTTPError(400)
        try:
            if self.get_body_argument("confirme", "") != "oui":
                self._confirm(act)
                return
            done = await acts[act]()
        except ArchipelError as error:
            with speaking(self.told_language):
                message = error.sentence()
            await self._page(error=message, status=error.http_status)
        except OSError as error:
            with speaking(self.told_language):
                message = _("Cela n’a pas pu être fait : {reason}", reason=error.strerror or str(error))
            await self._page(error=message, status=409)
        else:
            if done:
                self.redirect(f"{self.base_url}archipel/menage?fait={done}")

    def _confirm(self, act: str) -> None:
        path = self.get_body_argument("chemin", "")
        if act == "supprimer":
            room.demand_inside(self.home, path)
        keep = self.get_body_argument("garder", "")
        self.show("confirmer.html", acte=act, path=path, keep=keep)

    async def _delete(self) -> str:
        path = self.get_body_argument("chemin", "")
        await asyncio.to_thread(room.delete, self.home, path)
        return "supprime"

    async def _caches(self) -> str:
        left = await asyncio.to_thread(room.delete_caches, self.home)
        return "caches-reste" if left else "caches"

    async def _environment(self) -> str:
        keep = self.get_body_argument("garder", "") == "oui"
        await asyncio.to_thread(room.set_aside, Path(os.environ["ARCHIPEL_OVERLAY"]), keep=keep)
        if self.keeper.start.get("trouble"):
            return "environnement"
        # This very server runs on what was moved.
        restart(self, "normal")
        return ""


class Restart(Page):
    @web.authenticated
    def post(self) -> None:
        mode = self.get_body_argument("mode", "normal")
        if mode not in ("normal", "rescue"):
            raise web.HTTPError(400)
        if self.get_body_argument("confirme", "") != "oui":
            self.show("confirmer.html", acte="redemarrer", path="", keep="", mode=mode)
            return
        restart(self, mode)


def restart(page: Page, mode: str) -> None:
    """Ask `archipel.hub.session` for another server, and end this one once its last page has left."""
    folder = Path(os.environ["ARCHIPEL_SESSION_FOLDER"])
    (folder / WANTED).write_text(mode, encoding="utf-8")
    page.show("attente.html")
    asyncio.get_running_loop().call_later(0.5, os.kill, os.getpid(), signal.SIGTERM)


def _iso(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()


_DONE = {
    "supprime": N_("C’est supprimé."),
    "caches": N_("Les caches sont vides."),
    "caches-reste": N_("Les caches sont vides, sauf ce qui n’a pas pu être supprimé."),
    "environnement": N_("L’environnement personnel est écarté : redémarrez normalement."),
    "garde": N_("La session est gardée."),
}
