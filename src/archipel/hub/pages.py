"""The hub's own pages: what their templates are given, and the language of who reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context

from archipel.catalog.models import Profile
from archipel.catalog.models import Workspace as Declared
from archipel.texts import LANGUAGE_COOKIE, preferred, speaking, translate
from archipel.workspace import Workspace

TEMPLATES = Path(__file__).parent / "templates"
TOO_MANY = 429
RETRY_SECONDS = 30


def template_vars(workspace: Workspace, declared: Declared) -> dict[str, Any]:
    """For `JupyterHub.template_vars`: the hub calls those that can be called, with the person."""
    return {
        "archipel_static": f"{workspace.portal_prefix}static/",
        "archipel_home": workspace.portal_prefix,
        "archipel_title": declared.title.fr,
        "archipel_design": declared.state_design,
        "_": lambda _user: _sentence,
        "language": lambda _user: _language,
        "retry": lambda _user: _retry,
    }


def profile_form(profiles: Mapping[str, Profile], handler: Any, limits_hold: bool) -> str:
    """The profiles open to a person, as radio buttons."""
    told = language_of(handler)
    with speaking(told):
        environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
        environment.globals["_"] = translate
        return environment.get_template("profils.html").render(
            profiles=profiles, language=told, limits_hold=limits_hold
        )


def language_of(handler: Any) -> str:
    """The reader's language, of a request that the hub handles; none handles a start that is told later."""
    if handler is None:
        return preferred("")
    chosen = handler.get_cookie(LANGUAGE_COOKIE) or handler.request.headers.get("Accept-Language", "")
    return preferred(chosen)


def _handler(context: Context) -> Any:
    # The hub hands its templates no request; `static_url` is bound to the handler that renders them.
    method: Callable[..., str] = context["static_url"]
    return method.__self__  # type: ignore[attr-defined]  # a bound method


@pass_context
def _language(context: Context) -> str:
    return language_of(_handler(context))


@pass_context
def _sentence(context: Context, message: str) -> str:
    with speaking(_language(context)):
        return translate(message)


@pass_context
def _retry(context: Context) -> dict[str, Any]:
    """Where too many sessions open at once: when to ask again, and the address that does; else nothing."""
    handler = _handler(context)
    if handler.get_status() != TOO_MANY:
        return {}
    told = str(handler._headers.get("Retry-After", ""))
    asked = {"opt-profile": handler.get_argument("profile", "") or handler.get_argument("opt-profile", "")}
    asked["next"] = handler.get_argument("next", "")
    query = urlencode({name: value for name, value in asked.items() if value})
    return {
        "seconds": int(told) if told.isdigit() else RETRY_SECONDS,
        "url": f"{handler.request.path}?{query}" if query else handler.request.path,
    }
