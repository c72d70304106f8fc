"""The sections of the dashboard, each an HTML text."""

from __future__ import annotations

from pathlib import Path

from archipel.defis.page.parts import header, root, section, table
from archipel.defis.page.style import sheet
from archipel.defis.page.words import figure, month_in_words, plural, safe
from archipel.defis.pilote import territories
from archipel.defis.pilote.alerts import GAP
from archipel.defis.pilote.tableau import scale
from archipel.defis.pilote.tableau.bars import Bar
from archipel.defis.pilote.tableau.choropleth import choropleth
from archipel.defis.pilote.tableau.strips import strips
from archipel.defis.pilote.tableau.view import View, position
from archipel.defis.pilote.tableau.words import percent, points, rank

STYLE = sheet(Path(__file__).with_name("style.css"))
KINDS = {"dept": "départements", "reg": "régions", "nat": "pays"}
ENDS = 10
"""Territories shown at each end of the ranking."""


def opening(view: View) -> str:
    """Style, what is shown, key figures."""
    days = view.policies["date"].dropna()
    when = f"valeurs connues jusqu’à {month_in_words(days.max())}" if len(days) else "aucun taux calculable"
    where = f"maille {territories.LEVEL_NAMES[view.level]}"
    if view.grouped:
        where += f" (médiane des {KINDS[view.base]})"
    told = f"<p>{safe(where.capitalize())} · {safe(when)}</p>"
    return STYLE + root(header("Politique suivie", view.policy_name, told, _key_figures(view)))


def _key_figures(view: View) -> list[tuple[str, str, str]]:
    computed, total = int(view.rates["taux_calcule"].notna().sum()), len(view.rates)
    reached = int((view.policies["taux"] == 100).sum())
    known = int(view.policies["taux"].notna().sum())
    late = int((view.alerts["type"] == GAP).sum())
    what = "Taux national" if view.level == "nat" else "Médiane"
    how = "" if view.level == "nat" else f"des {KINDS[view.level]}"
    if view.policy is None:
        how = f"{how}, politiques confondues".removeprefix(", ")
    return [
        (what, percent(view.median), how),
        _territory_card(view),
        ("Cible atteinte", figure(reached), f"sur {plural(known, 'taux', 'taux')} de politique"),
        ("Alertes", figure(len(view.alerts)), f"dont {plural(late, 'retard')} sur la médiane"),
        (
            "Part calculée",
            percent(100 * computed / total if total else None),
            f"{figure(computed)} taux d’indicateur sur {figure(total)}",
        ),
    ]


def _territory_card(view: View) -> tuple[str, str, str]:
    level, code = view.territory
    rate = {other: rate for other, _name, rate in view.ranking}.get(code) if level == view.level else None
    if rate is not None and view.median is not None and len(view.ranking) > 1:
        place = f"{rank(position(view.ranking, rate))} sur {len(view.ranking)}"
        gap = rate - view.median
        return view.territory_name, percent(rate), f"{place}, {points(gap)} de la médiane"
    if rate is None and level == view.base:
        rate = view.own_rates.get(code)
    note = "taux non calculable" if rate is None else f"maille {territories.LEVEL_NAMES[level]}"
    return view.territory_name, percent(rate), note


def overview(view: View) -> str:
    """The map and the ranking, side by side."""
    return root(f'<div class="pil-deux">{_map(view)}{_ranking(view)}</div>')


def _map(view: View) -> str:
    rates = view.by_departement
    title = f"Taux d’avancement par département : {view.policy_name}"
    chosen = view.territory[1] if view.territory[0] == "dept" else None
    svg = choropleth(view.published.contours, rates, title, _told(view), chosen)
    note = "Taux d’avancement, en % du chemin vers la cible"
    note += f" ; contour rouge : {view.territory_name}." if chosen else "."
    if view.grouped:
        note = (
            f"À cette maille, la carte montre la médiane des {KINDS[view.base]} de chaque territoire : le "
            "baromètre n’agrège pas la plupart des indicateurs."
        )
    names = territories.DEPARTEMENTS
    rows = [(f"{names[code][0]} ({code})", scale.shown(rate)) for code, rate in rates.items()]
    body = f'<p class="arc-note">{safe(note)}</p><figure>{svg}</figure>{scale.legend()}'
    return section("Carte", body + table(title, ("Département", "Taux"), rows, "Voir la carte en tableau"))


