"""Attempts executed for real: the order, the process and the folder that a backend would give."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archipel.notebook.order import ORDER_VARIABLE, SECRET_PREFIX, Order
from support.source import ROOT

FIRST = "# Essai\n\nUn notebook de test."
LAST = """\
from archipel import output
output.attempt().result({"un": (1, "1")})"""


@dataclass
class Attempt:
    """One attempt: its order, what it must not tell, its folder once it has run."""

    python: Path
    scratch: Path
    order: Order
    secrets: dict[str, str] = field(default_factory=dict)
    more_environment: dict[str, str] = field(default_factory=dict)
    code: int | None = None

    @property
    def folder(self) -> Path:
        return Path(self.order.folder)

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    def page(self) -> str:
        """Its report, as HTML."""
        return (self.folder / "rapport.html").read_text(encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        env = {
            "PATH": f"{self.python.parent}:/usr/bin:/bin",
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "JUPYTER_RUNTIME_DIR": str(self.scratch / "r"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            ORDER_VARIABLE: self.order.to_json(),
            **{SECRET_PREFIX + name: value for name, value in self.secrets.items()},
            **self.more_environment,
        }
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [str(self.python), "-m", "archipel.notebook.execute"],
                env=env,
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self) -> int:
        self.code = self.start().wait(timeout=400)
        return self.code

    def files(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def events(self) -> list[dict[str, Any]]:
        text = (self.folder / "events.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def metrics(self) -> dict[str, Any]:
        """Name → value of what a run that succeeded measured; its log where it did not."""
        assert self.code == 0, self.log.read_text(encoding="utf-8")[-3000:]
        return {name: one["value"] for name, one in self.json("result.json")["metrics"].items()}

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def failed(self) -> dict[str, Any]:
        """The one event that tells the failure, without its time."""
        (told,) = [event for event in self.events() if event["event"] == "failed"]
        return {key: value for key, value in told.items() if key not in ("at", "event")}

    def holding(self, *needles: str) -> set[str]:
        """Names of the files in which any byte sequence of ``needles`` is found."""
        found = set()
        for path in self.folder.rglob("*"):
            data = path.read_bytes() if path.is_file() else b""
            if any(needle.encode() in data or needle in str(path) for needle in needles):
                found.add(path.relative_to(self.folder).as_posix())
        return found


Prepare = Callable[..., Attempt]


def dashboard(prepare: Prepare, defi: str, ran: Attempt, **parameters: str) -> Attempt:
    """The défi's dashboard of what ``ran`` left, once it has run."""
    board = prepare(
        defi=defi,
        notebook=f"notebooks/{defi}/tableau.ipynb",
        parameters={name: ("str", value) for name, value in parameters.items()},
        report="tableau",
        published=str(ran.folder),
    )
    board.run()
    return board


def encoded(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The values that a test gives, in the order's form: ``{"nombre": ("int", 3)}``."""
    return {name: {"kind": kind, "value": value} for name, (kind, value) in values.items()}


def write_notebook(path: Path, parameters: str, *cells: str) -> None:
    path.parent.mkdir(parents=True)
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    written = [{"cell_type": "markdown", "id": "titre", "metadata": {}, "source": FIRST}]
    for number, source in enumerate((parameters, *cells)):
        tags = {"tags": ["parameters"]} if number == 0 else {}
        written.append(
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": tags,
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
        )
    notebook = {"cells": written, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
