"""Who is found as well as who: a block a detector, never an average of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from archipel.defis.page.parts import note, table
from archipel.defis.page.words import MISSING, Markup, figure, known, plural, safe
from archipel.defis.twincity.audit import power
from archipel.defis.twincity.scenes.monk import TONES as COLOURS
from archipel.defis.twincity.tableau import tones
from archipel.defis.twincity.tableau.publication import Audited
from archipel.defis.twincity.tableau.published import Evidence
from archipel.defis.twincity.tableau.tones import Tone
from archipel.defis.twincity.tableau.words import absent, drawing, section
from archipel.defis.twincity.wording import between, chance, percent, signed, span

_W, _LEFT, _RIGHT, _TOP, _ROW = 420, 74, 14, 24, 32
_STYLES = {
    tones.ESTABLISHED: "tcy-sur-etabli",
    tones.BOUNDED: "tcy-sur-borne",
    tones.UNSEEN: "tcy-sur-muet",
    tones.NOT_COMPUTED: "tcy-sur-muet",
}


def fairness(evidence: Evidence) -> str:
    """HTML of the section."""
    heading = "Trouve-t-il aussi bien chacun ?"
    if evidence.gaps is None:
        return section(heading, absent("« ecarts.csv » n’est pas dans l’audit de référence."))
    early = "" if evidence.large else absent(
        "L’audit de référence, sur un grand nombre de scènes et tous les détecteurs, n’est pas encore "
        "publié. Ce qui suit "
        "vient de la dernière exécution seule : peu de scènes, donc peu de certitudes."
    )  # fmt: skip
    body = (
        f"{early}<p>Pour chaque détecteur et chacun des dix teints de l’échelle de Monk : la part des "
        f"personnes trouvées, "
        f"et son écart avec celle de <strong>{safe(evidence.reference)}</strong>, référence choisie "
        f"d’avance. Dans ces "
        "scènes, le teint est tiré au sort indépendamment de tout le reste. Aucune moyenne des détecteurs "
        "n’est "
        "faite : un écart chez l’un ne dit rien de l’autre.</p>"
        + "".join(_detector(evidence, rank, one) for rank, one in enumerate(evidence.detectors))
        + _words()
        + note(f"Mesuré sur {evidence.origin}.")
    )
    return section(heading, body, synthetic=evidence.synthetic)


def _detector(evidence: Evidence, rank: int, one: Audited) -> str:
    assert evidence.gaps is not None
    rows = tones.tones(
        one.name, evidence.reference, evidence.gaps, evidence.powers, evidence.conditions, one.point
    )
    subtitle = f" <small>{safe(one.subtitle)}</small>" if one.subtitle else ""
    point = f"Réglé à {one.point}, il" if one.point else "Il"
    told = (
        f"{point} trouve {percent(one.recall, 1)} des personnes "
        f"({figure(one.fppi, 2)} fausse alerte par image). "
        f"{summary(rows)}"
    )
    title = f"{one.title} : écart de rappel avec {evidence.reference}, par teint"
    return (
        f'<div class="tcy-detecteur"><h3>{safe(one.title)}{subtitle}</h3><p>{safe(told)}</p>'
        f'<div class="tcy-deux tcy-inegal"><figure><figcaption>Écart avec {safe(evidence.reference)}, en '
        f"points"
        f"<span>Intervalle à 95 % ; bande grise : ± 3 points</span></figcaption>"
        f"{forest(rows, title, f'tcy-teint-{rank}')}</figure>"
        f"{_table(rows, title, evidence.powers is not None)}</div></div>"
    )


def summary(rows: Sequence[Tone]) -> str:
    """What the rows say together, in a sentence, none left out."""
    counts = {
        name: sum(row.verdict == name for row in rows)
        for name in (tones.ESTABLISHED, tones.BOUNDED, tones.OPEN, tones.UNSEEN, tones.NOT_COMPUTED)
    }
    compared = sum(counts.values()) - counts[tones.NOT_COMPUTED]
    if not compared:
        return "Aucun écart entre teints n’a pu être calculé."
    sure = counts[tones.ESTABLISHED]
    start = f"{plural(sure, 'écart établi', 'écarts établis')}" if sure else "Aucun écart établi"
    parts = [f"{start} sur {compared}"]
    if counts[tones.BOUNDED]:
        parts.append(plural(counts[tones.BOUNDED], "borné à ± 3 points", "bornés à ± 3 points"))
    if counts[tones.OPEN]:
        parts.append(plural(counts[tones.OPEN], "non établi", "non établis"))
    if counts[tones.UNSEEN]:
        parts.append(f"{counts[tones.UNSEEN]} dont rien ne peut être conclu")
    if counts[tones.NOT_COMPUTED]:
        parts.append(plural(counts[tones.NOT_COMPUTED], "non calculable"))
    return " ; ".join(parts) + "."


def forest(rows: Sequence[Tone], title: str, key: str) -> str:
    """Gaps and intervals, a line a tone; the reference is the line at 0."""
    ends = [abs(one) for row in rows for one in (row.gap, row.gap_low, row.gap_high) if one is not None]
    reach = min(max([0.06, *ends]) * 1.05, 1.0)

    def x(gap: float) -> float:
        return _LEFT + (gap + reach) / (2 * reach) * (_W - _LEFT - _RIGHT)

    bottom = _TOP + _ROW * len(rows)
    parts = [
        f'<rect x="{x(-power.GAP):.1f}" width="{x(power.GAP) - x(-power.GAP):.1f}" y="{_TOP}" '
        f'height="{bottom - _TOP}" class="tcy-bande"/>',
    ]
    for gap in _ticks(reach):
        kind = "tcy-zero" if gap == 0 else "arc-grille"
        parts.append(
            f'<line x1="{x(gap):.1f}" x2="{x(gap):.1f}" y1="{_TOP}" y2="{bottom}" class="{kind}"/>'
            f'<text x="{x(gap):.1f}" y="{_TOP - 8}" class="arc-axe" '
            f'text-anchor="middle">{signed(gap, 0)}</text>'
        )
    for at, row in enumerate(rows):
        parts.append(_mark(row, at, _TOP + _ROW * (at + 0.5), x))
    told = " ; ".join(f"{row.name} : {_said(row)}" for row in rows) + "."
    return drawing(key, (_W, bottom + 6), title, told, parts)


def _ticks(reach: float) -> list[float]:
    """Round gaps within the drawing, 0 among them: at most two a side."""
    step = next((one for one in (0.02, 0.05, 0.1, 0.2, 0.5) if reach / one < 3), 0.5)
    return [one * step for one in range(-2, 3) if abs(one * step) <= reach]


def _mark(row: Tone, at: int, y: float, place: Callable[[float], float]) -> str:
    name = (
        f'<circle cx="9" cy="{y:.1f}" r="6.5" fill="{COLOURS[at]}" stroke="#5a5a5a"/>'
        f'<text x="21" y="{y + 4.5:.1f}" class="arc-nom">{safe(row.name)}</text>'
    )
    if row.verdict == tones.REFERENCE:
        return f'{name}<text x="{place(0.0) + 7:.1f}" y="{y + 4:.1f}" class="arc-axe">référence</text>'
    if row.gap is None or row.gap_low is None or row.gap_high is None:
        return f'{name}<text x="{_LEFT + 6}" y="{y + 4:.1f}" class="arc-axe">non calculable</text>'
    sure = row.verdict == tones.ESTABLISHED
    colour, fill = ("#b34000", "#b34000") if sure else ("#000091", "#ffffff")
    low, high = place(max(row.gap_low, -1.0)), place(min(row.gap_high, 1.0))
    return (
        f'{name}<line x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
        f'class="tcy-intervalle"/>'
        f'<circle cx="{place(row.gap):.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" stroke="{colour}" '
        f'stroke-width="1.75">'
        f"<title>{safe(f'{row.name} : {_said(row)}')}</title></circle>"
    )


def _said(row: Tone) -> str:
    if row.verdict in (tones.REFERENCE, tones.NOT_COMPUTED):
        return row.verdict
    return f"{signed(row.gap)} points ({span(row.gap_low, row.gap_high)}), {row.verdict}"


def _table(rows: Sequence[Tone], title: str, with_power: bool) -> str:
    headers = ["Teint", "n", "Rappel (intervalle)", "Écart (intervalle)", "p de Holm", "Conclusion"]
    if with_power:
        headers += ["Puissance, 3 points (corrigée)", "Écart visible"]
    cells = []
    for at, row in enumerate(rows):
        tone = Markup(f'<span class="tcy-ton" style="background:{COLOURS[at]}"></span>{safe(row.name)}')
        told: list[object] = [
            tone,
            figure(row.n),
            _with(percent(row.recall, 1), between(row.low, row.high, 1)),
        ]
        if row.gap is None:
            told += [MISSING, MISSING, label(row.verdict), *[MISSING, MISSING] * with_power]
        else:
            told += [
                _with(signed(row.gap), span(row.gap_low, row.gap_high)),
                chance(row.p_holm),
                label(row.verdict),
            ]
            if with_power:
                told += [_with(percent(row.power), percent(row.power_corrected)), _least(row.visible)]
        cells.append(told)
    return f'<div class="tcy-teints">{table(title, headers, cells)}</div>'


def _with(value: str, more: str) -> Markup:
    """A value and its interval, which stay on a line each."""
    return Markup(f'{safe(value)} <span class="tcy-plus">({safe(more)})</span>')


def _least(visible: float | None) -> str:
    return "aucun" if visible is None else signed(visible, 0).lstrip("+")


def label(verdict: str) -> Markup:
    style = _STYLES.get(verdict)
    return Markup(f'<span class="arc-etiquette {style}">{safe(verdict)}</span>' if style else safe(verdict))


def _words() -> str:
    """What each conclusion means."""
    rows = (
        (
            tones.ESTABLISHED,
            "un tel écart serait rare si les rappels étaient égaux (p corrigé par Holm au-dessous de 5 %).",
        ),
        (
            tones.BOUNDED,
            "aucun écart établi, et l’intervalle de cet écart pris seul tient tout entier dans ± 3 points.",
        ),
        (
            tones.OPEN,
            "aucun écart établi, alors qu’un écart de 3 points avait au moins 80 % de chances d’être vu.",
        ),
        (
            tones.UNSEEN,
            "un écart de 3 points avait moins de 80 % de chances d’être vu, correction faite (puissance, "
            "calculée d’après les effectifs et non d’après l’écart trouvé). L’absence de preuve n’est pas "
            "une "
            "preuve d’absence.",
        ),
    )
    items = "".join(f"<dt>{label(name)}</dt><dd>{safe(text)}</dd>" for name, text in rows)
    return f"<details><summary>Ce que veulent dire les conclusions</summary><dl>{items}</dl></details>"


def pairs(evidence: Evidence) -> str:
    """HTML of the counterfactual pairs: the same scene, one thing of one person changed."""
    heading = "À scène égale, une seule chose changée"
    if evidence.pairs is None:
        return section(
            heading,
            absent(
                "Les paires contrefactuelles viennent d’un jeu à part (« echange » de l’exécution « "
                "generation »), que "
                + ("l’audit de référence n’a pas." if evidence.large else "l’audit de référence apportera.")
            ),
        )
    blocks = [_paired(evidence.pairs, one) for one in evidence.detectors]
    body = (
        "<p>La même rue, la même caméra, la même personne, dont une seule chose change. Une différence "
        "vient alors de "
        "cette chose. Seules comptent les paires où la personne est trouvée d’un côté et pas de l’autre "
        "(test de "
        "McNemar, corrigé par Holm). Le seuil est celui de l’audit, dit plus "
        "haut, non un seuil propre à ces paires.</p>"
        + "".join(blocks)
        + note("Mesuré sur des scènes à part, engendrées par paires : leur nombre est dans chaque tableau.")
    )
    return section(heading, body, synthetic=evidence.synthetic)


def _paired(frame: pd.DataFrame, one: Audited) -> str:
    cells = [
        (
            f"{row['groupe_a']} → "
            f"{row['groupe_b']}", row["condition"], figure(row["paires"]), figure(row["scenes"]),
            figure(row["trouve_a_seul"]), figure(row["trouve_b_seul"]), signed(row["ecart"]),
            span(row["bas"], row["haut"]), chance(row["p_holm"]), row["test"],
            _paired_verdict(row["bas"], row["haut"], row["p_holm"], row["puissance_apres_correction"]),
            _with(percent(row["puissance_3_points"]), percent(row["puissance_apres_correction"])),
        )
        for row in frame[frame["detecteur"] == one.name].to_dict("records")
    ]  # fmt: skip
    if not cells:
        return f"<h3>{safe(one.title)}</h3>" + absent("Aucune paire mesurée pour ce détecteur.")
    headers = (
        "De a à b", "Ce qui change", "Paires", "Scènes", "Trouvée en a seulement", "Trouvée en b seulement",
        "Écart a − b (points)",
        "Intervalle à 95 %", "p de Holm", "Test", "Conclusion", "Puissance, 3 points (corrigée)",
    )  # fmt: skip
    return f"<h3>{safe(one.title)}</h3>" + table(f"{one.title} : paires contrefactuelles", headers, cells)


def _paired_verdict(low: float, high: float, p_holm: float, powered: float) -> Markup:
    return label(tones.verdict(*(one if known(one) else None for one in (low, high, p_holm, powered))))
