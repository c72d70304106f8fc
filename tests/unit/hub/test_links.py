"""One-time links: once, in time, one of two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from archipel.hub.links import VALID_SECONDS, new_link, redeem


def test_a_link_signs_in_once(tmp_path: Path) -> None:
    token = new_link(tmp_path, "alice")
    assert redeem(tmp_path, "autre") is None
    assert redeem(tmp_path, token) == "alice"
    assert redeem(tmp_path, token) is None
    assert list(tmp_path.iterdir()) == []


def test_a_link_expires_and_is_spent_all_the_same(tmp_path: Path) -> None:
    token = new_link(tmp_path, "alice", now=1000)
    assert redeem(tmp_path, token, now=1000 + VALID_SECONDS) is None
    assert redeem(tmp_path, token, now=1001) is None


def test_the_folder_does_not_hold_the_token(tmp_path: Path) -> None:
    token = new_link(tmp_path, "alice")
    (file,) = tmp_path.iterdir()
    assert token not in file.name + file.read_text(encoding="utf-8")
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_of_many_at_once_one_signs_in(tmp_path: Path) -> None:
    token = new_link(tmp_path, "alice")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _turn: redeem(tmp_path, token), range(32)))
    assert sorted(filter(None, answers)) == ["alice"]
