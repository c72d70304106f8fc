"""What the pod of a live dashboard fetches, and the key that it does it with."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archipel.archives import files_under, tar_of
from archipel.artifacts import Artifacts
from archipel.dashboards.versions import Version


def key_of(secret: bytes, version: str) -> str:
    """What a version's pod fetches its package with, and what opens its door. Known to the front alone."""
    return hmac.new(secret, f"live {version}".encode(), hashlib.sha256).hexdigest()


def package(artifacts: Artifacts, content: Path, version: Version) -> Iterator[bytes]:
    """The tar that the pod starts from: ``content/`` and ``published/``."""

    def files() -> Iterator[tuple[str, int, BinaryIO]]:
        yield from files_under(content, "content/")
        key = f"{version.key}/donnees"
        for name, size in artifacts.files(key):
            yield f"published/{name}", size, artifacts.open(f"{key}/{name}")

    return tar_of(files())
