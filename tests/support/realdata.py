"""Real data that lie beside the project, not in it: what needs them is skipped where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.source import ROOT

DATA = ROOT.parent / "shared" / "data"


def real_data(folder: str) -> Path:
    """The folder of one data set. Skips the test where it is absent."""
    path = DATA / folder
    if not path.is_dir():
        pytest.skip(f"needs the data set « {folder} », which may not be copied into the project")
    return path
