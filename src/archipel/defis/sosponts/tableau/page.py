"""The sections of the dashboard."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

from archipel.defis.page.parts import BADGE, header, root, section, table
from archipel.defis.page.style import sheet
from archipel.defis.page.words import MISSING, figure, interval, percent
from archipel.defis.sosponts.bridges import CLASSES, LABELS
from archipel.defis.sosponts.montpellier import FIELDS, rated
from archipel.defis.sosponts.tableau import drawings, plan
from archipel.defis.sosponts.tableau.published import View
from archipel.defis.sosponts.tableau.words import between, measure

STYLE = sheet(Path(__file__).with_name("style.css"))


def opening(view: View) -> str:
    """Style, what is shown, key figures."""
    one = view.chosen
    metrics = {name: found["value"] for name, found in view.result["metrics"].items()}
    cards = [
        (
            "Accord avec la vraie classe",
            measure(one["kappa"]),
            f"kappa quadratique, {interval(measure(one['kappa_bas']), measure(one['kappa_haut']))} ; un "
            f"oracle "
            f"ferait {measure(metrics['kappa_oracle'])}, l’âge seul {measure(metrics['kappa_age'])}",
        ),
        ("Erreur moyenne", measure(one["mae"]), "classe, sur cinq"),
        (
            "Désordres graves repérés",
            percent(one["rappel_visites"]),
            f"en visitant les {percent(view.result['visites'])} de ponts dits le plus à risque",
        ),
        (
            "Erreur de calibration",
            measure(one["erreur_calibration"], 3),
            "écart moyen entre risque annoncé et part observée",
        ),
    ]
    over = f"{figure(metrics['ponts'])} ponts engendrés, dont {figure(one['ponts'])} mis de côté pour mesurer"
    body = (
        "<p>Tous les chiffres de cette partie sont mesurés sur des ponts inventés, dont la vraie classe est "
        "connue. Ils disent si la méthode sait lire un inventaire, rien d’un pont réel.</p>"
    )
    return STYLE + root(header(over, "Risque de désordre structurel des ponts", body, cards, BADGE))


def evaluation(view: View) -> str:
    """Every model beside the oracle and the baselines."""
    heads = (
        "Modèle", "Kappa quadratique", "Erreur (classes)", "Graves dits graves", "dont 3", "dont 3U",
        f"Graves parmi {percent(view.result['visites'])} visités", "Erreur de calibration",
    )  # fmt: skip
    rows = [
        (
            row["titre"] + (" — retenu" if row["retenu"] else ""),
            _measure(row, "kappa"),
            _measure(row, "mae"),
            *(_measure(row, name, share=True) for name in ("rappel_graves", "rappel_3", "rappel_3u")),
            percent(row["rappel_visites"]),
            measure(row["erreur_calibration"], 3),
        )
        for row in view.tables["evaluation"].to_dict("records")
    ]
    body = (
        "<p>« Grave » : classe 3 ou 3U, désordre structurel significatif ou majeur. Entre crochets, "
        "l’intervalle "
        "à 95 % (les ponts tirés de nouveau, 2 000 fois). La classe dite est la médiane : elle se trompe le "
        "moins, "
        "mais dit rarement 3 ; pour choisir qui visiter, c’est le risque annoncé qui range les ponts. Une "
        "petite erreur de calibration ne suffit pas : annoncer à tous la part moyenne en a une petite "
        "aussi.</p>" + table("Mesures sur les ponts mis de côté (données synthétiques)", heads, rows)
    )
    return root(section("Ce que chaque modèle sait faire", body, badge=BADGE))


def _measure(row: dict[Hashable, Any], name: str, *, share: bool = False) -> str:
    return between(row[name], row[f"{name}_bas"], row[f"{name}_haut"], share=share)


def details(view: View) -> str:
    """Confusion and reliability of the model shown; importance of the fields."""
    counts, bins, fields = view.of_model("confusion"), view.of_model("fiabilite"), view.tables["importance"]
    grid = counts.pivot(index="vraie", columns="dite", values="ponts").loc[list(CLASSES), list(CLASSES)]
    confusion = drawings.matrix(counts) + table(
        "Ponts par vraie classe (lignes) et classe dite (colonnes)",
        ("Vraie classe", *(f"dite {name}" for name in CLASSES)),
        [(name, *(figure(int(value)) for value in grid.loc[name])) for name in CLASSES],
        "Voir en tableau",
    )
    reliability = drawings.curve(bins) + table(
        "Groupes de même taille, du moins au plus risqué",
        ("Groupe", "Ponts", "Annoncé", "Observé"),
        [
            (
                row["groupe"], figure(row["ponts"]), percent(row["annonce"], 1, zeros=True),
                f"{percent(row['observe'], 1, zeros=True)} [{measure(100 * row['observe_bas'], 1)} ; "
                f"{measure(100 * row['observe_haut'], 1)}]",
            )
            for row in bins.to_dict("records")
        ],
        "Voir en tableau",
    )  # fmt: skip
    weights = drawings.bars(fields) + table(
        "Perte de score ordinal quand le champ est mélangé entre les ponts",
        ("Champ", "Perte", "De", "À"),
        [
            (row["libelle"], *(measure(row[name], 4) for name in ("perte", "perte_min", "perte_max")))
            for row in fields.to_dict("records")
        ],
        "Voir en tableau",
    )
    body = (
        f'<div class="sos-paire"><div><h3>Où il se trompe</h3>{confusion}</div><div><h3>Quand il annonce un '
        f"risque, l’est-ce ?</h3>{reliability}</div></div><h3>Ce que lit le modèle retenu</h3>{weights}"
    )
    return root(section(f"De plus près : {view.title}", body, badge=BADGE))


def montpellier(view: View) -> str:
    """The city's index on a map; the model's reading beside, loudly not scored."""
    own = view.bridges
    read = int((own["lecture"] != "").sum())
    reduced = view.tables["evaluation"].set_index("modele").loc["champs_montpellier"]
    fields = ", ".join(LABELS[name] for name in FIELDS)
    warning = (
        f'<div class="sos-alerte"><p><b>Ponts réels ; lecture non évaluée.</b> La ville a publié {len(own)} '
        f"ponts, dont {int(rated(own).sum())} notés sur l’échelle IQOA, tous de 1 à 3 : ni 2E, ni 3U, trop "
        f"peu "
        f"pour noter un modèle. La lecture vient d’un modèle appris sur des <b>données synthétiques</b>, qui "
        f"ne "
        f"reçoit ici que : {fields}. Ni âge, ni trafic, ni entretien : ainsi privé, son kappa sur les ponts "
        f"inventés n’est que de {measure(reduced['kappa'])}. <b>Elle ne dit rien de la solidité d’un "
        f"ouvrage.</b></p></div>"
    )
    rows = [
        (
            row["nom"], row["structure"] or MISSING, row["obstacle"] or MISSING,
            f"{row['indice']} ({row['echelle']})", row["lecture"] or MISSING, percent(row["p_grave"]),
            row["sans_lecture"] or MISSING,
        )
        for row in view.shown.to_dict("records")
    ]  # fmt: skip
    heads = (
        "Pont", "Structure", "Franchit", "Indice de la ville", "Lecture du modèle", "Risque grave lu",
        "Pourquoi il n’est pas lu",
    )  # fmt: skip
    drawing = plan.drawing(own, view.shown) if rows else "<p>Aucun pont n’a cet indice sur cette échelle.</p>"
    body = (
        warning
        + f"<p>{len(rows)} ponts montrés sur {len(own)} ; {read} ont de quoi être lus.</p>"
        + drawing
        + table("Ponts montrés : indice de la ville, et lecture non évaluée", heads, rows)
        + '<p class="arc-note">Source : Ville de Montpellier, Ouvrages d’art (ponts), mise à jour du 13 mars '
        "2014, "
        "Licence Ouverte. Un trait mène à la vraie place d’un pont que ses voisins ont écarté.</p>"
    )
    return root(section("Les ponts de Montpellier (données réelles)", body))


def method(view: View) -> str:
    """How, and what must not be read in it."""
    body = (
        "<p>Chaque pont inventé a un dommage latent, fonction connue de son matériau, de son âge, du sel, de "
        "l’eau, "
        "du trafic, de la portée, de l’entretien et des visites, plus un hasard logistique ; quatre seuils "
        "en font "
        "une classe. L’inventaire cache ensuite une partie des champs. L’oracle connaît le dommage, non le "
        "hasard : nul ne peut annoncer un risque plus juste. Le modèle est choisi par validation croisée sur "
        "deux tiers des "
        "ponts (score "
        "ordinal, cinq plis), puis mesuré une fois sur le tiers restant.</p>"
        "<h3>Limites</h3><ul><li>Les parts des classes imitent celles du Programme national ponts (Cerema, "
        "2024 : 26 % de bons, 25 % de désordres significatifs ou majeurs parmi les ponts communaux visités) "
        "; les "
        "effets du matériau, du sel ou du trafic sont des hypothèses, non des mesures.</li>"
        "<li>Les champs manquent ici au hasard ; dans un vrai inventaire, ce qui manque dit souvent quelque "
        "chose.</li>"
        "<li>Une classe est donnée par une visite ; un modèle range des visites à faire, il n’en remplace "
        "aucune.</li><li>L’indice IDP de Montpellier n’est pas une classe IQOA : les deux ne se comparent "
        "pas.</li></ul>"
        '<p class="arc-note">Classes IQOA (ITSEOA) : 1 bon état ; 2 défauts mineurs ; 2E défauts mineurs, '
        "entretien "
        "urgent ; 3 structure altérée ; 3U structure gravement altérée, réparation urgente.</p>"
    )
    return root(section("Méthode et limites", body))
