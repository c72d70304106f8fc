"""The list of an image's contents, judged by CycloneDX's own schema."""

from __future__ import annotations

import ast
import json
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from archipel.deploy import inventory
from archipel.deploy.sbom import problems, sbom
from support.source import SOURCE, nodes

REFERENCE = "localhost/archipel/base:0123456789ab-ba9876543210"
FOUND: dict[str, Any] = {
    "python": "3.11.2",
    "pypi": [
        {
            "name": "Typing_Extensions",
            "version": "4.1",
            "expression": "PSF-2.0",
            "licence": "",
            "classifiers": [],
        },
        {"name": "click", "version": "8.1", "expression": "", "licence": "BSD License", "classifiers": []},
        {
            "name": "old",
            "version": "1",
            "expression": "",
            "licence": "",
            "classifiers": ["MIT License", "BSD"],
        },
        {
            "name": "either",
            "version": "1",
            "expression": "MIT OR Apache-2.0",
            "licence": "",
            "classifiers": [],
        },
    ],
    "deb": [{"name": "libc6", "version": "2.36-9+deb12u10", "architecture": "amd64"}],
    "npm": [{"name": "@gouvfr/dsfr", "version": "1.15.3", "licence": "MIT"}],
}


@pytest.fixture(scope="module")
def text() -> str:
    return sbom(REFERENCE, FOUND)


def test_it_is_valid(text: str) -> None:
    assert problems(text) == ""
    assert problems(text.replace('"CycloneDX"', '"Autre"')) != ""


def test_every_package_is_there_by_its_address(text: str) -> None:
    told = json.loads(text)
    assert told["specVersion"] == "1.6"
    assert told["metadata"]["component"]["type"] == "container"
    assert f"{told['metadata']['component']['name']}:{told['metadata']['component']['version']}" == REFERENCE
    assert {component["purl"] for component in told["components"]} == {
        "pkg:pypi/typing-extensions@4.1",
        "pkg:pypi/click@8.1",
        "pkg:pypi/old@1",
        "pkg:pypi/either@1",
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12",
        "pkg:npm/%40gouvfr/dsfr@1.15.3",
    }


def test_licences_are_those_that_are_declared(text: str) -> None:
    licences = {c["name"]: c.get("licenses", []) for c in json.loads(text)["components"]}
    assert licences["Typing_Extensions"] == [{"license": {"id": "PSF-2.0"}}]
    assert licences["click"] == [{"license": {"name": "BSD License"}}]
    assert licences["old"] == [{"license": {"name": "BSD"}}, {"license": {"name": "MIT License"}}]
    assert licences["either"] == [{"expression": "MIT OR Apache-2.0"}]
    assert licences["libc6"] == []


def test_the_packages_of_a_python_are_found_with_their_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    # Three of the hundreds that are installed here: each is a file to read.
    monkeypatch.setattr(
        inventory, "distributions", lambda: map(distribution, ("click", "pyyaml", "archipel"))
    )
    found = {one["name"].lower(): one for one in inventory.python_packages()}
    assert found["click"]["version"]
    assert found["pyyaml"]["licence"] == "MIT"
    assert "archipel" not in found


def test_the_inventory_needs_nothing_but_python() -> None:
    found = imports(SOURCE / "deploy" / "inventory.py")
    assert {name.split(".")[0] for name in found} <= sys.stdlib_module_names


def imports(path: Path) -> set[str]:
    plain = {alias.name for node in nodes(path) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes(path) if isinstance(node, ast.ImportFrom)}
