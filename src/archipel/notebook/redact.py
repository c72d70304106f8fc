"""Declared secrets out of everything that a run leaves, in every form that they commonly take."""

from __future__ import annotations

import base64
import html
import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, quote_plus

from archipel.output import write_atomically

MASK = "•••"
BLOCK = 1 << 20
MIN_LENGTH = 6
"""A shorter value would blot out ordinary text; declaring one is refused when the secret is resolved."""


class Redactor:
    """Replaces each secret, and its JSON, HTML, URL, ``repr`` and base64 forms, by ``•••``."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            forms |= set(_forms(secret))
        # The longest first: a form may contain another.
        self._forms = sorted(forms, key=len, reverse=True)

    def text(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def bytes_(self, data: bytes) -> bytes:
        for form in self._forms:
            data = data.replace(form.encode(), MASK.encode())
        return data

    def hides(self, data: bytes) -> bool:
        return any(form.encode() in data for form in self._forms)

    @property
    def idle(self) -> bool:
        return not self._forms

    @property
    def longest(self) -> int:
        return max((len(form.encode()) for form in self._forms), default=0)


def _forms(secret: str) -> Iterable[str]:
    """The forms of a secret; of one of several lines (a private key), of each line too: they are what a
    log and a notebook's file hold apart."""
    for piece in {secret, *secret.splitlines()}:
        if len(piece) < MIN_LENGTH:
            continue
        for form in {*_written(piece), *_encoded(piece)}:
            # As it stands, and once more inside a JSON text (a notebook) or a page.
            yield from (form, _json(form), json.dumps(form, ensure_ascii=False)[1:-1], html.escape(form))


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _written(secret: str) -> Iterable[str]:
    yield secret
    yield from (_json(secret), json.dumps(secret, ensure_ascii=False)[1:-1])
    # `repr` alone, and beside both quotation marks, where the apostrophe is escaped.
    yield from (repr(secret)[1:-1], ascii(secret)[1:-1], repr(secret + "\"'")[1:-4])
    yield from (
        html.escape(secret),
        html.escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    )
    yield from (html.escape(secret, quote=False), quote(secret, safe=""), quote(secret), quote_plus(secret))


def _encoded(secret: str) -> Iterable[str]:
    yield secret[::-1]
    raw = secret.encode()
    yield from (raw.hex(), raw.hex().upper())
    # The text may start at any of three offsets in what was encoded: keep what does not depend on it.
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).decode()
        start, end = -(-offset * 8 // 6), len(coded) - (4 if (offset + len(raw)) % 3 else 0)
        if end - start >= 8:
            yield coded[start:end]
            yield coded[start:end].replace("+", "-").replace("/", "_")


def _holds(path: Path, redactor: Redactor) -> bool:
    """Read a block at a time: whoever cleans may have the memory that a notebook has just exhausted."""
    kept = b""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            if redactor.hides(kept + block):
                return True
            kept = (kept + block)[-redactor.longest :]
    return False


def clean_folder(folder: Path, redactor: Redactor) -> list[str]:
    """Rewrite every text file that holds a secret; delete every binary one, every one whose name holds it
    (the manifest lists names), and name those deleted."""
    deleted: list[str] = []
    if redactor.idle:
        return deleted
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        if redactor.text(name) != name:
            path.unlink()
            deleted.append(redactor.text(name))
            continue
        if not _holds(path, redactor):
            continue
        data = path.read_bytes()
        try:
            write_atomically(path, redactor.text(data.decode("utf-8")).encode())
        except UnicodeDecodeError:
            path.unlink()
            deleted.append(name)
    return deleted


def redact_output(redactor: Redactor) -> Callable[[], None]:
    """Put a redacting pump before this process's file descriptors 1 and 2, and so its children's.

    Lines go through as they come. The function returned lets the last ones out: call it before exit.
    """
    pumps: list[tuple[int, int, threading.Thread]] = []
    for descriptor in () if redactor.idle else (1, 2):
        original = os.dup(descriptor)
        read_end, write_end = os.pipe()
        os.dup2(write_end, descriptor)
        os.close(write_end)
        source = os.fdopen(read_end, "rb", buffering=0)
        target = os.fdopen(os.dup(original), "wb", buffering=0)
        pump = threading.Thread(target=_pump, args=(source, target, redactor), daemon=True)
        pump.start()
        pumps.append((descriptor, original, pump))

    def finish() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, original, pump in pumps:
            os.dup2(original, descriptor)
            # A child that was left behind may hold the pipe open: its words are not waited for.
            pump.join(timeout=2)

    return finish


def _pump(source: BinaryIO, target: BinaryIO, redactor: Redactor) -> None:
    held = b""
    while chunk := source.read(65536):
        held += chunk
        cut = max(held.rfind(b"\n"), held.rfind(b"\r")) + 1
        # A very long line is let through but for a tail as long as the longest secret.
        if not cut and len(held) > 1_000_000:
            held = redactor.bytes_(held)
            cut = len(held) - redactor.longest
        if cut:
            target.write(redactor.bytes_(held[:cut]))
            held = held[cut:]
    target.write(redactor.bytes_(held))
