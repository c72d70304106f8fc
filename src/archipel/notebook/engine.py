"""papermill's engine, ours: a kernel with a chosen environment, and an event a cell."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

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
            return client.execute(env=dict(kernel_env or {}), cwd=kernel_cwd)
        finally:
            shutil.rmtree(sockets, ignore_errors=True)


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
