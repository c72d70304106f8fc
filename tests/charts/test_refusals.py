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


def test_a_quota_that_just_holds_the_platform_and_one_session_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "quota: {hard: {pods: '8', requests.cpu: 850m, requests.memory: 2848Mi}}", encoding="utf-8"
    )
    done = render("essai", "--values", str(file))
    assert done.returncode == 0, done.stderr
