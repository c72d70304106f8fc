"""The chosen territory: its rates beside the median, and its alerts."""

from __future__ import annotations

from archipel.defis.page.parts import root, section, table
from archipel.defis.page.words import plural, safe
from archipel.defis.pilote import territories
from archipel.defis.pilote.rate import is_missing
from archipel.defis.pilote.tableau import scale
from archipel.defis.pilote.tableau.bars import Bar
from archipel.defis.pilote.tableau.page import KINDS
from archipel.defis.pilote.tableau.strips import strips
from archipel.defis.pilote.tableau.view import View
from archipel.defis.pilote.tableau.words import percent


def territory(view: View) -> str:
    """HTML of the section; a sentence where the territory is not of the published level."""
    name = view.territory_name
    if not view.has_series:
        text = (
            f"<p>Le résultat publié est à la maille {territories.LEVEL_NAMES[view.base]} : choisir un "
            "territoire de cette maille pour voir ses taux et ses séries.</p>"
        )
        return root(section(name, text))
    rows = _rows(view)
    if not rows:
        text = "<p>Le fichier publié ne suit pas cette politique dans ce territoire.</p>"
        return root(section(name, text))
    what = "politique" if view.policy is None else "indicateur"
    title = f"{name} : taux par {what}"
    note = f"Taux par {what}"
    if view.base != "nat":
        note += f" ; le trait rouge est la médiane des {KINDS[view.base]}"
    known = [bar for bar, _motif in rows if bar.rate is not None]
    cells = [(bar.label, scale.shown(bar.rate), percent(bar.reference), motif) for bar, motif in rows]
    left = len(rows) - len(known)
    absent = f'<p class="arc-note">{plural(left, what)} sans taux : voir le tableau.</p>' if left else ""
    body = (
        f'<p class="arc-note">{note}.</p>{strips(known, title, "médiane", wide=True)}{absent}'
        + table(title, (what.capitalize(), "Taux", "Médiane", "Raison"), cells, "Voir ces taux en tableau")
        + _alerts(view)
    )
    return root(section(name, body))


def _rows(view: View) -> list[tuple[Bar, str]]:
    everything = view.policy is None
    frame = view.policies if everything else view.rates
    rate, code = ("taux", "politique") if everything else ("taux_calcule", "indicateur")
    medians = frame.groupby(code)[rate].median()
    rows = []
    for row in view.of_territory(frame).to_dict("records"):
        middle = None if view.base == "nat" or is_missing(medians[row[code]]) else float(medians[row[code]])
        value = None if is_missing(row[rate]) else float(row[rate])
        rows.append((Bar(str(row[f"{code}_nom"]), value, middle), str(row["motif"])))
    return sorted(rows, key=lambda pair: (pair[0].rate is None, -(pair[0].rate or 0), pair[0].label))


def _alerts(view: View) -> str:
    alerts = view.of_territory(view.alerts)
    if alerts.empty:
        return '<p class="arc-note">Aucune alerte pour ce territoire.</p>'
    cells = [
        (row["indicateur_nom"] or row["politique_nom"], row["type"], row["message"])
        for row in alerts.to_dict("records")
    ]
    caption = f"Alertes : {view.territory_name}"
    return (
        f'<h3><span class="arc-etiquette">{safe(plural(len(cells), "alerte"))}</span></h3>'
        f"{table(caption, ('Objet', 'Alerte', 'Message'), cells)}"
    )
