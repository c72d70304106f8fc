"""papermill's engine, ours: a kernel with a chosen environment, and an event a cell."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from traitlets.config import Config

OnCell = Callable[[int, int, float | None], None]
"""(position among the code cells from 1, their number, seconds or None at the start)."""


class ArchipelEngine(NBClientEngine):
    """Takes three more keywords: ``kernel_env``, ``kernel_cwd``, ``on_cell``."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        *,
        kernel_env: Mapping[str, str] | None = None,
        kernel_cwd: str = ".",
        on_cell: OnCell | None = None,
        **kwargs: Any,
    ) -> Any:
        # Unix sockets in a private folder: no port is opened, and only this user reaches the kernel.
        # An absolute name, since the kernel's current folder is not ours.
        sockets = tempfile.mkdtemp(prefix="k")
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/s"}})
        client = PapermillNotebookClient(
            nb_man,
            timeout=execution_timeout,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            config=config,
        )
        if on_cell is not None:
            _watch_cells(client, nb_man, on_cell)
        try:
            with _own_words(stderr_file) as words:
                return client.execute(env=dict(kernel_env or {}), cwd=kernel_cwd, stdout=words, stderr=words)
        finally:
            shutil.rmtree(sockets, ignore_errors=True)


LAST_BYTES = 4096


@contextmanager
def _own_words(told: Any) -> Iterator[int]:
    """A descriptor for what the kernel's process itself prints.

    A kernel sends on, as its cells', what reaches its descriptors, and repeats it on those that it was given:
    in the log it would stand twice. Of one that never started the last words are told: nobody sent them on.
    """
    reading, writing = os.pipe()
    last = bytearray()

    def listen() -> None:
        with os.fdopen(reading, "rb", buffering=0) as stream:
            while block := stream.read(65536):
                last.extend(block)
                del last[:-LAST_BYTES]

    # A child of a cell may outlive its kernel, and this pipe with it: nobody waits for its end.
    listener = threading.Thread(target=listen, daemon=True, name="kernel's words")
    listener.start()
    try:
        yield writing
    except DeadKernelError:
        raise
    except RuntimeError:
        os.close(writing)
        writing = -1
        listener.join(timeout=1)
        if told is not None and last:
            told.write(last.decode("utf-8", "replace"))
            told.flush()
        raise
    finally:
        if writing >= 0:
            os.close(writing)


def _watch_cells(client: PapermillNotebookClient, nb_man: Any, on_cell: OnCell) -> None:
    code = [index for index, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
    position = {index: rank for rank, index in enumerate(code, 1)}
    started: dict[int, Any] = {}

    def begin(cell: Any, cell_index: int) -> None:
        if cell_index in position:
            started[cell_index] = nb_man.now()
            on_cell(position[cell_index], len(code), None)

    def end(cell: Any, cell_index: int, **_reply: Any) -> None:
        if cell_index in started:
            seconds = (nb_man.now() - started[cell_index]).total_seconds()
            on_cell(position[cell_index], len(code), seconds)

    client.on_cell_start = begin
    client.on_cell_executed = end
