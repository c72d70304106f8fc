"""What a notebook uses to leave its results in the form that every run leaves them.

    sortie = output.attempt("pilote")        # the platform's folder, or ./sortie by hand
    sortie.table("taux", frame)              # taux.csv and taux.parquet
    sortie.figure("carte", figure)           # carte.svg or carte.png
    sortie.rejects(rows, total=5757)         # rejets.csv, refuses beyond the threshold
    sortie.result({"part_calculee": (0.98, "1")})   # result.json, last

Notebooks import this module; a défi's package does not (it returns values).
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


def write_atomically(path: Path, data: bytes) -> None:
    """As `written_whole`."""
    with written_whole(path) as stream:
        stream.write(data)


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Written beside, fsynced, then renamed: a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _percent(share: float) -> str:
    """« 5,0 % »."""
    return f"{100 * share:.1f} %".replace(".", ",")


@dataclass(frozen=True)
class Metric:
    """A figure and its unit; an undefined one is None with the reason."""

    value: float | int | None
    unit: str = "1"
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        undefined = self.value is None or (isinstance(self.value, float) and not math.isfinite(self.value))
        if not undefined:
            return {"value": self.value, "unit": self.unit}
        return {"value": None, "unit": self.unit, "reason": self.reason or "valeur non définie"}


class TooManyRejects(ValueError):
    """More rows were refused than `taux_rejet_max` allows."""


@dataclass(frozen=True)
class Output:
    """The folder of one attempt. ``synthetic``: every table says so in a column of its own."""

    folder: Path
    synthetic: bool = False

    def table(self, name: str, frame: Any) -> None:
        """Write a pandas DataFrame as ``<name>.csv`` (UTF-8, comma) and ``<name>.parquet``."""
        if self.synthetic:
            frame = frame.assign(donnees_synthetiques=True)
        with written_whole(self.folder / f"{name}.csv") as stream:
            frame.to_csv(stream, index=False)
        with written_whole(self.folder / f"{name}.parquet") as stream:
            frame.to_parquet(stream, index=False)

    def figure(self, name: str, figure: Any) -> Path:
        """Write a matplotlib figure as ``<name>.svg``; the file, which `IPython.display.SVG` shows."""
        from io import BytesIO

        buffer = BytesIO()
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
        path = self.folder / f"{name}.svg"
        write_atomically(path, buffer.getvalue())
        return path

    def json(self, name: str, value: Any) -> None:
        write_atomically(self.folder / name, _json(value))

    def rejects(self, rows: Iterable[Mapping[str, Any]], *, total: int, maximum: float = 0.05) -> int:
        """Write ``rejets.csv`` (``ligne``, ``motif`` and what else the rows hold); their number.

        Raises `TooManyRejects` when their share of ``total`` exceeds ``maximum`` (a share, 0 to 1).
        """
        from io import StringIO

        rows = list(rows)
        columns = ["ligne", "motif", *sorted({key for row in rows for key in row} - {"ligne", "motif"})]
        text = StringIO()
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.folder / "rejets.csv", text.getvalue().encode())
        if total and len(rows) / total > maximum:
            raise TooManyRejects(
                f"lignes refusées : {len(rows)} sur {total}, soit {_percent(len(rows) / total)}, plus que "
                f"taux_rejet_max ({_percent(maximum)}) ; le détail est dans rejets.csv"
            )
        return len(rows)

    def result(self, metrics: Mapping[str, Metric | tuple[Any, str]], **more: Any) -> None:
        """Write ``result.json``, last: metrics with units, and what else the défi states."""
        values = {
            name: (metric if isinstance(metric, Metric) else Metric(*metric)).as_json()
            for name, metric in metrics.items()
        }
        more.setdefault("donnees_synthetiques", self.synthetic)
        write_atomically(self.folder / "result.json", _json({"metrics": values, **more}))


def attempt() -> Output:
    """The folder that the platform gave (``$ARCHIPEL_OUTPUT``), or ``./sortie`` by hand."""
    folder = Path(os.environ.get("ARCHIPEL_OUTPUT") or "sortie")
    folder.mkdir(parents=True, exist_ok=True)
    return Output(folder, synthetic=os.environ.get("ARCHIPEL_SYNTHETIC") == "1")


def published() -> Path:
    """The folder that a dashboard reads: the published run (``$ARCHIPEL_PUBLISHED``), or ``./sortie``."""
    return Path(os.environ.get("ARCHIPEL_PUBLISHED") or "sortie")


def source(name: str, default: str) -> Path:
    """The file of a declared source: ``$ARCHIPEL_SOURCE_<NAME>``, or ``default`` beside the notebook."""
    return Path(os.environ.get(f"ARCHIPEL_SOURCE_{name.upper().replace('-', '_')}") or default)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
