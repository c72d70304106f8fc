"""Voilà for one dashboard, which the front alone reaches. Runs in the image's environment.

On one machine no port is opened (a Unix socket); in a pod its port answers whoever holds its key. The
reader's values come in a header that only the front can set, as a cell after `parameters`: nothing of a
request ever touches a kernel that serves somebody else.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from typing import Any

from archipel.notebook.parameters import decode
from archipel.notebook.values import literal

VALUES_HEADER = "X-Archipel-Values"
KEY_HEADER = "X-Archipel-Key"
KERNELS_PATH = "/archipel/kernels"
IDLE_SECONDS = 120
WIDGETS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8")
"""JupyterLab extensions that a page gets: those that draw widgets, none of an editor."""


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


def open_door(app: Any) -> None:
    """A socket in a private folder, or a port where what does not show the key finds nothing at all."""
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_unix_socket
    from tornado.routing import Matcher, Rule, RuleRouter

    class Holder(Matcher):
        def match(self, request: Any) -> dict[str, Any] | None:
            shown = request.headers.get(KEY_HEADER, "").encode()
            return {} if hmac.compare_digest(shown, key) else None

    if port := os.environ.get("ARCHIPEL_PORT"):
        # Taken out of what the kernels inherit.
        key = os.environ.pop("ARCHIPEL_KEY").encode()
        HTTPServer(RuleRouter([Rule(Holder(), app)])).listen(int(port))
    else:
        HTTPServer(app).add_socket(bind_unix_socket(os.environ["ARCHIPEL_SOCKET"], mode=0o600))


def main() -> None:
    from jupyter_server.base.handlers import JupyterHandler
    from tornado.ioloop import IOLoop
    from traitlets.config import Config
    from voila.app import Voila

    class KernelCount(JupyterHandler):
        """How many readers hold a kernel, for the front that caps them."""

        def get(self) -> None:
            self.finish({"kernels": len(self.kernel_manager.list_kernel_ids())})

    class SocketVoila(Voila):
        config_file_paths: Any = []  # noqa: RUF012  # a trait of Voilà: no configuration of the machine is read

        def init_handlers(self) -> list[Any]:
            return [(KERNELS_PATH, KernelCount), *super().init_handlers()]

        def listen(self) -> None:
            open_door(self.app)
            self.ioloop = IOLoop.current()
            self.ioloop.start()

    config = Config()
    config.SocketVoila.open_browser = False
    # The front alone reaches the socket, and checks the origin of each request before.
    config.SocketVoila.tornado_settings = {"allow_origin": "*", "disable_check_xsrf": True}
    config.VoilaConfiguration.template = "archipel"
    config.VoilaConfiguration.strip_sources = True
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.prelaunch_hook = insert_values
    config.VoilaConfiguration.extension_allowlist = list(WIDGETS)
    config.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
    config.MappingKernelManager.cull_interval = 20
    config.MappingKernelManager.default_kernel_name = "python3"
    config.VoilaExecutor.timeout = 120
    app = SocketVoila(config=config)
    app.initialize([os.environ["ARCHIPEL_NOTEBOOK"]])
    app.start()


if __name__ == "__main__":
    main()
