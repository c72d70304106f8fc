"""The process of one attempt: `python -m archipel.notebook.execute`, in the image's environment.

The order is in ``$ARCHIPEL_ORDER``. Exit code 0 done, 3 failed, 143 asked to stop. What it leaves is the
attempt folder of the common contract; the manifest is written last of all, and only for what is done.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import archipel
from archipel.notebook import results
from archipel.notebook.manifest import readable_names, write_manifest
from archipel.notebook.order import ORDER_VARIABLE, SECRET_PREFIX, Order
from archipel.notebook.parameters import decode, to_plain
from archipel.notebook.redact import Redactor, clean_folder, redact_output
from archipel.output import write_atomically
from archipel.texts import set_language
from archipel.texts import translate as _

if TYPE_CHECKING:
    from archipel.notebook.atomic import AtomicHandler

DONE, FAILED, STOPPED = 0, 3, 143
KERNEL_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "OMP_NUM_THREADS", "SSL_CERT_FILE")


class StopAsked(BaseException):
    """SIGTERM: not an `Exception`, so that nothing on the way takes it for an ordinary failure."""


@dataclass
class Events:
    """``events.jsonl``: one object a line, only ever appended."""

    path: Path
    redact: Redactor
    cells: list[float] = field(default_factory=list)
    current: int = 0
    """Position of the code cell that runs, the injected one counted."""

    def tell(self, event: str, **values: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": now, "event": event, **values}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(self.redact.text(line) + "\n")

    def cell(self, position: int, count: int, seconds: float | None) -> None:
        if seconds is not None:
            self.cells.append(seconds)
            self.tell("cell", index=position, count=count, seconds=round(seconds, 3))
        else:
            self.current = position
            self.tell("cell", index=position, count=count)


def kernel_environment(order: Order, environ: Mapping[str, str]) -> dict[str, str]:
    """What the notebook's process sees: an allow-list, its own folder, its declared secrets. Pure."""
    env = {name: environ[name] for name in KERNEL_ENVIRONMENT if name in environ}
    env |= {name: value for name, value in environ.items() if name.startswith("MLFLOW_")}
    env |= {
        # The release first: of the content's commit, only the défis' packages run.
        "PYTHONPATH": os.pathsep.join([str(Path(archipel.__file__).parents[1]), f"{order.content}/src"]),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "ARCHIPEL_OUTPUT": order.folder,
        "ARCHIPEL_SYNTHETIC": "1" if order.synthetic else "0",
    }
    if order.published:
        env["ARCHIPEL_PUBLISHED"] = order.published
    for name, source in order.sources.items():
        env[f"ARCHIPEL_SOURCE_{name.upper().replace('-', '_')}"] = source["path"]
    for name in order.secrets:
        env[name] = environ[SECRET_PREFIX + name]
    return env


def main() -> int:
    warnings.filterwarnings("ignore", module="papermill")
    order = Order.from_json(os.environ.pop(ORDER_VARIABLE))
    set_language(order.language)
    redactor = Redactor(os.environ[SECRET_PREFIX + name] for name in order.secrets)
    finish = redact_output(redactor)
    try:
        return _run(order, redactor)
    finally:
        finish()


def _run(order: Order, redactor: Redactor) -> int:
    folder = Path(order.folder)
    events = Events(folder / "events.jsonl", redactor)
    parameters = decode(order.parameters)
    shown = {name: to_plain(value) for name, value in parameters.items()}
    text = json.dumps(shown, ensure_ascii=False, indent=2)
    write_atomically(folder / "parametres.json", redactor.text(text + "\n").encode())
    return _attempt(order, parameters, events, redactor)


def _attempt(order: Order, parameters: dict[str, Any], events: Events, redactor: Redactor) -> int:
    signal.signal(signal.SIGTERM, _stop)
    folder, started = Path(order.folder), time.time()
    events.tell("started", run=order.run, attempt=order.attempt)
    failure: dict[str, Any] | None = None
    code = DONE
    try:
        failure = _execute(order, parameters, events, redactor)
    except StopAsked:
        code = STOPPED
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if failure is None and code == DONE and order.report == "rapport":
        failure = _result_problem(folder)
    if failure is not None:
        code = FAILED
    if code != DONE:
        (folder / "result.json").unlink(missing_ok=True)
    try:
        _leave(order, parameters, events, failure, started)
    except Exception as error:
        # What cannot be rendered must not keep the folder from being cleaned, nor hide the run's own failure.
        traceback.print_exc()
        failure = failure or _failure(None, type(error).__name__, str(error), redactor)
        code = FAILED
    for line in readable_names(folder):
        print(line, flush=True)
    for name in clean_folder(folder, redactor):
        message = _("« {name} » contenait un secret déclaré : fichier supprimé").format(name=name)
        failure, code = {"cell": None, "error": "Secret", "message": message}, FAILED
    if code == DONE:
        events.tell("done", seconds=round(time.time() - started, 3))
        write_manifest(folder)
    elif failure is not None:
        (folder / "result.json").unlink(missing_ok=True)
        events.tell("failed", **failure)
        print(f"{failure['error']}: {failure['message']}", file=sys.stderr)
    else:
        events.tell("cancelled")
    return code


