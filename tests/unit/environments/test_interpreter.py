"""A copied Python finds its library beside itself."""

from __future__ import annotations

from pathlib import Path

from archipel.environments.interpreter import reachable_by_others, relocated

PREFIX = Path("/root/.pyenv/versions/3.11.7")


def test_the_built_path_gives_way_to_origin_and_nothing_moves() -> None:
    program = (
        b"\x7fELF..\0/root/.pyenv/versions/3.11.7/lib\0libc.so.6\0/root/.pyenv/versions/3.11.7/library\0"
    )
    moved = relocated(program, PREFIX)
    assert len(moved) == len(program)
    assert b"\0$ORIGIN/../lib\0" in moved
    assert moved.endswith(b"\0libc.so.6\0/root/.pyenv/versions/3.11.7/library\0")


def test_a_prefix_too_short_for_it_is_left_alone() -> None:
    program = b"\0/py/lib\0"
    assert relocated(program, Path("/py")) == program


def test_a_private_folder_above_closes_what_lies_below(tmp_path: Path) -> None:
    program = tmp_path / "prive" / "python"
    program.parent.mkdir(mode=0o700)
    program.write_text("")
    program.chmod(0o755)
    assert not reachable_by_others(program)
