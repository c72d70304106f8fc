"""helm over the chart's cases, each rendered once."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from support.source import ROOT

CHART = ROOT / "charts" / "archipel"
CASES = ROOT / "tests" / "charts" / "cases"
VALUES = {
    "essai": [ROOT / "charts/values/essai.yaml", CASES / "images.yaml"],
    "production": [ROOT / "charts/values/production.yaml", CASES / "images.yaml", CASES / "production.yaml"],
    "all-branches": [CASES / "images.yaml", CASES / "all-branches.yaml"],
    "bare": [CASES / "images.yaml", CASES / "bare.yaml"],
}
"""Case → values files, over the chart's own."""
NAMESPACE = "essai-chart"
DRAWN = "TIRE-AU-SORT"


def helm(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["helm", *words], input=given, capture_output=True, text=True, check=False, timeout=60
    )


def render(case: str, *options: str, chart: Path = CHART) -> subprocess.CompletedProcess[str]:
    files = [word for path in VALUES[case] for word in ("--values", str(path))]
    place = ["--namespace", "archipel", "--kube-version", "1.34.0"]
    return helm("template", "archipel", str(chart), *place, *files, *options)


@cache
def manifest_text(case: str) -> str:
    done = render(case)
    assert done.returncode == 0, done.stderr
    return done.stdout


def manifests(case: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(manifest_text(case)) if one]


def masked(text: str) -> str:
    """Values that are drawn at each render, each replaced by one word."""
    documents = text.split("\n---\n")
    for number, document in enumerate(documents):
        if re.search(r"^kind: Secret$", document, re.M):
            documents[number] = re.sub(r"(?m)^(  [a-z-]+): [A-Za-z0-9+/=]{40,}$", rf"\1: {DRAWN}", document)
    return "\n---\n".join(documents)
