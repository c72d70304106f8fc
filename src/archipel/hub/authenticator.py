"""Sign-in by one-time link: looking at the link burns nothing, pressing its button does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from traitlets import Unicode

from archipel.datafolder import DataFolder
from archipel.hub import links
from archipel.hub.accounts import Account, read_accounts
from archipel.hub.leavers import WATCH_SECONDS, Leavers
from archipel.hub.revoke import revoke
from archipel.workspace import Workspace


class LinkHandler(BaseHandler):
    """``/hub/lien?auth=…``: a button on GET (a prefetch signs nobody in), the sign-in on POST."""

    async def get(self) -> None:
        self.finish(
            await self.render_template("lien.html", token=self.get_argument("auth", ""), refused=False)
        )

    async def post(self) -> None:
        user = await self.login_user({"token": self.get_body_argument("jeton", "")})
        if user is None:
            self.set_status(403)
            self.finish(await self.render_template("lien.html", token="", refused=True))
            return
        self.redirect(self.get_next_url(user))

    def check_xsrf_cookie(self) -> None:
        """A stale form (signed out since, another tab) shows the page again rather than a bare 403."""
        from tornado.web import HTTPError

        try:
            super().check_xsrf_cookie()
        except HTTPError:
            self.redirect(self.request.path + f"?auth={self.get_body_argument('jeton', '')}")
            from tornado.web import Finish

            raise Finish from None


class StopHandler(BaseHandler):
    """``/hub/archipel-stop``: a plain form's way to stop one's own session."""

    async def post(self) -> None:
        user = self.current_user
        if user is None:
            self.redirect(self.settings["login_url"])
            return
        spawner = user.spawner
        if spawner.active and not spawner.pending:
            await self.stop_single_user(user)
        self.redirect(self.hub.base_url + "home")


class LinkAuthenticator(Authenticator):
    root = Unicode(help="The workspace's data folder.").tag(config=True)
    app: Any = None

    def get_handlers(self, app: Any) -> list[tuple[str, type[BaseHandler]]]:
        """Ours, and the hub itself in hand."""
        self.app = app
        self._watching = asyncio.ensure_future(self._watch())
        return [("/lien", LinkHandler), ("/archipel-stop", StopHandler)]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        name = links.redeem(DataFolder(Path(self.root)).running / "links", data.get("token", ""))
        account = self._account(name) if name else None
        return link_model(account) if account else None

    async def refresh_user(self, user: Any, handler: Any = None, **_more: Any) -> dict[str, Any] | bool:
        """Groups as the accounts say now; False ends the session of someone who was removed.

        True where nothing changed: the hub writes down nothing then, at nearly every request of everyone.
        """
        account = self._account(user.name)
        if account is None:
            await revoke(self.app, user)
            return False
        known = (frozenset(group.name for group in user.groups), user.admin)
        return True if known == (account.groups, account.admin) else link_model(account)

    async def check_allowed(self, username: str, authentication: Any = None) -> bool:
        return self._account(username) is not None

    async def _watch(self) -> None:
        """An open session asks the hub nothing of its person."""
        leavers = Leavers(DataFolder(Path(self.root)))
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await leavers.part(self.app)

    def _account(self, name: str) -> Account | None:
        data = DataFolder(Path(self.root))
        workspace = Workspace.read(data.workspace_file)
        return read_accounts(data, workspace).people.get(name) if workspace else None


def link_model(account: Account) -> dict[str, Any]:
    return {"name": account.name, "groups": sorted(account.groups), "admin": account.admin}
