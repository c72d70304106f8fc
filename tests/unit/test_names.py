"""Names of everything: valid where they go, never two for one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.names import PERSON, dns_label, is_slug, nearest, task_name


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("pilote", True), ("a", True), ("twin-city-2", True), ("a" * 40, True),
        ("", False), ("Pilote", False), ("2a", False), ("a-", False), ("a--b", False), ("a_b", False),
        ("é", False), ("a" * 41, False), ("../a", False), ("a\n", False),
    ],
)  # fmt: skip
def test_what_is_a_slug(text: str, slug: bool) -> None:
    assert is_slug(text) is slug


@pytest.mark.parametrize("name", ["root;id", "-rf", "a b", "A", "a/b", ".a", "a" * 33, "é", "a\n"])
def test_what_is_no_account(name: str) -> None:
    assert not PERSON.fullmatch(name)


@given(st.text(min_size=1, max_size=100))
def test_any_text_makes_a_dns_label(text: str) -> None:
    label = dns_label(text)
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", label)
    assert dns_label(label) == label or "--" in label


@given(st.text(max_size=60), st.text(max_size=60))
def test_two_texts_never_share_a_label(one: str, other: str) -> None:
    assert one == other or dns_label(one) != dns_label(other)


def test_the_nearest_word() -> None:
    assert nearest("decimles", ["politique", "decimales"]) == "decimales"
    assert nearest("xyz", ["politique", "decimales"]) == ""


def test_a_task_has_one_name_a_run_and_attempt() -> None:
    assert task_name("0197", 2) == "run-0197-2"
