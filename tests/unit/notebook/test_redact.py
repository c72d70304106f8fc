"""A canary in every form that a secret commonly takes: none is left."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from archipel.notebook.redact import BLOCK, MASK, Redactor, clean_folder

CANARY = "c@nari 42/é\"'<&>"


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        f"avant{CANARY}après",
        json.dumps(CANARY),
        json.dumps(CANARY, ensure_ascii=False),
        json.dumps(json.dumps(CANARY)),
        repr(CANARY),
        ascii(CANARY),
        html.escape(CANARY),
        html.escape(CANARY, quote=False),
        html.escape(json.dumps(CANARY)),
        quote(CANARY),
        quote(CANARY, safe=""),
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(f"user:{CANARY}".encode()).decode(),
        base64.urlsafe_b64encode(f"ab{CANARY}cd".encode()).decode(),
        CANARY.encode().hex(),
        CANARY[::-1],
    ],
)
def test_a_secret_is_masked_in_every_form(form: str) -> None:
    masked = Redactor([CANARY]).text(form)
    assert MASK in masked
    assert masked != form
    assert CANARY not in masked


def test_each_line_of_a_key_is_a_secret() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----"
    assert Redactor([key]).text("lu : kqhkiG9w0BAQEF") == f"lu : {MASK}"


def test_without_a_secret_nothing_changes() -> None:
    assert Redactor([]).idle
    assert Redactor([]).text("rien") == "rien"


def test_a_folder_is_cleaned_and_what_cannot_be_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"jeton={CANARY}\n", encoding="utf-8")
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe" + CANARY.encode())
    (tmp_path / "c.txt").write_text("propre", encoding="utf-8")
    assert clean_folder(tmp_path, Redactor([CANARY])) == ["b.bin"]
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == f"jeton={MASK}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "c.txt"]


def test_a_secret_across_two_blocks_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (BLOCK - 5) + CANARY.encode() + b"y" * BLOCK)
    assert clean_folder(tmp_path, Redactor([CANARY])) == []
    assert path.read_text(encoding="utf-8").strip("xy") == MASK
