"""Before and after fine-tuning, from `affinage.json` of the reference audit.

    {"version": 1, "avant": "YoloFastest « body »", "apres": "le même, affiné",
     "apprentissage": "12 000 scènes, 3 000 pas",
     "jeux": [{"titre": "Scènes en plongée, tenues à l’écart", "mesure": "rappel_0.1_fppi" | "ap50",
               "donnees_synthetiques": true, "images": 400, "personnes": 3900,
               "avant": {"valeur": 0.31, "bas": 0.28, "haut": 0.34}, "apres": {…},
               "ecart": {…} | absent}]}

Shares; `ecart`: after minus before, of the same images drawn together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archipel.defis.page.parts import table
from archipel.defis.page.words import figure, safe
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.tableau.publication import MOST, Publication
from archipel.defis.twincity.tableau.words import absent, drawing, section
from archipel.defis.twincity.wording import between, percent, signed, span

MEASURES = {"rappel_0.1_fppi": "rappel à 0,1 fausse alerte par image", "ap50": "précision moyenne (AP50)"}
SOURCE = "« affinage.json »"
_W, _LEFT, _RIGHT, _TOP, _ROW = 640, 16, 16, 26, 62
Estimate = tuple[float, float, float]
"""Value, low, high."""


@dataclass(frozen=True)
class Compared:
    title: str
    measure: str
    synthetic: bool
    images: int
    persons: int
    before: Estimate
    after: Estimate
    gap: Estimate | None


def read(told: Mapping[str, Any]) -> list[Compared]:
    """Raises `DataRefused`."""
    rows = told.get("jeux")
    if not isinstance(rows, list) or not rows:
        raise DataRefused(f"{SOURCE} : « jeux » : liste attendue")
    return [_compared(row, f"{SOURCE} : jeux, n° {at}") for at, row in enumerate(rows, 1)]


def _compared(row: Any, where: str) -> Compared:
    if not isinstance(row, dict) or not isinstance(row.get("titre"), str):
        raise DataRefused(f"{where} : « titre » attendu")
    if row.get("mesure") not in MEASURES:
        raise DataRefused(f"{where} : mesure : {' ou '.join(MEASURES)} attendu, reçu {row.get('mesure')!r}")
    if not isinstance(row.get("donnees_synthetiques"), bool):
        raise DataRefused(f"{where} : donnees_synthetiques : vrai ou faux attendu")
    counts: list[Any] = [row.get(name) for name in ("images", "personnes")]
    if any(isinstance(one, bool) or not isinstance(one, int) or not 1 <= one <= MOST for one in counts):
        raise DataRefused(f"{where} : « images » et « personnes » : entiers positifs attendus")
    gap = _estimate(row["ecart"], f"{where} : ecart", -1.0) if row.get("ecart") is not None else None
    before, after = (_estimate(row.get(name), f"{where} : {name}", 0.0) for name in ("avant", "apres"))
    return Compared(
        row["titre"], row["mesure"], row["donnees_synthetiques"], counts[0], counts[1], before, after, gap
    )


def _estimate(told: Any, where: str, least: float) -> Estimate:
    names = ("valeur", "bas", "haut")
    values: list[Any] = [told.get(name) for name in names] if isinstance(told, dict) else []
    right = [
        isinstance(one, int | float) and not isinstance(one, bool) and least <= one <= 1 for one in values
    ]
    if not values or not all(right):
        raise DataRefused(
            f"{where} : « valeur », « bas » et « haut » de {least:g} à 1 attendus, reçu {told!r}"
        )
    value, low, high = (float(one) for one in values)
    if not low <= value <= high:
        raise DataRefused(f"{where} : bas ≤ valeur ≤ haut attendu, reçu {low:g}, {value:g}, {high:g}")
    return value, low, high


def finetuning(audit: Publication | None) -> str:
    """HTML of the section."""
    heading = "Avant et après affinage"
    if audit is None or audit.finetuning is None:
        text = (
            "La comparaison d’un détecteur avant et après un affinage sur des scènes viendra avec l’audit "
            "de référence "
            "(« affinage.json »)."
        )
        return section(heading, absent(text))
    told = audit.finetuning
    rows = read(told)
    before, after = str(told.get("avant") or "avant"), str(told.get("apres") or "après")
    learnt = f" Appris sur : {told['apprentissage']}." if told.get("apprentissage") else ""
    cells = [
        (
            row.title, MEASURES[row.measure], _nature(row),
            figure(row.images), figure(row.persons), _shown(row.before), _shown(row.after),
            f"{signed(row.gap[0])} ({span(*row.gap[1:])})" if row.gap else "—",
        )
        for row in rows
    ]  # fmt: skip
    headers = ("Jeu", "Mesure", "Nature", "Images", "Personnes", "Avant", "Après", "Gain (points)")
    text = (
        f"Le même réseau, avant ({before}) et après ({after}) avoir appris sur des scènes de "
        f"synthèse.{learnt} Aucune image "
        "qui le mesure n’a servi à l’apprentissage. Sur chaque jeu, le rappel à 0,1 fausse alerte par image "
        "est pris au seuil propre à chaque réseau sur ce jeu : ce n’est pas le réglage fixe du reste de la "
        "page."
    )
    body = (
        f"<p>{safe(text)}</p><figure><figcaption>Avant (cercle vide), après (disque plein)"
        f"<span>avec leurs intervalles à 95 %</span></figcaption>{chart(rows)}</figure>"
        + table("Avant et après affinage", headers, cells)
    )
    return section(heading, body, synthetic=any(row.synthetic for row in rows))


def chart(rows: Sequence[Compared]) -> str:
    bottom = _TOP + _ROW * len(rows)
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        parts.append(
            f'<line x1="{_x(share):.1f}" x2="{_x(share):.1f}" y1="{_TOP - 6}" y2="{bottom}" '
            f'class="arc-grille"/>'
            f'<text x="{_x(share):.1f}" y="{_TOP - 12}" class="arc-axe" '
            f'text-anchor="{anchor}">{percent(share)}</text>'
        )
    for at, row in enumerate(rows):
        y = _TOP + _ROW * at
        parts += [
            f'<text x="{_LEFT}" y="{y + 16}" class="arc-nom">{safe(row.title)} — {_nature(row)}</text>',
            f'<text x="{_W - _RIGHT}" y="{y + 16}" class="tcy-n">{safe(MEASURES[row.measure])}</text>',
            _dot(row.before, y + 30, "#5a5a5a", "#ffffff", "avant"),
            _dot(row.after, y + 46, "#000091", "#000091", "après"),
        ]
    told = " ; ".join(
        f"{row.title} ({_nature(row)}), {MEASURES[row.measure]} : {_shown(row.before)} avant, "
        f"{_shown(row.after)} après"
        for row in rows
    )
    return drawing("tcy-affinage", (_W, bottom + 4), "Avant et après affinage", f"{told}.", parts)


def _nature(row: Compared) -> str:
    return "données synthétiques" if row.synthetic else "images réelles"


def _x(share: float) -> float:
    return _LEFT + share * (_W - _LEFT - _RIGHT)


def _dot(one: Estimate, y: float, colour: str, fill: str, when: str) -> str:
    value, low, high = one
    return (
        f'<line x1="{_x(low):.1f}" x2="{_x(high):.1f}" y1="{y}" y2="{y}" stroke="{colour}" '
        f'class="tcy-intervalle"/>'
        f'<circle cx="{_x(value):.1f}" cy="{y}" r="5" fill="{fill}" stroke="{colour}" stroke-width="1.75">'
        f"<title>{safe(f'{when} : {_shown(one)}')}</title></circle>"
    )


def _shown(one: Estimate) -> str:
    return f"{percent(one[0], 1)} ({between(one[1], one[2], 1)})"
