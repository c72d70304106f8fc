"""The sets of scenes that TwinCity's figures come from: the same seeds, the same pictures.

    PYTHONPATH=src <environment imaging>/bin/python benchmarks/scenes.py FOLDER SET…

Leaves FOLDER/SET as the execution « generation » does, and goes on where an earlier call was stopped.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from archipel.defis.twincity.scenes.drawing.conditions import Conditions
from archipel.defis.twincity.scenes.generation import Order, Swap, generate

BODIES = Path("notebooks/twincity/donnees/corps")
LEARNT, JUDGED = (320, 320), (480, 360)
"""Pixels of what is learnt from, and of what a detector is audited on."""
DAY, EVENING, NIGHT = (7.0, 20.0), (20.0, 23.0), (21.1, 29.9)
STREETS = (("rue", 1.0), ("boulevard", 1.0), ("place", 1.0))
FROM_THE_PAVEMENT = Conditions(
    people=(1, 8),
    hours=(DAY, DAY, DAY, DAY, EVENING),
    weathers=(("clair", 0.9), ("pluie", 0.04), ("neige", 0.02), ("brouillard", 0.04)),
    streets=STREETS,
    poses=(("marche", 0.72), ("debout", 0.25), ("assis", 0.03)),
    pitches=((-8.0, 3.0),),
    focal=(26.0, 54.0),
    distance=(2.2, 7.5),
    noise=(0.3, 4.0),
    blur=(0.0, 1.2),
)


def lacking(**changed: Any) -> Order:
    """A part of « pres » with one ingredient less."""
    return Order(500, 103, BODIES, LEARNT, replace(FROM_THE_PAVEMENT, **changed))


SETS = {
    # What somebody who takes a photograph of people sees.
    "pres": Order(2600, 103, BODIES, LEARNT, FROM_THE_PAVEMENT),
    "proche": Order(
        2800,
        101,
        BODIES,
        LEARNT,
        Conditions(
            people=(1, 12),
            pitches=((-8.0, 3.0),),
            hours=(DAY, DAY, DAY, (20.0, 24.0)),
            weathers=(("clair", 0.8), ("pluie", 0.08), ("neige", 0.05), ("brouillard", 0.07)),
            distance=(2.2, 18.0),
            focal=(22.0, 46.0),
        ),
    ),
    # What a detector learnt from photographs sees least: from above, at night.
    "dur": Order(
        2400,
        106,
        BODIES,
        LEARNT,
        Conditions(
            pitches=((-75.0, -41.0), (-75.0, -41.0), (-9.0, 2.0)),
            hours=((7.0, 20.5), NIGHT),
            distance=(3.0, 30.0),
        ),
    ),
    "tout": Order(2000, 102, BODIES, LEARNT),
    # Never learnt from.
    "tenu": Order(900, 104, BODIES, LEARNT),
    # What the one picture that TwinCity's authors published shows: people who walk, seen from above, by day.
    "comme-eux": Order(
        120,
        108,
        BODIES,
        (1280, 720),
        Conditions(
            people=(8, 14),
            hours=((11.0, 15.0),),
            weathers=(("clair", 1.0),),
            streets=(("place", 1.0),),
            poses=(("marche", 1.0),),
            pitches=((-40.0, -28.0),),
            focal=(35.0, 45.0),
            distance=(10.0, 30.0),
        ),
    ),
    # For the ablation.
    "sans-lumiere": lacking(hours=((12.0, 13.0),), months=(6,), weathers=(("clair", 1.0),)),
    "sans-corps": lacking(ages=(30.0, 32.0), tones=(4,), poses=(("debout", 1.0),)),
    "sans-capteur": lacking(noise=(0.0, 0.0), blur=(0.0, 0.0), jpeg=(96, 96)),
    "sans-pres": lacking(distance=(3.0, 45.0)),
    "audit": Order(2600, 105, BODIES, JUDGED, Conditions(people=(18, 45))),
    "paires": Order(1500, 107, BODIES, JUDGED, Conditions(people=(1, 12)), Swap("monk", (1, 10))),
}


def main(folder: Path, names: list[str]) -> None:
    strange = sorted(set(names) - set(SETS))
    if strange or not names:
        raise SystemExit(f"SET : {', '.join(SETS)} attendus, reçu {', '.join(strange) or 'rien'}")
    for name in names:
        made = generate(folder / name, SETS[name], workers=2)
        print(f"{name} : {made.images} images, {made.made} faites en {made.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
