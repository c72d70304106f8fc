"""Some pictures of the published run with the truth and the detections drawn over them."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from archipel.defis.page.parts import table
from archipel.defis.page.words import Markup, figure, plural, safe
from archipel.defis.twincity.pictures.reading import Pixels, read_picture
from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Floats, Ints
from archipel.defis.twincity.tableau.outcomes import Outcome, outcomes
from archipel.defis.twincity.tableau.published import Published
from archipel.defis.twincity.tableau.words import section

WIDEST = 640
"""Pixels of a picture on the page."""
QUALITY = 80
WANTED: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("De jour, par temps clair", {"night": False, "weather": "clair", "pitch": (-40.0, 20.0)}),
    ("De nuit", {"night": True, "weather": "clair"}),
    ("Sous la pluie", {"weather": "pluie"}),
    ("D’en haut", {"pitch": (-90.0, -40.0)}),
    ("Sous la neige", {"weather": "neige"}),
    ("Dans le brouillard", {"weather": "brouillard"}),
)
"""What is shown, in this order: a heading, and what the picture's truth must say."""
USUAL = 9
"""Of the pictures of a kind, the one whose number of persons is nearest to this."""
WEATHERS = {"clair": "temps clair", "pluie": "pluie", "neige": "neige", "brouillard": "brouillard"}
LEGEND = (
    ("trouvee", "Personne trouvée"),
    ("oubliee", "Personne oubliée"),
    ("juste", "Détection juste"),
    ("fausse", "Fausse alerte"),
    ("epargnee", "Personne trop petite ou trop cachée : ne compte pas"),
)


def chosen(images: tuple[Mapping[str, Any], ...], persons: Ints) -> list[tuple[str, int]]:
    """(heading, position of the image): by its conditions and its number of persons, never by its outcome."""
    told: list[tuple[str, int]] = []
    for heading, wanted in WANTED:
        taken = {at for _heading, at in told}
        fit = [at for at, row in enumerate(images) if at not in taken and persons[at] and _fits(row, wanted)]
        if fit:
            told.append((heading, min(fit, key=lambda at: (abs(int(persons[at]) - USUAL), at))))
    return told


