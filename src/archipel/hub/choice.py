"""What a person chose to launch, among the profiles that are open to them: the same in both places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from traitlets import HasTraits, Integer, Unicode

from archipel.catalog.load import cached_catalog
from archipel.catalog.models import Profile
from archipel.content import pinned
from archipel.datafolder import DataFolder
from archipel.hub.pages import language_of, profile_form
from archipel.hub.profiles import open_to
from archipel.identity.person import Person
from archipel.isolation import isolation_of
from archipel.texts import speaking
from archipel.texts import translate as _
from archipel.workspace import Workspace


class ChosenProfile(HasTraits):
    """The part of a spawner that reads the catalogue; a launcher comes beside it."""

    user: Any
    handler: Any
    user_options: dict[str, Any]
    ended = ""
    """Why the last session ended, where neither its person nor it asked for that: `node-lost`, `deleted`."""
    limits_hold = False
    """Whether what a profile says of processor and memory is held to here."""
    data_folder = Unicode(help="Root of the data folder.").tag(config=True)
    first_start_seconds = Integer(
        45, help="How long a session may take to answer before it is started in rescue mode."
    ).tag(config=True)
    gpu_command = Unicode("nvidia-smi", help="What a session reads its GPU's use with.").tag(config=True)

    @property
    def waits(self) -> str:
        """What holds up a session that is being started, in a sentence; empty where nothing is known to."""
        return ""

    @property
    def data(self) -> DataFolder:
        return DataFolder(Path(self.data_folder))

    @property
    def _open(self) -> dict[str, Profile]:
        """The profiles of the pinned catalogue that are open to the person."""
        current = pinned(self.data)
        assert current is not None
        groups = frozenset(group.name for group in self.user.groups)
        return open_to(cached_catalog(current.folder), Person(self.user.name, groups, self.user.admin))

    def own_env(self, lock: str, release: str) -> dict[str, str]:
        """What a session must know to look after itself (`archipel.sessions`): the same in both places."""
        current = pinned(self.data)
        workspace = Workspace.read(self.data.workspace_file)
        assert current is not None
        assert workspace is not None
        profile = self.profile()
        return {
            "ARCHIPEL_IMAGE": profile.image,
            "ARCHIPEL_LOCK": lock,
            "ARCHIPEL_RELEASE": release,
            "ARCHIPEL_GPUS": str(profile.resources.gpu),
            "ARCHIPEL_GPU_COMMAND": self.gpu_command,
            "ARCHIPEL_START_SECONDS": str(self.first_start_seconds),
            "ARCHIPEL_PORTAL": workspace.portal_prefix,
            "ARCHIPEL_DESIGN": "1" if cached_catalog(current.folder).workspace.state_design else "0",
        }

    def demand_isolation(self, profile: Profile) -> None:
        """A profile marked « sensible » starts where the network is proved cut. Raises `HTTPError`."""
        from tornado.web import HTTPError

        held = isolation_of(self.data).held() if profile.sensible else None
        if held is None:
            return
        with speaking(language_of(self.handler)):
            told = f"{held.sentence()[0].upper()}{held.sentence()[1:]}. {held.next_step()}"
        # Its own page tells it by this name, whether the start is awaited or was asked a while ago.
        raise type("Held", (HTTPError,), {"jupyterhub_message": told})(held.http_status, told)

    def _options_form_default(self) -> Any:
        return self._form

    def _form(self, _spawner: Any) -> str:
        return profile_form(self._open, self.handler, self.limits_hold)

    def options_from_form(self, formdata: dict[str, list[str]]) -> dict[str, str]:
        return {"profile": formdata.get("profile", [""])[0]}

    def _apply_user_options_default(self) -> Any:
        return self._demand_open

    def _demand_open(self, spawner: Any, _options: dict[str, Any]) -> None:
        """A choice that is not open is refused, and forgotten: a start without one has the default.

        The hub keeps a choice for the starts that come without one, whatever became of it.
        """
        from sqlalchemy.orm import object_session
        from tornado.web import HTTPError

        try:
            self.chosen()
        except HTTPError:
            record = spawner.orm_spawner
            record.user_options, session = {}, object_session(record)
            if session is not None:
                session.commit()
            raise

    def profile(self) -> Profile:
        return self.chosen()[1]

    def chosen(self) -> tuple[str, Profile]:
        """The chosen profile; without a choice the default one, or the first. Only among those open."""
        from tornado.web import HTTPError

        chosen = self.user_options.get("profile", "")
        found = [(name, profile) for name, profile in self._open.items() if not chosen or name == chosen]
        if found:
            return next(((name, profile) for name, profile in found if profile.default), found[0])
        closed, none = _("Ce profil ne vous est pas ouvert."), _("Aucune session ne vous est ouverte.")
        raise HTTPError(403, closed if chosen else none)
