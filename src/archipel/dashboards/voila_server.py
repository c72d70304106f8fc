"""Voilà for one dashboard, on a Unix socket that the front alone reaches. Runs in the image's environment.

No port is opened. The reader's values come in a header that only the front can set, as a cell after
`parameters`: nothing of a request ever touches a kernel that serves somebody else.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from archipel.notebook.parameters import decode
from archipel.notebook.values import literal

VALUES_HEADER = "X-Archipel-Values"
IDLE_SECONDS = 120


def insert_values(handler: Any, notebook: Any, cwd: str) -> Any:
    """`VoilaConfiguration.prelaunch_hook`: the validated values, as literals, after the `parameters` cell."""
    import nbformat

    raw = handler.request.headers.get(VALUES_HEADER, "")
    values = decode(json.loads(base64.b64decode(raw))) if raw else {}
    lines = [f"{name} = {literal(value)}" for name, value in values.items()]
    if any("date(" in line for line in lines):
        lines.insert(0, "from datetime import date")
    position = next(
        (n for n, c in enumerate(notebook.cells, 1) if "parameters" in c.metadata.get("tags", ())), 0
    )
    notebook.cells.insert(position, nbformat.v4.new_code_cell("\n".join(lines)))
    return notebook


def main() -> None:
    from tornado.httpserver import HTTPServer
    from tornado.ioloop import IOLoop
    from tornado.netutil import bind_unix_socket
    from voila.app import Voila

    socket = Path(os.environ["ARCHIPEL_SOCKET"])
    notebook = os.environ["ARCHIPEL_NOTEBOOK"]

    class SocketVoila(Voila):
        config_file_paths: Any = []  # noqa: RUF012  # a trait of Voilà: no configuration of the machine is read

        def listen(self) -> None:
            server = HTTPServer(self.app)
            server.add_socket(bind_unix_socket(str(socket), mode=0o600))
            self.ioloop = IOLoop.current()
            self.ioloop.start()

    app = SocketVoila()
    app.voila_configuration.prelaunch_hook = insert_values
    app.initialize(
        [
            notebook,
            "--no-browser",
            "--template=archipel",
            "--VoilaConfiguration.strip_sources=True",
            "--VoilaConfiguration.show_tracebacks=False",
            "--VoilaConfiguration.file_allowlist=[]",
            "--Voila.tornado_settings={'allow_origin': '*', 'disable_check_xsrf': True}",
            f"--MappingKernelManager.cull_idle_timeout={IDLE_SECONDS}",
            "--MappingKernelManager.cull_interval=20",
            "--MappingKernelManager.default_kernel_name=python3",
            "--VoilaExecutor.timeout=120",
        ]
    )
    app.voila_configuration.prelaunch_hook = insert_values
    app.start()


if __name__ == "__main__":
    main()
