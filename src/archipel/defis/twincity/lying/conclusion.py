"""What « ausol » says in plain French, and what cannot be concluded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from archipel.defis.page.words import figure
from archipel.defis.twincity.audit import power
from archipel.defis.twincity.audit.gaps import FEWEST_CLUSTERS
from archipel.defis.twincity.audit.operating import Point
from archipel.defis.twincity.audit.run import FEW_CLUSTERS
from archipel.defis.twincity.lying.alarm import FIGURES
from archipel.defis.twincity.lying.posture import LYING, OTHERS
from archipel.defis.twincity.lying.report import NO_RULE, PER, Report
from archipel.defis.twincity.wording import SYNTHETIC, decimal, percent, points, rounded, score, signed

LIMITS = (
    "Une image ne dit pas pourquoi quelqu’un est au sol : chute, malaise, repos, jeu ou sommeil à la rue s’y "
    "ressemblent. Rien ici n’est un diagnostic.",
    "L’alarme ne regarde que la forme des boîtes : un groupe, un vélo ou une personne assise peut faire une "
    "boîte large ; couchée dans l’axe de la caméra, une personne au sol en fait une étroite.",
    "L’alarme juge une image entière : elle peut sonner à juste titre pour une boîte qui n’est pas celle de "
    "la personne au sol.",
    "Un écart de rappel n’est pas une cause : une personne au sol est aussi plus basse dans l’image, plus "
    "souvent cachée. À scène égale (`echange: pose`), c’est « audit » qui le dit.",
    "Une alarme sur une suite d’images, qui attendrait quelques secondes, aurait d’autres chiffres.",
    "Le seuil et le rapport choisis ici sont ceux de ces images ; ailleurs, ils sont à choisir à nouveau.",
)


def text(told: Report, *, synthetic: bool = False) -> str:
    """Markdown."""
    parts = [SYNTHETIC] if synthetic else []
    for title, lines in (
        ("Les personnes au sol sont-elles trouvées ?", _recalls(told)),
        ("Une alarme « quelqu’un est au sol »", _alarm(told)),
        ("Ce qui ne peut pas être conclu", _unknown(told)),
    ):
        parts.append("\n".join([f"### {title}", "", *(f"- {line}" for line in lines)]))
    return "\n\n".join(parts) + "\n"


def _recalls(told: Report) -> Iterator[str]:
    for point in told.points:
        yield _at_point(told, point)


def _at_point(told: Report, point: Point) -> str:
    lying, others = told.recall(point, LYING), told.recall(point, OTHERS)
    start = (
        f"Point « {point.name} » (score ≥ {score(point.score)}) : "
        f"{percent(lying['rappel'], 1)} des {lying['n']} personnes au sol sont trouvées "
        f"(intervalle à 95 % {_between(lying, 'rappel_bas', 'rappel_haut')})"
    )
    if not others["n"]:
        return f"{start} ; personne n’a une autre posture, rien à comparer."
    gap = told.gap(point)
    told_by = (
        f"écart {signed(gap['ecart'])} points, intervalle de {signed(gap['bas'])} à {signed(gap['haut'])}, "
        f"p corrigé {decimal(gap['p_holm'], 4)}"
    )
    if not gap["p_holm"] < power.ALPHA:
        verdict = f"**il ne peut pas être conclu qu’elles soient moins bien ou mieux trouvées** ({told_by})"
    elif gap["ecart"] < 0:
        verdict = f"**elles sont moins bien trouvées, de {points(-gap['ecart'])}** ({told_by})"
    else:
        verdict = f"**elles sont mieux trouvées, de {points(gap['ecart'])}** ({told_by})"
    return f"{start}, contre {percent(others['rappel'], 1)} des {others['n']} autres : {verdict}."


def _alarm(told: Report) -> Iterator[str]:
    if told.rule is None:
        yield f"{NO_RULE[0].upper()}{NO_RULE[1:]}. Rien n’en est dit."
        return
    rows = {row["mesure"]: row for row in told.figures.to_dict("records")}
    sensitive, specific, right = (rows[name] for name in FIGURES)
    yield (
        f"Règle : elle sonne quand une boîte de score {score(told.rule.score)} ou plus est au moins "
        f"{decimal(told.rule.ratio)} fois aussi large que haute. Les deux nombres sont choisis sur "
        f"{figure(int(told.development.sum()), 0)} images de réglage (un tiers, désigné par les noms) ; la "
        f"suite est mesurée sur {figure(int(told.measured.sum()), 0)} autres."
    )
    yield (
        f"Sensibilité : {_told(sensitive)} des {sensitive['n']} images où quelqu’un est au sol la font "
        "sonner. "
        f"Spécificité : {_told(specific)} des {specific['n']} autres ne la font pas sonner."
    )
    if not sensitive["n"] or not specific["n"]:
        yield "Sans image de l’une et de l’autre sorte, rien d’autre ne peut être dit de l’alarme."
        return
    value, low, high = told.youden
    yield (
        f"Sensibilité + spécificité − 1 : {rounded(value)} (intervalle à 95 % de {rounded(low)} à "
        f"{rounded(high)}) ; 0 serait le hasard."
    )
    if not low > 0:
        yield "**Il ne peut pas être conclu que cette alarme fasse mieux que le hasard.**"
    wrong = [round(PER * (1 - specific[end])) for end in ("valeur", "haut", "bas")]
    yield (
        f"Sur {figure(PER)} images où personne n’est au sol, elle sonnerait pour rien "
        f"{figure(wrong[0])} fois (de {figure(wrong[1])} à {figure(wrong[2])})."
    )
    yield from _prevalence(told, right, sensitive["n"] / (sensitive["n"] + specific["n"]))


def _prevalence(told: Report, right: Any, here: float) -> Iterator[str]:
    if right["n"]:
        yield (
            f"Précision : {_told(right)} de ses {right['n']} alarmes sont justes. **Ce chiffre tient à ces "
            f"images**, dont {percent(here, 1)} montrent quelqu’un au sol ; dans la rue, c’est bien plus "
            "rare."
        )
    else:
        yield "Elle n’a jamais sonné sur ces images : sa précision n’est pas définie."
    rows = told.prevalence.set_index("une_image_sur")
    cases = [
        f"dans une image sur {figure(n)}, {_rare(rows.loc[n, 'precision'])} des alarmes seraient justes "
        f"(de {_rare(rows.loc[n, 'bas'])} à {_rare(rows.loc[n, 'haut'])})"
        for n in (100, 10_000)
        if not np.isnan(rows.loc[n, "precision"])
    ]
    if cases:
        yield (
            f"Si quelqu’un était au sol {' ; '.join(cases)}. Plus l’événement est rare, plus les fausses "
            "alarmes noient les vraies, à règle égale."
        )


def _unknown(told: Report) -> Iterator[str]:
    clusters = int(told.one.cluster.max(initial=-1)) + 1
    judged = len(np.unique(told.one.cluster[told.measured]))
    if clusters < FEW_CLUSTERS:
        yield f"**Moins de {FEW_CLUSTERS} scènes ou images indépendantes : ni intervalle ni p n’est sûr.**"
    elif told.rule and judged < FEW_CLUSTERS:
        yield (
            f"**L’alarme n’est mesurée que sur {judged} scènes ou images indépendantes, moins de "
            f"{FEW_CLUSTERS} : ses intervalles ne sont pas sûrs.**"
        )
    held = int(told.gap(told.points[0])["grappes_a"])
    if held < FEWEST_CLUSTERS:
        yield (
            f"**Les personnes au sol ne sont que dans {held} scènes ou images, moins de {FEWEST_CLUSTERS} : "
            "l’écart, son intervalle et son p ne sont qu’approchés.**"
        )
    silent = int((told.lies < 0).sum())
    if silent:
        yield (
            f"{silent} image(s) hors de l’alarme : la posture d’une boîte n’y est pas dite, ou la personne "
            "au sol n’avait pas à être trouvée (trop petite, presque cachée)."
        )
    yield from LIMITS


def _told(row: Any) -> str:
    if not row["n"]:
        return "non défini"
    return f"{percent(row['valeur'], 1)} ({_between(row, 'bas', 'haut')})"


def _between(row: Any, low: str, high: str) -> str:
    return f"de {percent(row[low], 1)} à {percent(row[high], 1)}"


def _rare(value: Any) -> str:
    """A share that may be far below one in a thousand: two significant digits."""
    places = max(1, 1 - math.floor(math.log10(value)) - 2) if value > 0 else 1
    return percent(value, places)
