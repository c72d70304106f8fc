"""Templates and what each of them is given: the page's frame, dates, numbers, names of states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from archipel.catalog.models import Catalog
from archipel.identity.person import Person
from archipel.portal.services import Services
from archipel.runs.view import state_name
from archipel.texts import language, paris
from archipel.texts import translate as _

FOLDER = Path(__file__).parent


def seconds(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.1f} s".replace(".", ",") if value < 120 else f"{value / 60:.0f} min"


def number(value: float) -> str:
    text = f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1e6 else f"{value:,}"
    return text.replace(",", "\u202f").replace(".", ",") if language() == "fr" else text


def points(share: float) -> str:
    """A share, or a difference of shares, in hundredths: « −3,2 »."""
    text = f"{100 * share:.1f}".replace("-", "−")
    return text.replace(".", ",") if language() == "fr" else text


_environment = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True)
_environment.globals.update(
    _=_, state_name=state_name, paris=paris, seconds=seconds, number=number, points=points
)


def page(
    request: Request,
    services: Services,
    template: str,
    person: Person | None,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """A page in the reader's language, in the frame of the workspace."""
    workspace = services.workspace
    content = services.context.library.pinned()
    catalog = services.context.catalog() if content else None
    declared = catalog.workspace if catalog else None
    prefix, speaking = workspace.portal_prefix, language()
    frame = {
        "language": speaking,
        "other_language": "en" if speaking == "fr" else "fr",
        "workspace_title": declared.title.in_language(speaking) if declared else "Archipel",
        "state_design": declared.state_design if declared else True,
        "static": f"{prefix}static/",
        "prefix": prefix,
        "base_path": workspace.base_path,
        "person": person,
        "here": request.url.path,
        "menu": _menu(services, prefix, catalog if person and catalog and person.works(catalog) else None),
        "version": services.version,
        "commit": content.commit if content else "",
        "notice": _notice(services),
    }
    html = _environment.get_template(template).render(**frame, **values)
    return HTMLResponse(html, status_code=status)


def _menu(services: Services, prefix: str, catalog: Catalog | None) -> list[tuple[str, str]]:
    """``catalog``: None for who does not work here, and reads dashboards alone."""
    workspace = services.workspace
    home = (_("Accueil"), prefix)
    boards = [(_("Tableaux de bord"), f"{workspace.content_url}d/")] if workspace.content_url else []
    if catalog is None:
        return [home, *boards]
    declared = any(defi.models for defi in catalog.defis.values())
    models = [(_("Modèles"), f"{prefix}modeles")] if declared else []
    # MLflow's own front page is a tour of itself.
    mlflow = ("MLflow", f"{workspace.mlflow_prefix}#/experiments")
    return [home, (_("Exécutions"), f"{prefix}runs"), *boards, *models, mlflow]


def _notice(services: Services) -> str:
    if services.workspace.mode == "personal":
        return _("Espace personnel : un seul compte, à qui tout appartient ; rien n’y est cloisonné.")
    return _("Espace partagé : chacun a son compte, son dossier et ses droits.")