def _told(view: View) -> str:
    """The map in words, for who does not see it."""
    rates = view.by_departement
    known = sum(rate is not None for rate in rates.values())
    text = f"Carte de France. {known} départements sur {len(rates)} ont un taux, les autres sont hachurés."
    if view.ranking:
        (_first, best, high), (_last, worst, low) = view.ranking[0], view.ranking[-1]
        text += f" Le plus haut : {best}, {percent(high)} ; le plus bas : {worst}, {percent(low)}."
    return f"{text} Le tableau qui suit donne chaque valeur."


def _ranking(view: View) -> str:
    ranking = view.ranking
    title = f"Classement des {KINDS[view.level]} : {view.policy_name}"
    if not ranking:
        return section(
            "Classement", "<p>Aucun taux ne peut être calculé : les raisons sont plus bas.</p>", title=title
        )
    chosen = view.territory[1] if view.territory[0] == view.level else ""
    rows = [
        Bar(f"{position(ranking, rate)}. {name}", rate, strong=code == chosen) for code, name, rate in ranking
    ]
    shown = "Tous les territoires"
    if len(rows) > 2 * ENDS + 2:
        shown, gap = f"Les {ENDS} premiers et les {ENDS} derniers", Bar("", gap=True)
        middle = [row for row in rows[ENDS:-ENDS] if row.strong]
        rows = [*rows[:ENDS], gap, *([*middle, gap] if middle else []), *rows[-ENDS:]]
    cells = [
        (f"{name} ({code})" if view.level != "nat" else name, position(ranking, rate), percent(rate, 2))
        for code, name, rate in ranking
    ]
    body = f'<p class="arc-note">{shown}, du plus avancé au moins avancé.</p>{strips(rows, title)}'
    headers = ("Territoire", "Rang", "Taux")
    return section("Classement", body + table(title, headers, cells, "Voir tout le classement en tableau"))


def missing(view: View) -> str:
    """The list « non calculable »: what has no rate, where, and why."""
    rows = view.rates[view.rates["motif"] != ""]
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows.to_dict("records"):
        groups.setdefault((row["indicateur_nom"], row["motif"]), []).append(row["territoire_nom"])
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    cells = [(name, motif, figure(len(places)), _places(places, view)) for (name, motif), places in ordered]
    if view.rates.empty:
        text = "<p>Le fichier publié ne suit pas cette politique à cette maille.</p>"
        return root(section("Non calculable", text))
    if not cells:
        return root(section("Non calculable", "<p>Tous les taux sont calculés.</p>"))
    text = (
        f"<p>{figure(len(rows))} taux sur {figure(len(view.rates))} ne peuvent pas être calculés. Une "
        "valeur absente n’est jamais comptée comme 0, et une politique n’a de taux que si tous ses "
        "indicateurs attendus en ont un.</p>"
    )
    caption = f"Taux non calculables : {view.policy_name}"
    body = text + table(caption, ("Indicateur", "Raison", "Nombre", "Territoires"), cells)
    return root(section("Non calculable", body))


def _places(places: list[str], view: View) -> str:
    if len(places) == view.rates["territoire"].nunique() > 1:
        return f"tous les {KINDS[view.base]}" if view.base == "dept" else "toutes les régions"
    return ", ".join(places[:6]) + (f" et {len(places) - 6} autres" if len(places) > 6 else "")


def method(view: View) -> str:
    """How the figures are made, and where the data come from."""
    metrics = view.published.result["metrics"]
    published, off = metrics["taux_publies"]["value"], metrics["hors_tolerance"]["value"]
    checked = ""
    if published:
        checked = (
            f"<p>Contrôle : {figure(published - off)} taux publiés sur {figure(published)} sont "
            "retrouvés à 0,51 point près.</p>"
        )
    body = (
        "<p>Taux = 100 × (valeur − valeur initiale) ÷ (cible − valeur initiale), entre 0 et 100. Le taux "
        "d’une politique est la moyenne pondérée de ses indicateurs. Une alerte « écart » signale un retard "
        "sur la médiane de la même maille, au-delà du seuil fixé.</p>"
        f'{checked}<p class="arc-note">Données : {safe(view.published.result.get("origine", ""))}. '
        "Source : etalab/barometre-resultats (MIT ; documentation sous Licence Ouverte 2.0). Contours : "
        "IGN et Etalab, Licence Ouverte, millésime 2018.</p>"
    )
    return root(section("Méthode et sources", body))
