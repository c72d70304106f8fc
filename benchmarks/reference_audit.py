"""TwinCity's reference audit: a large set, every detector, the exchanged pairs; what its dashboard publishes.

    PYTHONPATH=src <environment imaging>/bin/python benchmarks/reference_audit.py SETS TARGET DETECTOR…

SETS has two folders that the execution « generation » leaves: `audit` (as many persons of each tone as the
power asks) and `paires` (the tone of one person of each scene exchanged). Detections are kept in SETS, one
file a detector: what is there is not computed again. TARGET: the dashboard's `donnees/publication`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from measure import record

from archipel.defis.twincity import curves, detection, evaluation
from archipel.defis.twincity.audit import document, run
from archipel.defis.twincity.detectors.adapter import Detector
from archipel.defis.twincity.detectors.choice import detector
from archipel.defis.twincity.tableau import writing
from archipel.defis.twincity.tableau.publication import title_of

LEAST_SCORE = 0.01
WORDS = {
    "hog": "plancher : gradients orientés et séparateur linéaire (2005), réglages serrés",
    "hog-rapide": "le même, réglages d’usine",
    "FastestDet": "BSD-3, 2022",
    "yolo-fastest-1.1": "domaine public, 2021",
    "yolo-fastest-1.1-xl": "domaine public, 2021",
    "yolo-fastest-1.1_body": "domaine public, 2021, réappris sur des personnes : la championne livrée",
}


def detected(folder: Path, model: Detector) -> Path:
    """The detections of a set's pictures, kept beside it."""
    truth = hashlib.sha256((folder / "verite.json").read_bytes()).hexdigest()[:12]
    path = folder.parent / f"{folder.name}-{truth}-{model.name}.json"
    if not path.exists():
        began = time.monotonic()
        asked = detection.plan(str(folder / "images"), model, str(folder / "verite.json"))
        told = detection.results(detection.detect(asked, model, LEAST_SCORE).accept(0.0))
        path.write_text(json.dumps(told), encoding="utf-8")
        print(f"{path.name} : {len(told)} détections en {time.monotonic() - began:.0f} s", flush=True)
    return path


def print_of(named: str) -> str | None:
    """SHA-256 of the file that has the weights; None where the detector is no file."""
    path = Path(named)
    if not path.is_file():
        return None
    holds = path.with_suffix(".weights") if path.suffix == ".cfg" else path
    return hashlib.sha256(holds.read_bytes()).hexdigest()


def audited(folder: Path, named: str, model: Detector, score: float | None = None) -> Path:
    """What the execution « audit » leaves of it; ``score``: its setting, the audit's own points else."""
    truth, found = str(folder / "verite.json"), str(detected(folder, model))
    left = folder.parent / f"{folder.name}-{model.name}"
    left.mkdir(exist_ok=True)
    began = time.monotonic()
    audit = run.audit(run.read(None, truth, found, model.name).accept(0.0), score)
    for name, table in audit.tables.items():
        table.to_parquet(left / f"{name}.parquet", index=False)
    told = document.document(audit, print_of(named), synthetic=True)
    (left / "audit.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    curve = curves.curve_table(evaluation.read(truth, found, None).accept(0.0))
    curve.to_parquet(left / "courbes.parquet", index=False)
    print(f"{left.name} : audit en {time.monotonic() - began:.0f} s", flush=True)
    return left


def main(sets: Path, target: Path, names: list[str]) -> None:
    sources, began = [], time.monotonic()
    for name in names:
        model = detector(name)
        audit = audited(sets / "audit", name, model)
        ((_name, judged),) = json.loads((audit / "audit.json").read_text())["detecteurs"].items()
        # One setting for both: that of the large set.
        pairs = audited(sets / "paires", name, model, judged["score_min"])
        title = title_of(model.name)
        sources.append(
            writing.Source(title, WORDS.get(model.name, ""), audit, audit / "courbes.parquet", pairs)
        )
    order = json.loads((sets / "audit" / "generation.json").read_text(encoding="utf-8"))["order"]
    told = {
        "date": datetime.now(UTC).date().isoformat(),
        "largeur": order["size"][0],
        "hauteur": order["size"][1],
        "graine": order["seed"],
    }
    writing.write(target, sources, **told)
    head = json.loads((target / "publication.json").read_text(encoding="utf-8"))
    record("twincity reference audit", head | {"minutes": round((time.monotonic() - began) / 60, 1)})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
