"""Firms as an agent looks at them: one, its reasons and months; those most at risk; who is alerted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archipel.defis.page.parts import BADGE, root, section, table
from archipel.defis.page.words import MISSING, figure, gap, month, percent, safe, siren
from archipel.defis.signauxfaibles.features import THEMES
from archipel.defis.signauxfaibles.tableau import charts
from archipel.defis.signauxfaibles.tableau.published import View

LEVELS = {"rouge": "risque élevé", "orange": "risque modéré", "aucun": "pas d’alerte"}
FIRMS_SHOWN = 20


def _level(name: str) -> str:
    return f'<span class="sgf-niveau sgf-niveau-{safe(name)}">{safe(LEVELS[name])}</span>'


def firm(view: View) -> str:
    """One firm: its reasons by theme and its months; then the firms most at risk."""
    one = view.firm
    parts = [(name, float(one[f"theme_{key}"])) for key, name in THEMES.items()]
    parts.sort(key=lambda part: -part[1])
    body = (
        f"<p><b>SIREN {safe(siren(one['siren']))}</b> {BADGE} — {safe(one['secteur'])} (section "
        f"{safe(one['section'])}), "
        f"{figure(one['effectif'])} salariés. Risque dans les {view.result['horizon']} mois : "
        f"<b>{percent(one['probabilite'], 1)}</b>, {_level(one['niveau'])}.</p><h3>Pourquoi</h3>"
        "<p>Ce que chaque thème ajoute au risque (logarithme de la cote), comparé à d’autres entreprises du "
        "même "
        "mois.</p>"
        + charts.themes(parts)
        + table(
            "Ce que chaque thème ajoute",
            ("Thème", "Ajoute"),
            [(name, gap(value, 2)) for name, value in parts],
            "Voir en tableau",
        )
        + _months(view)
    )
    return root(section("Une entreprise", body), section("Les plus à risque", _first(view)))


def _months(view: View) -> str:
    rows = view.own_months.to_dict("records")
    names = [row["mois"] for row in rows]
    debts = [row["dette_centimes"] / row["cotisations_centimes"] for row in rows]
    cells = [
        (
            month(row["mois"]), figure(row["effectif"]), f"{figure(row['dette_centimes'] / 100)} €",
            figure(row["retard_jours"]), percent(row["activite_partielle"], 1),
            figure(row["delai_mois_restants"]) if row["delai_mois_restants"] else MISSING,
        )
        for row in rows
    ]  # fmt: skip
    heads = (
        "Mois",
        "Effectif",
        "Dette à l’URSSAF",
        "Jours de retard",
        "Activité partielle",
        "Délai accordé, mois restants",
    )
    return (
        "<h3>Ses deux dernières années</h3><p>Effectif</p>"
        + charts.series("Effectif par mois", names, [row["effectif"] for row in rows], "")
        + "<p>Dette à l’URSSAF, en mois de cotisations</p>"
        + charts.series("Dette en mois de cotisations", names, debts, "")
        + table("Mois de l’entreprise", heads, cells, "Voir en tableau")
    )


def _first(view: View) -> str:
    rows: Sequence[dict[Any, Any]] = view.tables["entreprises"].head(FIRMS_SHOWN).to_dict("records")
    cells = [
        (
            row["siren"],
            row["secteur"],
            figure(row["effectif"]),
            percent(row["probabilite"], 1),
            LEVELS[row["niveau"]],
            row["raisons"] or MISSING,
        )
        for row in rows
    ]
    return table(
        "Un SIREN se recopie dans le champ « siren »",
        ("SIREN", "Secteur", "Effectif", "Risque", "Niveau", "Raisons"),
        cells,
    )


def groups(view: View) -> str:
    """Alerts by sector and by size, forward in time."""
    frame = view.tables["secteurs"]
    heads = (
        "Entreprises",
        "Prévu",
        "Observé",
        "En rouge",
        "En orange",
        "Rappel",
        "Précision",
        "Fausses alertes",
    )
    body = (
        "<p>Essai dans le temps, modèle Archipel. Rappel : part des lignes suivies d’une défaillance qui "
        "étaient en "
        "alerte (rouge ou orange). Fausses alertes : part des autres qui l’étaient aussi. Les groupes de "
        "moins de 5 "
        "entreprises ne sont pas montrés.</p>"
    )
    for criterion, title in (("secteur", "Par secteur"), ("taille", "Par effectif")):
        lines = [_group(row) for row in frame[frame["critere"] == criterion].to_dict("records")]
        body += table(title, (title.removeprefix("Par ").capitalize(), *heads), lines)
    return root(section("Qui est alerté, qui l’est à tort", body))


def _group(row: dict[Any, Any]) -> tuple[str, ...]:
    if row["entreprises"] != row["entreprises"]:
        return (row["groupe"], "moins de 5", *(MISSING,) * 7)
    shares = ("prevu", "observe", "part_rouge", "part_orange", "rappel", "precision", "fausses_alertes")
    return row["groupe"], figure(row["entreprises"]), *(percent(row[name], 1) for name in shares)
