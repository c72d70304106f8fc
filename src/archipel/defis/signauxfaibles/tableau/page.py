"""The sections of the dashboard."""

from __future__ import annotations

from pathlib import Path

from archipel.defis.page.parts import BADGE, header, notice, root, section, table
from archipel.defis.page.style import sheet
from archipel.defis.page.words import figure, gap, interval, month, percent, safe, with_interval
from archipel.defis.signauxfaibles.tableau import charts
from archipel.defis.signauxfaibles.tableau.published import View

STYLE = sheet(Path(__file__).with_name("style.css"))
SPLITS = {
    "hasard": ("sgf-hasard", "au hasard, mêmes années"),
    "memes_lignes": ("sgf-memes", "appris sur les mêmes années, jugé sur les derniers mois"),
    "temps": ("sgf-temps", "appris avant, jugé après"),
}
ORACLE = ("sgf-oracle", "oracle à la date, derniers mois")
MODELS = {
    "public": "méthode publique (forêt)",
    "archipel": "Archipel",
    "oracle_date": "oracle à la date",
    "oracle": "oracle du chemin",
}
NAMES = {
    "auc": "Aire ROC",
    "precision_moyenne": "Précision moyenne",
    "ece": "Erreur de calibration",
    "rouge_precision": "Précision, rouge",
    "rouge_rappel": "Rappel, rouge",
    "rouge_f": "F0,5, rouge",
    "rouge_exactitude_equilibree": "Exactitude équilibrée, rouge",
    "orange_precision": "Précision, orange",
    "orange_rappel": "Rappel, orange",
    "orange_f": "F2, orange",
    "orange_exactitude_equilibree": "Exactitude équilibrée, orange",
    "prevu": "Risque moyen prévu",
    "observe": "Part qui entre en procédure",
}
DRAWN = ("auc", "precision_moyenne", "rouge_f", "orange_f", "orange_rappel")
Interval = tuple[float, float, float]
UNKNOWN: Interval = (float("nan"),) * 3


def opening(view: View) -> str:
    """Style, what is shown, key figures."""
    told, horizon = view.metrics, view.result["horizon"]
    badge = BADGE if view.result.get("donnees_synthetiques") else ""
    random, forward = told["hasard_public_rouge_f"], told["temps_public_rouge_f"]
    cards = [
        (
            "Entreprises suivies",
            figure(told["entreprises_suivies"]),
            "10 salariés ou plus, hors sections O et P",
        ),
        ("Risque élevé", figure(told["rouges"]), "rouge : la précision d’abord (F0,5)"),
        ("Risque modéré", figure(told["oranges"]), "orange : le rappel d’abord (F2)"),
        ("F0,5 de la méthode publique", figure(forward, 2), f"dans le temps ; {figure(random, 2)} au hasard"),
    ]
    over = f"Situation de {month(view.result['dernier_mois'])}"
    heading = f"Le risque de défaillance dans les {horizon} mois"
    body = (
        "<p>Un signal invite à proposer un accompagnement ; ce n’est ni un jugement ni une décision. Aucune "
        "entreprise n’existe ici, aucune personne n’est décrite.</p>"
    )
    return STYLE + root(notice(view.unmet), header(over, heading, body, cards, badge))


def flattery(view: View) -> str:
    """The turn of the economy; both splits beside each other; the gap, paired."""
    quarters = view.tables["cycle"]
    rates = table(
        "Entrées en défaillance par trimestre",
        ("Trimestre", "Entrées", "Taux annuel"),
        [
            (row["trimestre"], figure(row["entrees"]), percent(row["taux_annuel"], 1))
            for row in quarters.to_dict("records")
        ],
        "Voir en tableau",
    )
    body = (
        f"<p>La méthode publique est jugée sur des entreprises tirées au hasard, les <b>mêmes années</b>. "
        f"Un agent, "
        f"lui, prévoit des mois que personne n’a vus. Ici l’économie se retourne : deux ans de soutien "
        f"masquent les "
        f"défaillances, puis vient la vague. Le découpage dans le temps apprend jusqu’en "
        f"{month(view.result['dernier_apprentissage'])}, dont l’horizon finit à la coupure de "
        f"{month(view.result['coupure'])}, et juge de {month(view.result['coupure'])} à "
        f"{month(view.result['dernier_essai'])}.</p>"
        + charts.cycle(quarters)
        + charts.legend((("sgf-periode", "apprentissage"), ("sgf-periode-2", "essai")))
        + rates
    )
    for model in ("public", "archipel"):
        body += f"<h3>{safe(MODELS[model].capitalize())}</h3>" + _drawn(view, model) + _gaps(view, model)
    body += charts.legend([*SPLITS.values(), ORACLE]) + _everything(view)
    return root(section("Ce que le découpage au hasard flatte", body))


def _drawn(view: View, model: str) -> str:
    kind, told = ORACLE
    groups = [
        (
            NAMES[name],
            [
                *(
                    (drawn, said, view.measures.get((part, model, name), UNKNOWN))
                    for part, (drawn, said) in SPLITS.items()
                ),
                (kind, told, view.measures.get(("temps", "oracle_date", name), UNKNOWN)),
            ],
        )
        for name in DRAWN
    ]
    return charts.bars(f"Mesures par découpage, {MODELS[model]}", groups)


