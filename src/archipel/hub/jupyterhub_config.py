"""JupyterHub's configuration file: load, configure, then the snippets of one documented folder."""

from traitlets.config import Config

from archipel.hub.configure import configure, load_snippets
from archipel.settings import read_settings

c: Config = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it there

settings = read_settings()
configure(c, settings.data)
load_snippets(c, settings.data.hub / "config.d")
