"""What counting says in plain French, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from archipel.defis.page.words import figure
from archipel.defis.twincity.audit.run import FEW_CLUSTERS
from archipel.defis.twincity.counting.report import BANDS, GAIN, Report
from archipel.defis.twincity.sets.units import BLOCK
from archipel.defis.twincity.wording import SYNTHETIC, decimal, percent, rounded, score

SEQUENCE = (
    f"**Intervalles trop étroits** : {BLOCK} images qui se suivent ne sont tirées qu’ensemble, mais c’est "
    "une seconde de vidéo, et d’un groupe au suivant ce sont souvent les mêmes personnes, dans les images de "
    "réglage comme de mesure. Une séquence est un seul lieu, un seul moment : rien n’est dit d’un autre."
)
LIMITS = (
    "Compter juste n’est pas trouver chacun : une personne oubliée et une fausse alerte s’annulent. GAME "
    "découpe l’image pour que les erreurs s’y annulent moins ; le rappel est dans « evaluation ».",
    "Les personnes d’une image ne sont pas des passages : additionner des images compterait plusieurs fois "
    "les mêmes.",
    "Qui n’avait pas à être trouvé (trop petit, presque caché, foule sans contours) n’est compté ni dans la "
    "vérité ni par le détecteur : le nombre réel peut être plus grand.",
    "Un seuil choisi ici est celui de ces images : ailleurs, autre caméra ou autre densité, il est à choisir "
    "à nouveau.",
)


def text(told: Report, *, synthetic: bool = False) -> str:
    """Markdown."""
    found = ["### Ce qui est mesuré", "", *(f"- {line}" for line in _found(told))]
    limits = [*([SEQUENCE] if told.counted.sets.mot else []), *LIMITS]
    not_told = ["### Ce que ce compte ne dit pas", "", *(f"- {line}" for line in limits)]
    parts = [*([SYNTHETIC] if synthetic else []), "\n".join(found), "\n".join(not_told)]
    return "\n\n".join(parts) + "\n"


def _found(told: Report) -> Iterator[str]:
    counted = told.counted
    mean = counted.true[counted.measured].mean()
    yield _threshold(told)
    mae, rmse = told.row("mae"), told.row("rmse")
    yield (
        f"Sur les {figure(int(counted.measured.sum()), 0)} images de mesure, où se trouvent en moyenne "
        f"{decimal(mean)} personnes, **le compte s’écarte en moyenne de {decimal(mae['valeur'])}** "
        f"(intervalle à 95 % {_between(mae)}) ; RMSE, où les grosses erreurs pèsent plus, "
        f"{decimal(rmse['valeur'])}."
    )
    yield _bias(told)
    relative = told.row("mape")
    if not np.isnan(relative["valeur"]):
        yield f"Erreur relative moyenne, là où quelqu’un se trouve : {percent(relative['valeur'], 1)}."
    yield _beside_constant(told)
    games = told.measures[told.measures["mesure"].str.startswith("game_")]
    if len(games):
        cells = (
            f"{decimal(row['valeur'])} en {4 ** int(row['mesure'][-1])} cases"
            for row in games.to_dict("records")
        )
        yield f"Erreur quand l’image est découpée (GAME) : {', '.join(cells)}."
    else:
        yield "GAME n’est pas défini : la taille des images n’est pas connue (`largeur`, `hauteur`)."
    worst = told.bands.loc[told.bands["mae"].idxmax()]
    if len(told.bands) > 1 and worst["mae"] > 0:
        yield (
            f"L’erreur absolue est la plus grande dans les images {_where(worst['personnes'])} : "
            f"{decimal(worst['mae'])} en moyenne, sur {worst['images']} image(s)."
        )
    units = len(np.unique(counted.unit[counted.measured]))
    if units < FEW_CLUSTERS:
        yield (
            f"**Moins de {FEW_CLUSTERS} images, ou groupes d’images qui vont ensemble ({units}) : les "
            "intervalles ne sont pas sûrs.**"
        )


def _threshold(told: Report) -> str:
    least = score(told.score)
    development = figure(int(told.counted.development.sum()), 0)
    if told.chosen:
        return (
            f"Une détection compte à partir du score {least}, choisi sur {development} images de réglage (un "
            "tiers, désigné par les noms) pour que l’erreur absolue moyenne y soit la plus petite ; aucune "
            "d’elles n’est dans les chiffres qui suivent."
        )
    return (
        f"Une détection compte à partir du score {least}, donné. Les {development} images de réglage (un "
        "tiers, désigné par les noms) ne servent qu’au compte constant : deux seuils se comparent ainsi sur "
        "les mêmes images."
    )


def _bias(told: Report) -> str:
    row = told.row("biais")
    if np.isnan(row["bas"]):
        return f"Écart moyen {rounded(row['valeur'])} : trop peu d’images indépendantes pour un intervalle."
    if row["bas"] <= 0 <= row["haut"]:
        return (
            f"Ni excès ni manque établi : écart moyen {rounded(row['valeur'])}, intervalle {_between(row)}."
        )
    way = "trop" if row["valeur"] > 0 else "moins"
    return (
        f"En moyenne, **{decimal(abs(row['valeur']))} personne(s) de {way}** par image (intervalle "
        f"{_between(row)})."
    )


def _beside_constant(told: Report) -> str:
    gain, mae = told.row(GAIN), told.row("mae")
    start = (
        f"Répondre toujours {decimal(told.constant)}, la médiane des images de réglage, s’écarterait en "
        f"moyenne de {decimal(mae['constante'])}"
    )
    interval = f"différence {rounded(gain['valeur'])}, intervalle {_between(gain)}"
    if gain["bas"] > 0:
        return f"{start} : **le détecteur compte mieux** ({interval})."
    if gain["haut"] < 0:
        return f"{start} : **le détecteur compte moins bien que cette réponse** ({interval})."
    return f"{start} : **il ne peut pas être conclu que le détecteur compte mieux** ({interval})."


def _where(band: str) -> str:
    return "où il n’y a personne" if band == BANDS[0] else f"de {band} personnes"


def _between(row: Any) -> str:
    if np.isnan(row["bas"]):
        return "indéterminé"
    return f"de {rounded(row['bas'])} à {rounded(row['haut'])}"