def _gaps(view: View, model: str) -> str:
    frame = view.tables["flatterie"]
    found = {
        (row["compare"], row["mesure"]): row for row in frame[frame["modele"] == model].to_dict("records")
    }

    def cell(part: str, name: str) -> str:
        row = found[part, name]
        return f"{gap(row['ecart'], 3)} {interval(gap(row['bas'], 3), gap(row['haut'], 3))}"

    lines = [
        (
            told, figure(view.measures["hasard", model, name][0], 3),
            figure(view.measures["temps", model, name][0], 3),
            cell("hasard", name), cell("memes_lignes", name),
        )
        for name, told in NAMES.items()
    ]  # fmt: skip
    heads = ("Mesure", "Au hasard", "Dans le temps", "Écart", "Écart, mêmes lignes jugées")
    # The level is corrected by what was seen of the last months, which a random split knows already.
    paced = " ; dans le temps, son niveau est corrigé aussi" if model == "archipel" else ""
    told = f"Écarts, {MODELS[model]} : intervalle à 95 %, entreprises tirées{paced}"
    return table(told, heads, lines, "Voir en tableau")


def _everything(view: View) -> str:
    lines = [
        (
            f"{SPLITS[part][1]} — {MODELS[model]}",
            *(with_interval(*view.measures.get((part, model, name), UNKNOWN), 3) for name in NAMES),
        )
        for part in SPLITS
        for model in MODELS
    ]
    return table(
        "Toutes les mesures",
        ("Découpage, modèle", *NAMES.values()),
        lines,
        "Voir toutes les mesures, oracles compris",
    )


def reliability(view: View) -> str:
    """Foreseen and observed, forward in time."""
    bins, body = view.tables["fiabilite"], ""
    bins = bins[bins["decoupage"] == "temps"]
    kinds = {"archipel": "sgf-ligne", "public": "sgf-ligne-2"}
    lines = [(kind, MODELS[model], bins[bins["modele"] == model]) for model, kind in kinds.items()]
    cells = [
        (
            f"{MODELS[row['modele']]}, tranche {row['tranche']}",
            figure(row["lignes"]),
            percent(row["prevu"], 1),
            percent(row["observe"], 1),
        )
        for row in bins[bins["modele"].isin(kinds)].to_dict("records")
    ]
    errors = {model: view.measures["temps", model, "ece"] for model in kinds}
    pace = figure(view.metrics["rythme"], 2)
    body = (
        "<p>Sur la diagonale, le risque prévu est celui qui arrive ; au-dessus, il arrive plus que prévu. "
        "Erreur de "
        f"calibration dans le temps : {with_interval(*errors['archipel'], 3)} pour Archipel, "
        f"{with_interval(*errors['public'], 3)} pour la méthode publique. Les six mois d’avant la "
        f"coupure disent à Archipel si l’économie se retourne : le rythme des entrées qu’il retient est "
        f"{pace} fois celui des années apprises.</p>"
        + charts.reliability("Fiabilité dans le temps : risque prévu et observé par tranche de lignes", lines)
        + table(
            "Dix tranches d’autant de lignes",
            ("Modèle, tranche", "Lignes", "Prévu", "Observé"),
            cells,
            "Voir en tableau",
        )
    )
    return root(section("Le risque annoncé arrive-t-il ?", body))


def method(view: View) -> str:
    """What was learnt, on what; thresholds; what nothing here says."""
    lines = [
        (
            f"{SPLITS[row['decoupage']][1]} — {MODELS[row['modele']]}", row["retenu"],
            figure(row["rouge"], 3), figure(row["orange"], 3), figure(row["rythme"], 2),
        )
        for row in view.tables["seuils"].to_dict("records")
        if row["decoupage"] != "memes_lignes"
    ]  # fmt: skip
    body = (
        "<p>Méthode publique : forêt de 100 arbres de profondeur 9, entreprises tirées au hasard, seuils "
        "qui maximisent F0,5 "
        "(rouge) et F2 (orange). Archipel : régression logistique ou boosting, selon la validation croisée, "
        "calibré ; des rangs "
        "parmi les entreprises du mois ; un niveau corrigé par les six derniers mois. Aucune mesure ne lit "
        "un mois "
        "postérieur à sa date ; une ligne dont l’horizon n’est pas écoulé n’est pas employée.</p>"
        "<p>L’oracle à la date connaît la vraie loi du mois et l’état caché de l’entreprise, non la suite ; "
        "l’oracle "
        "du chemin connaît aussi la suite, sauf le hasard de la date d’entrée : nul ne fait mieux.</p>"
        + table(
            "Seuils, appris sur les lignes d’apprentissage",
            ("Découpage, modèle", "Retenu", "Rouge", "Orange", "Rythme"),
            lines,
        )
        + '<p class="arc-note">Ces chiffres sont ceux d’un pays engendré : ils disent ce que vaut une façon '
        "de juger, non "
        "ce que vaut Signaux Faibles. Source : signaux-faibles/documentation, évaluation de mars 2024.</p>"
    )
    return root(section("Méthode et limites", body))
