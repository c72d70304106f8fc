"""Run inside an image, by its own Python alone: everything that is installed there, as JSON.

Its text is given to `python -` on its standard input: nothing of it is in the image.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

FORMAT = "${binary:Package}\t${Version}\t${Architecture}\t${db:Status-Status}\n"


def python_packages() -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in distributions():
        told = one.metadata.json  # plain values, of which any may be missing
        if told.get("name") and told["name"] != "archipel":
            found.setdefault(str(told["name"]).lower(), _python_package(told))
    return [found[name] for name in sorted(found)]


def _python_package(told: Mapping[str, Any]) -> dict[str, Any]:
    classifiers = [line.rpartition(" :: ")[2] for line in told.get("classifier", []) if "License ::" in line]
    declared = str(told.get("license", ""))
    return {
        "name": told["name"],
        "version": told["version"],
        "expression": told.get("license_expression", ""),
        # Some give the whole text there: the classifiers are shorter.
        "licence": declared if len(declared) < 100 and "\n" not in declared else "",
        "classifiers": [name for name in classifiers if name != "OSI Approved"],
    }


def debian_packages() -> list[dict[str, str]]:
    listed = subprocess.run(
        ["dpkg-query", "--show", f"--showformat={FORMAT}"], capture_output=True, text=True, check=True
    )
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    keys = ("name", "version", "architecture")
    # `libc6:amd64` is libc6, of the architecture beside.
    return [
        dict(zip(keys, (name.partition(":")[0], *rest), strict=True))
        for name, *rest, status in rows
        if status == "installed"
    ]


def node_packages() -> list[dict[str, str]]:
    modules = Path(sys.prefix, "share", "archipel", "node", "node_modules")
    found = []
    for path in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        told = json.loads(path.read_text(encoding="utf-8"))
        licence = told.get("license")
        found.append(
            {
                "name": told["name"],
                "version": told["version"],
                "licence": licence if isinstance(licence, str) else "",
            }
        )
    return found


if __name__ == "__main__":
    inventory = {
        "python": platform.python_version(),
        "pypi": python_packages(),
        "deb": debian_packages(),
        "npm": node_packages(),
    }
    print(json.dumps(inventory))
