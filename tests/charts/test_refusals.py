"""Values that are wrong are refused by helm before anything is applied."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.badvalues import BAD, Bad
from support.helm import render


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_helm_refuses_them(bad: Bad, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(bad.values, encoding="utf-8")
    done = render("essai", "--values", str(file))
    assert done.returncode == 1
    assert done.stdout == ""
    assert bad.helm in done.stderr