def _execute(
    order: Order, parameters: dict[str, Any], events: Events, redactor: Redactor
) -> dict[str, Any] | None:
    """Run the notebook; the failure ``{"cell", "error", "message"}``, or None."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from archipel.notebook.atomic import SCHEME
    from archipel.notebook.translate import disguised

    handler = _take_seams(redactor)
    source = Path(order.content) / order.notebook
    try:
        papermill.execute_notebook(
            SCHEME + str(source),
            SCHEME + str(Path(order.folder) / "executed.ipynb"),
            parameters={name: disguised(value) for name, value in parameters.items()},
            engine_name="archipel",
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            stdout_file=sys.stdout,
            stderr_file=sys.stderr,
            execution_timeout=order.cell_timeout,
            autosave_cell_every=30,
            kernel_env=kernel_environment(order, os.environ),
            kernel_cwd=str(source.parent),
            on_cell=events.cell,
        )
    except PapermillExecutionError as error:
        return _failure(_stored_cell(order, error.cell_index), error.ename, str(error.evalue), redactor)
    except CellTimeoutError:
        message = _("une cellule a dépassé {seconds} s").format(seconds=order.cell_timeout)
        return _failure(_stored_code_cell(order, events.current), _("Délai dépassé"), message, redactor)
    except DeadKernelError:
        message = _("le noyau s’est arrêté sans un mot ; le plus souvent, la mémoire a manqué")
        return _failure(_stored_code_cell(order, events.current), _("Noyau arrêté"), message, redactor)
    except Exception as error:
        # Whatever the machinery throws ends the attempt as failed, with its words; never half-way.
        return _failure(None, type(error).__name__, str(error), redactor)
    finally:
        handler.flush()
    return None


def _take_seams(redactor: Redactor) -> AtomicHandler:
    """Papermill's registries: one store, our engine, our translator; a notebook never comes from a URL."""
    from papermill.engines import papermill_engines
    from papermill.iorw import LocalHandler, papermill_io
    from papermill.translators import papermill_translators

    from archipel.notebook.atomic import SCHEME, AtomicHandler, NoOtherStore
    from archipel.notebook.engine import ArchipelEngine
    from archipel.notebook.translate import LiteralTranslator

    handler = AtomicHandler(redactor.text)
    papermill_io.reset()
    for scheme in ("http://", "https://", "s3://", "gs://", "abs://", "adl://", "hdfs://", "github://"):
        papermill_io.register(scheme, NoOtherStore())
    papermill_io.register(SCHEME, handler)
    papermill_io.register("local", LocalHandler())
    papermill_engines.register("archipel", ArchipelEngine)
    papermill_translators.register("python", LiteralTranslator)
    return handler


def _failure(cell: int | None, error: str, message: str, redactor: Redactor) -> dict[str, Any]:
    """``cell``: counted from 1 in the stored notebook. Redacted before it is cut: half a secret is one."""
    return {"cell": cell, "error": redactor.text(error)[:200], "message": redactor.text(message)[:2000]}


def _stored_cell(order: Order, index: int) -> int:
    """The cell of the stored notebook, from 1, of one of the executed notebook, from 0 (papermill injects
    one of its own after the cell of parameters)."""
    tagged = [
        n for n, cell in enumerate(_stored(order)) if "parameters" in cell.get("metadata", {}).get("tags", ())
    ]
    injected = bool(tagged) and bool(order.parameters) and index > tagged[0]
    return index + 1 - injected


def _stored_code_cell(order: Order, position: int) -> int | None:
    """The same, of the code cell at ``position`` from 1 among those executed."""
    numbers = []
    for number, cell in enumerate(_stored(order), 1):
        if cell["cell_type"] == "code":
            twice = bool(order.parameters) and "parameters" in cell.get("metadata", {}).get("tags", ())
            numbers += [number] * (2 if twice else 1)
    return numbers[position - 1] if 0 < position <= len(numbers) else None


def _stored(order: Order) -> list[dict[str, Any]]:
    text = (Path(order.content) / order.notebook).read_text(encoding="utf-8")
    cells: list[dict[str, Any]] = json.loads(text)["cells"]
    return cells


def _result_problem(folder: Path) -> dict[str, Any] | None:
    """A run that says nothing did not do its work: `result.json` is owed."""
    try:
        with (folder / results.NAME).open("rb") as stream:
            text = stream.read(results.MOST_BYTES + 1)
        if len(text) > results.MOST_BYTES:
            message = _(
                "result.json dépasse {kb} Ko : ses mesures seules y ont leur place, le reste a ses fichiers"
            )
            message = message.format(kb=results.MOST_BYTES // 1024)
            return {"cell": None, "error": _("Résultat trop gros"), "message": message}
        results.metrics_in(text)
    except (OSError, ValueError):
        message = _("le notebook n’a pas écrit result.json avec ses mesures (« metrics »)")
        return {"cell": None, "error": _("Résultat absent"), "message": message}
    return None


def _leave(
    order: Order,
    parameters: dict[str, Any],
    events: Events,
    failure: dict[str, Any] | None,
    started: float,
) -> None:
    """Provenance and report."""
    import nbformat

    from archipel.notebook.provenance import provenance
    from archipel.notebook.report import write_report

    folder = Path(order.folder)
    text = json.dumps(provenance(order, parameters, started, events.cells), ensure_ascii=False, indent=1)
    write_atomically(folder / "provenance.json", (text + "\n").encode())
    executed = folder / "executed.ipynb"
    if executed.is_file():
        notebook = nbformat.read(executed, as_version=4)
        write_report(notebook, order, folder / "rapport.html", failure)


def _stop(_signal: int, _frame: Any) -> None:
    # Asked twice, it still ends in order.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise StopAsked


if __name__ == "__main__":
    sys.exit(main())
