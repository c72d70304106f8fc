"""What the audit says in plain French: what is established, and what cannot be concluded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from archipel.defis.twincity.audit import gaps, power
from archipel.defis.twincity.audit.run import FEW_CLUSTERS, Audit, Figures
from archipel.defis.twincity.wording import SYNTHETIC, decimal, many, percent, points, signed

MOST = 12
"""Conditions, or pairs, told one by one; the tables have them all."""
COUNTED = (
    "Les comptes ne disent pas quelles personnes viennent d’une même image : elles sont prises pour "
    "indépendantes. Si elles ne le sont pas, les intervalles sont trop étroits."
)
CAUSE = (
    "Un écart n’est pas une cause : taille, occultation, lumière ou lieu peuvent différer d’un groupe à "
    "l’autre. Seules des paires où une seule chose change disent ce qu’elle fait."
)
ALARMS = "Une fausse alerte n’est celle de personne : rien n’est dit des fausses alertes par groupe."


def text(audit: Audit, *, synthetic: bool = False) -> str:
    """Markdown: one part a detector (never a mean of them), then what holds for all."""
    parts = [SYNTHETIC] if synthetic else []
    for name, figures in audit.figures.items():
        lines = [*_of_detector(audit, name, figures)]
        parts.append("\n".join([f"### {name}", "", *(f"- {line}" for line in lines)]))
    common = [*([COUNTED] if audit.independent else []), CAUSE, ALARMS]
    parts.append("\n".join(["### Ce que cet audit ne dit pas", "", *(f"- {line}" for line in common)]))
    return "\n\n".join(parts) + "\n"


def _of_detector(audit: Audit, name: str, figures: Figures) -> Iterator[str]:
    told = audit.gaps[(audit.gaps["detecteur"] == name) & audit.gaps["ecart"].notna()]
    powers = audit.tables["puissance"]
    if figures.recall is not None and figures.fppi is not None:
        yield (
            f"Point « {figures.point} » : le détecteur trouve {percent(figures.recall, 1)} de "
            f"{figures.persons} personnes, avec {decimal(figures.fppi)} fausse alerte par image "
            f"({figures.images} images, {figures.clusters} scènes ou images indépendantes)."
        )
    if figures.clusters is not None and figures.clusters < FEW_CLUSTERS:
        yield f"**Moins de {FEW_CLUSTERS} scènes ou images indépendantes : ni intervalle ni p n’est sûr.**"
    if told.empty:
        yield "Aucune comparaison n’a pu être calculée : rien ne peut être conclu."
    else:
        yield from _established(told)
        yield from _not_seen(told, powers[powers["detecteur"] == name])
    yield from _paired(audit.pairs[audit.pairs["detecteur"] == name])
    missing = audit.tables["non_calculables"]
    missing = missing[missing["detecteur"] == name]
    if len(missing):
        where = missing.groupby("motif", sort=False)["condition"].agg(
            lambda told: ", ".join(dict.fromkeys(told))
        )
        yield "Non calculé : " + " ; ".join(f"{names} ({reason})" for reason, names in where.items()) + "."


def _established(told: pd.DataFrame) -> Iterator[str]:
    sure = told[told["p_holm"] < power.ALPHA].sort_values("ecart", key=abs, ascending=False)
    conditions = told["condition"].nunique()
    yield (
        f"{many(len(told), 'comparaison')} de groupes, dans {many(conditions, 'condition')}, corrigées "
        f"ensemble (Holm) : **{many(len(sure), 'écart établi', 'écarts établis')}** à 5 %."
    )
    tried, held = told["condition"].value_counts(), sure["condition"].value_counts()
    largest = sure.drop_duplicates("condition").sort_index()
    for row in largest.head(MOST).to_dict("records"):
        name = row["condition"]
        how_many = f"{many(int(held[name]), 'écart établi', 'écarts établis')} sur {tried[name]}"
        yield f"**{name}** : {how_many} ; le plus grand : {sentence(row)}"
    if len(largest) > MOST:
        others = many(len(largest) - MOST, "autre condition", "autres conditions")
        yield f"De même dans {others} : voir ecarts.csv."


def _not_seen(told: pd.DataFrame, powers: pd.DataFrame) -> Iterator[str]:
    rest = told[~(told["p_holm"] < power.ALPHA)].merge(powers[[*gaps.PAIR, *gaps.POWERS[-3:]]], on=gaps.PAIR)
    small = (rest["bas"] > -power.GAP) & (rest["haut"] < power.GAP)
    if small.any():
        yield (
            f"Sans écart établi, mais bornées : {many(int(small.sum()), 'comparaison')} dont l’intervalle à "
            f"95 % tient dans ± {points(power.GAP)} (chacune prise seule)."
        )
    blind = rest[~small & (rest["puissance_apres_correction"] < power.POWER)]
    if len(blind):
        yield (
            f"**Ce qui ne peut pas être conclu** : {many(len(blind), 'comparaison')} sans écart établi, où "
            f"un écart de {points(power.GAP)} avait moins de 80 % de chances d’être montré, correction faite."
            " Là, l’absence de preuve n’est pas une preuve d’absence."
        )
        worst = blind.sort_values("ecart_visible", ascending=False, na_position="first", kind="stable")
        for row in worst.drop_duplicates("condition").head(MOST).to_dict("records"):
            yield f"Au pire, {_visible(row)}"
    open_ = rest[~small & ~(rest["puissance_apres_correction"] < power.POWER)]
    if len(open_):
        yield (
            f"Ni établies, ni bornées : {many(len(open_), 'comparaison')} où un écart de {points(power.GAP)} "
            "avait au moins 80 % de chances d’être montré, correction faite, mais dont l’intervalle en "
            "laisse possible un plus grand."
        )
    rough = int(gaps.approximate(powers).sum())
    if rough:
        yield (
            f"Approché dans {many(rough, 'comparaison')} : un groupe y attend moins de {gaps.FEWEST} "
            f"personnes trouvées, ou oubliées, ou n’est que dans moins de {gaps.FEWEST_CLUSTERS} scènes ou "
            "images."
        )


def _visible(row: dict[str, Any]) -> str:
    seen = row["ecart_visible"]
    least = "aucun écart, même total, n’avait" if pd.isna(seen) else f"seuls {points(seen)} ou plus avaient"
    return (
        f"{row['condition']}, entre « {row['groupe_a']} » (n = {row['n_a']}) et « {row['groupe_b']} » "
        f"(n = {row['n_b']}) : {least} 80 % de chances d’être vu(s), avant correction ; intervalle "
        f"{_between(row)}."
    )


def _paired(pairs: pd.DataFrame) -> Iterator[str]:
    if pairs.empty:
        return
    sure = pairs[pairs["p_holm"] < power.ALPHA].sort_values("ecart", key=abs, ascending=False)
    least = pairs["puissance_3_points"].min()
    yield (
        f"À scène égale, une seule chose changée : {many(len(pairs), 'comparaison')} de paires, corrigées "
        f"ensemble (Holm), **{many(len(sure), 'écart établi', 'écarts établis')}** ; la moins bien lotie "
        f"avait {percent(least, 1)} de chances de montrer {points(power.GAP)}, avant correction."
    )
    for row in sure.head(MOST).to_dict("records"):
        yield f"Établi à scène égale, {row['condition']} : {sentence(row)}"
    small = (pairs["bas"] > -power.GAP) & (pairs["haut"] < power.GAP)
    unsure = ~(pairs["p_holm"] < power.ALPHA) & ~small
    blind = int((unsure & (pairs["puissance_apres_correction"] < power.POWER)).sum())
    if blind:
        yield (
            f"**Ce qui ne peut pas être conclu à scène égale** : {many(blind, 'comparaison')} sans écart "
            f"établi, où un écart de {points(power.GAP)} avait moins de 80 % de chances d’être montré, "
            "correction faite."
        )


def sentence(row: dict[str, Any]) -> str:
    better, worse = ("a", "b") if row["ecart"] > 0 else ("b", "a")
    return (
        f"le rappel de « {row[f'groupe_{worse}']} » est inférieur de "
        f"{points(abs(row['ecart']))} à celui de « {row[f'groupe_{better}']} » (écart "
        f"{signed(row['ecart'])}, intervalle {_between(row)}, p corrigé {decimal(row['p_holm'], 4)})."
    )


def _between(row: dict[str, Any]) -> str:
    return f"de {signed(row['bas'])} à {signed(row['haut'])}"
