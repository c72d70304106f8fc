"""The State's design system, installed from npm by `make install` and served by us."""

from __future__ import annotations

import sys
from pathlib import Path


def design_folder() -> Path | None:
    """``dist`` of @gouvfr/dsfr; None where it was not installed (then the plain style serves)."""
    modules = Path(sys.prefix) / "share" / "archipel" / "node" / "node_modules"
    folder = modules / "@gouvfr" / "dsfr" / "dist"
    return folder if folder.is_dir() else None
