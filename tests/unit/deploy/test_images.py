"""What is told of an image before any command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.region import Region
from archipel.deploy import images
from archipel.deploy.root import command
from archipel.deploy.tree import Tree
from archipel.errors import ArchipelError
from support.source import ROOT


def test_without_a_registry_nothing_is_pushed() -> None:
    no_engine: Any = None
    with pytest.raises(ArchipelError) as caught:
        images.push(Tree(ROOT, load_catalog(ROOT), Region()), no_engine, ["base"], print)
    assert "images: {prefix: registre.exemple/archipel/}" in str(caught.value)


def test_the_root_comes_from_the_region_s_mirrors() -> None:
    plain = command(Region(), Path("/root.tar"))
    assert plain[0] == "mmdebstrap"
    assert plain[-2:] == ["bookworm", "/root.tar"]
    pair = {"debian": "https://m.exemple/debian", "debian_security": "https://m.exemple/security"}
    assert command(Region.model_validate({"mirrors": pair}), Path("/root.tar"))[-1] == "-"
