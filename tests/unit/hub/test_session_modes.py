"""Rescue mode: nothing of the home is read at the start, and nothing is written there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from archipel.catalog.models import Idle
from archipel.sessions.modes import PLACES, own, rescue

BASE = {"PATH": "/usr/bin", "PYTHONPATH": "/code", "PYTHONSTARTUP": "/home/a/x.py", "HOME": "/home/a"}
IMAGE = Path("/image")


def test_rescue_writes_and_reads_settings_elsewhere(tmp_path: Path) -> None:
    home, private = tmp_path / "home", tmp_path / "private"
    home.mkdir()
    private.mkdir()
    mode = rescue(BASE, home, IMAGE, private, ["--x"], home / "contenu")
    for name in PLACES:
        assert Path(mode.env[name]).is_dir()
        assert Path(mode.env[name]).is_relative_to(private)
    assert mode.command[0] == "/image/bin/python"
    assert mode.folder.is_relative_to(private)
    assert mode.env["JUPYTERHUB_ROOT_DIR"] == str(home)
    assert "PYTHONSTARTUP" not in mode.env
    # Only where the défis' packages are, and the content that is told.
    assert {name for name, value in mode.env.items() if str(home) in value} == {
        "PYTHONPATH",
        "JUPYTERHUB_ROOT_DIR",
        "ARCHIPEL_CONTENT",
    }


def test_a_home_that_does_not_answer_is_not_looked_at(tmp_path: Path) -> None:
    mode = rescue(BASE, None, IMAGE, tmp_path, [], Path("/mort/contenu"))
    assert mode.env["PYTHONPATH"] == "/code"
    assert mode.env["JUPYTERHUB_ROOT_DIR"].startswith(str(tmp_path))


def test_the_own_mode_runs_on_the_overlay() -> None:
    mode = own(BASE, Path("/home/a"), IMAGE, Path("/home/a/o"), ["--x"], Path("/home/a/contenu"))
    assert mode.command == ["/home/a/o/bin/python", "-m", "jupyterhub.singleuser", "--x"]
    assert "PYTHONPATH" not in mode.env
    assert mode.env["PATH"] == "/home/a/o/bin:/usr/bin"
    assert mode.env["JUPYTER_PATH"].endswith(":/image/share/jupyter")


@pytest.mark.parametrize("wrong", [{"notice": "12h"}, {"gpu": "10m"}, {"keep_max": "1h"}, {"session": "0s"}])
def test_durations_that_contradict_each_other_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Idle(**wrong)
    assert Idle().in_seconds == {"session": 43200, "gpu": 7200, "notice": 900, "keep_max": 604800}