def _fits(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(
        value[0] <= row.get(name, np.nan) <= value[1] if isinstance(value, tuple) else row.get(name) == value
        for name, value in wanted.items()
    )


def scenes(run: Published) -> str:
    """HTML of the section."""
    judged = outcomes(run.sets, run.score)
    shown = chosen(run.images, judged.persons())
    figures, rows = [], []
    for heading, at in shown:
        row, outcome = run.images[at], judged.of(at)
        path = run.folder / "jeu" / "images" / str(row["file_name"])
        if path.parent != run.folder / "jeu" / "images":
            raise DataRefused(f"« verite.json » : nom d’image refusé : « {row['file_name']} »")
        figures.append(framed(read_picture(path), outcome, heading, conditions(row)))
        rows.append(
            (
                heading,
                conditions(row),
                outcome.persons,
                len(outcome.found),
                len(outcome.missed),
                len(outcome.false),
            )
        )
    body = (
        f"<p>Des scènes de la dernière exécution, telles que le détecteur "
        f"<strong>{safe(run.detector.title)}</strong> "
        f"les a vues, réglé à {safe(run.detector.point)}. Elles sont choisies par leurs conditions et leur "
        f"nombre "
        "de personnes, jamais par le résultat.</p>"
        f'{legend()}<div class="tcy-scenes">{"".join(figures)}</div>'
        + table(
            "Scènes montrées : personnes trouvées, oubliées, fausses alertes",
            ("Scène", "Conditions", "À trouver", "Trouvées", "Oubliées", "Fausses alertes"),
            rows,
            "Voir ces scènes en tableau",
        )
    )
    return section("Ce que le détecteur voit", body, synthetic=True)


def conditions(row: Mapping[str, Any]) -> str:
    """« 21 h 30, pluie, caméra à −52° »."""
    hour = float(row["hour"]) % 24
    minutes = round(hour * 60)
    when = f"{minutes // 60 % 24} h {minutes % 60:02d}"
    return (
        f"{when}, {WEATHERS.get(str(row['weather']), str(row['weather']))}, "
        f"caméra à {figure(float(row['pitch']))}°"
    )


def framed(picture: Pixels, outcome: Outcome, heading: str, where: str, *, judged: bool = True) -> str:
    """One figure: the picture, its boxes, and what happened in words, where a detector has ``judged`` it."""
    height, width = picture.shape[:2]
    said = counted(outcome) if judged else plural(outcome.persons, "personne")
    alt = (
        f"Image de synthèse d’une rue : {heading.lower()}, {where} ; {said}. Les boîtes sont dessinées "
        "par-dessus."
    )
    if not judged:
        nobody = outcome.missed[:0]
        outcome = Outcome(outcome.missed, nobody, outcome.spared, nobody, nobody)
    return (
        f'<figure class="tcy-scene"><div class="tcy-cadre"><img '
        f'alt="{safe(alt)}" width="{width}" height="{height}" '
        f'src="{embedded(picture)}"/>{boxes(outcome, (width, height))}</div>'
        f"<figcaption>{safe(heading)}<span>{safe(where)}</span>"
        f"<b>{safe(said[:1].upper() + said[1:])}.</b></figcaption></figure>"
    )


def embedded(picture: Pixels) -> str:
    """A ``data:`` URI: a JPEG file, at most `WIDEST` pixels wide."""
    image = Image.fromarray(picture)
    image.thumbnail((WIDEST, 4 * WIDEST))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def boxes(outcome: Outcome, size: tuple[int, int]) -> Markup:
    """Strokes over the picture: each kind twice, a dark one below so that it is seen on any ground."""
    kinds = (
        ("epargnee", outcome.spared),
        ("juste", outcome.right),
        ("trouvee", outcome.found),
        ("oubliee", outcome.missed),
        ("fausse", outcome.false),
    )
    parts = [_box(kind, box) for kind, rows in kinds for box in rows]
    return Markup(
        f'<svg viewBox="0 0 {size[0]} {size[1]}" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def _box(kind: str, box: Floats) -> str:
    x, y, w, h = (float(part) for part in box)
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(w, 1):.1f}" height="{max(h, 1):.1f}"'
    cross = (
        f'<path d="M{x:.1f} {y:.1f}l{w:.1f} {h:.1f}m0 {-h:.1f}l{-w:.1f} {h:.1f}"/>'
        if kind == "fausse"
        else ""
    )
    return f'<g class="tcy-b tcy-b-{kind}"><rect class="tcy-ombre" {place}/><rect {place}/>{cross}</g>'


def legend() -> str:
    """Each stroke beside its meaning."""
    sample = np.array([4.0, 3.0, 26.0, 18.0])
    items = "".join(
        f'<li><svg viewBox="0 0 34 24" aria-hidden="true">{_box(kind, sample)}</svg>{safe(label)}</li>'
        for kind, label in LEGEND
    )
    return f'<ul class="arc-legende tcy-traits" aria-label="Légende des boîtes">{items}</ul>'


def counted(outcome: Outcome) -> str:
    """« 9 personnes : 6 trouvées, 3 oubliées ; 1 fausse alerte »."""
    if not outcome.persons:
        start = "personne n’est à trouver"
    else:
        found, missed = len(outcome.found), len(outcome.missed)
        start = (
            f"{plural(outcome.persons, 'personne')} : {_some(found, 'trouvée')}, {_some(missed, 'oubliée')}"
        )
    false = len(outcome.false)
    return (
        f"{start} ; {plural(false, 'fausse alerte', 'fausses alertes') if false else 'aucune fausse alerte'}"
    )


def _some(number: int, word: str) -> str:
    return plural(number, word) if number else f"aucune {word}"
