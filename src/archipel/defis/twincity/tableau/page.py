"""The first and last sections of the dashboard: what it is about, and how far it may be believed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archipel.defis.page.parts import BADGE, header, root
from archipel.defis.page.style import sheet
from archipel.defis.page.words import MISSING, figure, known, plural, safe
from archipel.defis.twincity.audit.operating import OVERLAPS
from archipel.defis.twincity.tableau import tones
from archipel.defis.twincity.tableau.publication import Publication
from archipel.defis.twincity.tableau.published import Evidence, Published
from archipel.defis.twincity.tableau.words import absent, section, spaced
from archipel.defis.twincity.wording import between, percent

STYLE = sheet(Path(__file__).with_name("style.css"))
SOURCES = (
    ("Corps des passants", "MakeHuman, domaine public (CC0 1.0)."),
    ("Teints", "échelle de Monk (Ellis Monk, 2019), CC BY 4.0."),
    ("YoloFastest", "dog-qiuqiu, domaine public."),
    ("HOG et moteur des réseaux", "OpenCV, Apache 2.0."),
    ("Rues, lumière, vérité", "engendrées ici ; aucune photographie, aucune donnée personnelle."),
)


def opening(run: Published, audit: Publication | None) -> str:
    """Style, what is shown, key figures of the last run."""
    lone = "" if audit is not None else absent(
        "L’audit de référence (grand nombre de scènes, tous les détecteurs, paires contrefactuelles, "
        "affinage) n’est pas encore "
        "publié. En l’attendant, tout vient de la dernière exécution."
    )  # fmt: skip
    which = "La championne" if run.champion else "Le détecteur choisi"
    told = (
        f"<p>Réglée à {safe(run.detector.point)}. Toutes les images sont de synthèse : rien ne dit qu’il en "
        "soit de même dans la rue.</p>"
    )
    over = f"{which}, sur les scènes de la dernière exécution"
    return STYLE + spaced(root(header(over, run.detector.title, told, key_figures(run), BADGE), lone))


def key_figures(run: Published) -> list[tuple[str, str, str]]:
    """(label, value, note), of the last run alone."""
    whole, night, day, above = (
        _recall(run, *key)
        for key in (
            ("ensemble", "ensemble"), ("nuit", "nuit"), ("nuit", "jour"), ("inclinaison", "sous −40°"),
        )
    )  # fmt: skip
    scenes = len(run.images)
    persons = int((~run.sets.truth.ignore).sum())
    rows = tones.tones(
        run.detector.name, "Monk 1", run.tables["ecarts"], run.tables["puissance"], run.tables["conditions"]
    )
    return [
        ("Personnes trouvées", percent(whole.get("rappel")), _interval(whole)),
        (
            "De nuit",
            percent(night.get("rappel")),
            f"après 21 h, avant 6 h ; aux autres heures : {percent(day.get('rappel'))}",
        ),
        ("Vue d’en haut", percent(above.get("rappel")), f"sous −40° ; {_interval(above)}"),
        (
            "Fausses alertes",
            figure(run.detector.fppi, 2),
            "par image",
        ),
        ("Écarts de teint établis avec Monk 1", *_compared(rows)),
        ("Scènes", figure(scenes), f"{plural(persons, 'personne')} à trouver{_seed(run)}"),
    ]


def _seed(run: Published) -> str:
    seed = run.result.get("graine")
    return f" ; graine {seed}" if isinstance(seed, int) else ""


def _compared(rows: Sequence[tones.Tone]) -> tuple[str, str]:
    """How many gaps with the reference tone are established, and how many are not told."""
    compared = sum(row.gap is not None for row in rows)
    sure, unseen, lost = (
        sum(row.verdict == name for row in rows)
        for name in (tones.ESTABLISHED, tones.UNSEEN, tones.NOT_COMPUTED)
    )
    unknown = [
        f"{unseen} dont rien ne peut être conclu" if unseen else "",
        plural(lost, "non calculable") if lost else "",
    ]
    note = " ; ".join(one for one in unknown if one) or "tous assez mesurés pour conclure"
    return f"{sure} sur {compared}" if compared else MISSING, note


def _recall(run: Published, condition: str, group: str) -> dict[str, Any]:
    """The row of a group at the main point and overlap; empty where there is none."""
    frame = run.tables["conditions"]
    mine = frame[
        (frame["condition"] == condition)
        & (frame["groupe"] == group)
        & (frame["point"] == run.detector.point)
        & (frame["iou"] == OVERLAPS[0])
    ]
    return {str(name): value for name, value in mine.iloc[0].items()} if len(mine) else {}


def _interval(row: dict[str, Any]) -> str:
    if not row or not known(row.get("rappel_bas")):
        return "non mesuré"
    return f"de {between(row['rappel_bas'], row['rappel_haut'])} (intervalle à 95 %)"


def method(run: Published, evidence: Evidence) -> str:
    """How figures are made, their limits, where everything comes from."""
    engine = (
        "<p>Des rues de Paris sont tirées au sort (bâti, mobilier, heure, météo, caméra, passants) puis "
        "dessinées ; le moteur "
        "donne lui-même la boîte de chaque personne, la part qui en est cachée, sa distance. Une personne "
        "est trouvée quand une "
        "détection recouvre sa boîte à moitié au moins. Le seuil de chaque détecteur est fixé une fois, "
        "pour 0,1 puis 1 fausse "
        "alerte par image sur tout le jeu audité ; les paires gardent le premier. Le rappel avant et "
        "après affinage, lui, est pris sur chaque jeu au seuil propre à chaque réseau. Les intervalles à "
        "95 % tirent au sort des scènes entières : les "
        "personnes d’une même "
        "image ne sont pas indépendantes.</p>"
    )
    limits = (
        "Des images de synthèse ne sont pas la rue : un résultat d’ici ne vaut pas homologation.",
        "Teint, sexe, âge et corpulence sont tirés indépendamment les uns des autres, ce que de vraies "
        "foules ne font pas. "
        "L’apparence seule est mesurée, ni l’origine ni l’identité de personne.",
        "Un écart n’est pas une cause ; seules des paires où une seule chose change disent ce qu’elle fait.",
        "Une fausse alerte n’est celle de personne : rien n’est dit des fausses alertes par groupe.",
        "Plusieurs comparaisons sont faites à la fois : elles sont corrigées ensemble (Holm), par détecteur.",
    )
    items = "".join(f"<li>{safe(one)}</li>" for one in limits)
    sources = "".join(f"<dt>{safe(name)}</dt><dd>{safe(text)}</dd>" for name, text in SOURCES)
    origin = f"Chiffres de cette page : {evidence.origin}"
    origin += (
        f" ; scènes, essai et chiffres clés : la dernière exécution, {plural(len(run.images), 'scène')}."
    )
    body = (
        f'{engine}<h3>Limites</h3><ul class="tcy-liste">{items}</ul><h3>Sources et '
        f"licences</h3><dl>{sources}</dl>"
        f'<p class="arc-note">{safe(origin)}</p>'
    )
    return section("Méthode, limites et sources", body)
