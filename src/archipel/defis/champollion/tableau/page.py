"""The sections of the dashboard."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from archipel.defis.champollion.law.rules import RULES
from archipel.defis.champollion.messages import ALERT, CHECKS
from archipel.defis.champollion.reading.directory import UNKNOWN
from archipel.defis.champollion.summary import SHOWN_SITES
from archipel.defis.champollion.tableau import timeline
from archipel.defis.champollion.tableau.published import View
from archipel.defis.champollion.tableau.suppression import SMALLEST, hidden_groups
from archipel.defis.page.parts import BADGE, header, notice, root, section, table
from archipel.defis.page.style import sheet
from archipel.defis.page.words import MISSING, day, figure, percent, plural, safe, siret

STYLE = sheet(Path(__file__).with_name("style.css"))
ALERTS_SHOWN = 8
YEARS = 2


def opening(view: View) -> str:
    """Style, what is shown, key figures."""
    metrics = {name: one["value"] for name, one in view.result["metrics"].items()}
    recall, precision = metrics.get("rappel"), metrics.get("precision")
    cards = [
        ("Contrats contrôlés", figure(metrics["contrats_juges"]), "CDD et missions d’intérim"),
        (
            "Établissements",
            figure(metrics["etablissements"]),
            f"dont {figure(metrics['etablissements_en_alerte'])} en alerte",
        ),
        ("Infractions potentielles", figure(metrics["alertes"]), "à vérifier sur place, une par une"),
    ]
    if recall is not None:
        cards.append(
            ("Abus connus retrouvés", percent(recall, 1), f"et {percent(precision, 1)} des alertes en sont")
        )
    over = f"Contrôle du {day(view.result.get('au'))}"
    heading = "CDD et intérim : ce que les déclarations laissent voir"
    told = (
        "<p>Une alerte est une <b>infraction potentielle</b> : elle oriente un contrôle, elle ne le remplace "
        "pas. Aucune personne n’est nommée.</p>"
    )
    badge = BADGE if view.result.get("donnees_synthetiques") else ""
    return STYLE + root(notice(view.unmet), header(over, heading, told, cards, badge))


def establishment(view: View) -> str:
    """One establishment: contracts in time, how many at once, its alerts."""
    site = view.site
    last = date.fromisoformat(view.result["au"])
    first = last - timedelta(days=365 * YEARS)
    own, alerts = view.own_contracts, view.own_alerts
    held = figure(site["jours_du_poste_le_plus_pourvu"])
    head = (
        f"<p><b>SIRET {safe(siret(site['siret']))}</b> — {safe(_known(site))}. "
        f"{plural(int(site['contrats']), 'contrat court', 'contrats courts')} : {figure(site['cdd'])} CDD, "
        f"{plural(int(site['missions']), 'mission')} ; en moyenne {figure(site['duree_moyenne_jours'], 1)} "
        f"jours. Son poste le plus pourvu l’a été {held} jours sur 365 par de tels contrats.</p>"
    )
    if own.empty:
        why = "" if view.drawn else f" (seuls le sont les {figure(SHOWN_SITES)} premiers établissements)"
        drawn = f"<p>Aucun contrat des deux dernières années n’est dessiné{why}.</p>"
        return root(section("L’établissement", head + drawn), _alerts(alerts))
    others = view.own_others
    counts = timeline.stock(own, others, first, last)
    heads = ("Mois", "CDD", "Missions", *(("Autres (CDI…)",) if others else ()))
    cells = [(f"{month:%m/%Y}", *told[: len(heads) - 1]) for month, *told in counts]
    kinds = "Contrats" if others else "Contrats courts"
    known = timeline.OTHERS if others else ""
    body = (
        head
        + "<h3>Contrats par poste, deux dernières années</h3>"
        + timeline.contracts(own, alerts, first, last)
        + f"<h3>{kinds} en cours au premier du mois</h3>"
        + timeline.headcount(counts)
        + known
        + table(f"{kinds} en cours", heads, cells, "Voir en tableau")
    )
    return root(section("L’établissement", body), _alerts(alerts))


def _known(site: Mapping[str, Any]) -> str:
    """Sector, département and headcount, as far as they are known."""
    told = [
        name.format(site[column])
        for column, name in (("secteur", "{}"), ("naf", "NAF {}"), ("departement", "département {}"))
        if site[column] != UNKNOWN
    ]
    if not pd.isna(site["effectif"]):
        told.append(plural(int(site["effectif"]), "salarié"))
    return ", ".join(told) or "secteur, département et effectif non renseignés"


def _alerts(alerts: pd.DataFrame) -> str:
    if alerts.empty:
        return section("Ses alertes", "<p>Aucune alerte sur ses contrats.</p>")
    rows = alerts.to_dict("records")
    first, more = rows[:ALERTS_SHOWN], rows[ALERTS_SHOWN:]
    body = f'<ul class="chp-alertes">{"".join(map(_alert, first))}</ul>'
    if more:
        told = "".join(map(_alert, more))
        body += (
            f"<details><summary>Voir {plural(len(more), 'alerte')} de plus</summary>"
            f'<ul class="chp-alertes">{told}</ul></details>'
        )
    return section(f"Ses alertes ({figure(len(rows))})", body)


def _alert(row: dict[Hashable, Any]) -> str:
    finding, _mark, checks = row["message"].partition(CHECKS)
    other = "" if row["autre_arrondi"] == ALERT else " Avec l’autre arrondi, il n’y aurait pas d’alerte."
    merged = row["postes_fusionnes"].replace(" | ", ", ")
    return (
        f"<li><b>{day(row['date'])} — {safe(RULES[row['regle']].title)}, poste « {safe(row['poste'])} »</b>"
        f"{safe(finding)}{other}"
        f"<details><summary>À vérifier sur place</summary><p>{safe(checks)}</p><p>Contrat "
        f"{safe(row['contrat_id'])}. Intitulés réunis : {safe(merged)}.</p></details></li>"
    )


def region(view: View) -> str:
    """By sector and by département; groups of fewer than five establishments are not told."""
    place = "Tous les départements" if view.departement is None else f"Département {view.departement}"
    hidden = hidden_groups(view.sites, "departement", "secteur")
    by_sector = hidden.columns if view.departement is None else hidden.cells.loc[view.departement]
    sectors = table(
        f"{place}, par secteur", ("Secteur", *_HEADS), _groups(view.shown_sites, "secteur", by_sector)
    )
    places = table(
        "Par département", ("Département", *_HEADS), _groups(view.sites, "departement", hidden.rows),
        "Voir par département",
    )  # fmt: skip
    first = view.shown_sites.head(15)
    sites = table(
        "Établissements les plus alertés : un SIRET se recopie dans le champ « siret »",
        ("SIRET", "Secteur", "Alertes", "Contrats", "Carence", "Durée", "Renouvellements"),
        [
            (
                row["siret"], row["secteur"], figure(row["alertes"]), figure(row["contrats"]),
                figure(row["alertes_carence"]), figure(row["alertes_duree_totale"]),
                figure(row["alertes_renouvellements"]),
            )
            for row in first.to_dict("records")
        ],
    )  # fmt: skip
    note = (
        f'<p class="arc-note">Les groupes de moins de {SMALLEST} établissements ne sont pas montrés, ni ceux '
        "qui les laisseraient retrouver par soustraction ; la liste et la recherche par SIRET montrent "
        "chaque établissement à qui voit cette page. Des alertes plus nombreuses ne disent pas un secteur "
        "plus fautif : il a peut-être plus de contrats.</p>"
    )
    return root(section("Vue régionale", note + sectors + places + sites))


_HEADS = ("Établissements", "En alerte", "Contrats", "Alertes pour 100 contrats")


def _groups(sites: pd.DataFrame, column: str, hidden: pd.Series) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, group in sites.groupby(column):
        count = len(group)
        if hidden[name]:
            rows.append((str(name), "non montré", MISSING, MISSING, MISSING))
            continue
        contracts, alerts = int(group["contrats"].sum()), int(group["alertes"].sum())
        rows.append(
            (
                str(name), figure(count), percent((group["alertes"] > 0).mean()), figure(contracts),
                figure(100 * alerts / contracts, 1) if contracts else MISSING,
            )
        )  # fmt: skip
    return rows


def method(view: View) -> str:
    """The rules, their articles and formulas; what no declaration shows."""
    cells = [
        (
            row["titre"],
            row["articles"],
            row["formule"],
            figure(row["alertes"]),
            figure(row["sans_l_autre_arrondi"]),
        )
        for row in view.rules.to_dict("records")
    ]
    heads = ("Règle", "Articles", "Formule", "Alertes", "Que l’autre arrondi ferait disparaître")
    body = (
        "<p>Le contrat précédent est celui du même poste dont la fin est la dernière avant le début, quel "
        "que soit le salarié. Sa durée compte en jours calendaires, le délai en jours d’ouverture de "
        "l’établissement. L’exception ne vaut que si chacun des deux contrats y a droit (Cass. "
        "soc., 10 octobre 2018). Une convention de branche étendue remplace la loi quand elle est donnée.</p>"
        + table("Règles", heads, cells)
        + "<h3>Ce qu’aucune déclaration ne montre</h3><p>Travaux urgents de sécurité, commande "
        "exceptionnelle à l’exportation, travail à l’étranger, grève, travaux dangereux, emploi durable : à "
        "vérifier sur place, jamais une alerte.</p>"
        '<p class="arc-note">Sources : Code du travail, L1242-1 à L1251-37-1 ; norme DSN (NEODeS), cahier '
        "technique 2023.1.</p>"
    )
    return root(section("Méthode et limites", body))
