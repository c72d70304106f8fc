"""MOTChallenge's text files, one sequence each: `gt.txt` and `det.txt`, frames counted from 1.

A row is frame, id, x, y, width, height, flag (truth) or score (detection), then a class and the visible
share since MOT16 (9 columns), a place in the world in MOT15 (10 columns). (Leal-Taixé et al. 2015; Milan
et al. 2016.)
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.boxes import Detections, Floats, Truth
from archipel.defis.twincity.sets.reading import BadRow, Refused, checked_box, read_text, shown

PEDESTRIAN = 1
DISTRACTORS = (2, 7, 8, 12)
"""On a vehicle, static, distractor, reflection: neither to be found nor wrong to find."""
WITH_CLASS = 9
FEWEST = 6
LONGEST = 100_000
"""Frames of a sequence, an hour: an absurd frame number would ask for as many images."""


def read_rows(path: Path) -> tuple[Floats, Refused]:
    """(rows, at most 9 columns) and refused rows; missing columns are NaN. Raises `DataRefused`."""
    refused, rows = Refused(path.name), []
    for line, text in enumerate(read_text(path).splitlines(), 1):
        if not text.strip():
            continue
        refused.total += 1
        try:
            rows.append(_row(text))
        except BadRow as error:
            refused.refuse(line, str(error))
    if not refused.total:
        raise DataRefused(f"« {path.name} » : ensemble vide, aucune ligne")
    return np.array(rows, dtype=np.float64).reshape(-1, WITH_CLASS), refused


def _row(text: str) -> list[float]:
    parts = text.replace(";", ",").split(",")
    if len(parts) < FEWEST:
        raise BadRow(f"image, identifiant, x, y, largeur, hauteur… attendus, reçu {shown(text)}")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        raise BadRow(f"nombres séparés par des virgules attendus, reçu {shown(text)}") from None
    if not all(map(math.isfinite, values)):
        raise BadRow(f"nombres finis attendus, reçu {shown(text)}")
    if not 1 <= values[0] <= LONGEST or values[0] != int(values[0]):
        raise BadRow(f"image : numéro de 1 à {LONGEST} attendu, reçu {shown(parts[0])}")
    checked_box(values[2:6])
    if len(values) != WITH_CLASS:
        # Ten columns: the last three are a place in the world, not a class.
        values = [*values[:7], np.nan, np.nan]
    return [*values, *[np.nan] * WITH_CLASS][:WITH_CLASS]


def read(truth_path: Path, detections_path: Path) -> tuple[Truth, Detections, list[Refused], int]:
    """One sequence: what must be found, what was found, refused rows, truth rows that do not count.

    Kept as truth: flag other than 0 and, where the file has classes, pedestrians; distractors are kept
    and ignored. Every frame from 1 to the last that either file names is an image.
    """
    true, bad_truth = read_rows(truth_path)
    found, bad_found = read_rows(detections_path)
    flagged = ~(true[:, 6] == 0)
    kind = true[:, 7]
    pedestrian = flagged & (np.isnan(kind) | (kind == PEDESTRIAN))
    distractor = np.isin(kind, DISTRACTORS)
    kept = true[pedestrian | distractor]
    last = int(np.concatenate([true[:, 0], found[:, 0]]).max(initial=1))
    ignored = distractor[pedestrian | distractor]
    truth = Truth(
        kept[:, 0].astype(np.int64) - 1,
        np.zeros(len(kept), dtype=np.int64),
        kept[:, 2:6],
        kept[:, 4] * kept[:, 5],
        np.zeros(len(kept), dtype=bool),
        ignored,
        np.where(np.isnan(kept[:, 8]), 1.0, kept[:, 8]),
        images=tuple(range(1, last + 1)),
        categories=((PEDESTRIAN, "pedestrian"),),
        has_visibility=bool((~np.isnan(kept[:, 8])).any()),
    )
    score = np.where(np.isnan(found[:, 6]), 1.0, found[:, 6])
    detections = Detections(
        found[:, 0].astype(np.int64) - 1, np.zeros(len(found), dtype=np.int64), found[:, 2:6], score
    )
    return truth, detections, [bad_truth, bad_found], int(len(true) - pedestrian.sum())
