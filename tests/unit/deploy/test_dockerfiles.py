"""The rules that every Dockerfile of the tree keeps, whoever builds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archipel.catalog.load import load_catalog
from archipel.catalog.region import RegionImages, authority_variables
from archipel.deploy.tree import image_names
from archipel.names import (
    IMAGE_AUTHORITIES,
    IMAGE_CODE,
    IMAGE_CONTENT,
    IMAGE_ENVIRONMENT,
    IMAGE_HOME,
    IMAGE_USER,
)
from support.source import ROOT

DOCKERFILES = sorted((ROOT / "images").glob("*/Dockerfile"))
# What has the platform’s code in it.
CHILDREN = [path for path in DOCKERFILES if path.parent.name not in ("system", "postgresql")]


def instructions(path: Path) -> list[tuple[str, str]]:
    """``(verb, rest)`` of each instruction, continued lines joined, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.M)
    lines = [line.strip() for line in re.sub(r"\\\n\s*", " ", text).splitlines() if line.strip()]
    return [(verb, rest) for verb, _space, rest in (line.partition(" ") for line in lines)]


def named(path: Path) -> str:
    return path.parent.name


def test_every_image_has_its_dockerfile() -> None:
    assert {named(path) for path in DOCKERFILES} == set(image_names(load_catalog(ROOT)))


@pytest.mark.parametrize("path", DOCKERFILES, ids=named)
def test_the_last_user_is_a_number_and_not_root(path: Path) -> None:
    verbs = instructions(path)
    assert [rest for verb, rest in verbs if verb == "USER"][-1] == f"{IMAGE_USER}:{IMAGE_USER}"
    assert verbs[-1][0] == "USER", "nothing is done after it"


@pytest.mark.parametrize("path", DOCKERFILES, ids=named)
def test_what_an_image_starts_from_is_given_to_it(path: Path) -> None:
    given = {rest.partition("=")[0] for verb, rest in instructions(path) if verb == "ARG"}
    starts = [rest.split()[0] for verb, rest in instructions(path) if verb == "FROM"]
    assert starts
    assert {start.strip("${}") for start in starts} <= given
    assert all(re.fullmatch(r"\$\{[A-Z]+\}", start) for start in starts)


@pytest.mark.parametrize("path", DOCKERFILES, ids=named)
def test_nothing_is_fetched_but_by_the_locked_ways(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(sudo|curl|wget|latest)\b|://", text)
    assert {verb for verb, _rest in instructions(path)} <= {
        *("ARG", "CMD", "COPY", "ENV", "FROM", "RUN", "USER", "WORKDIR"),
    }
    for verb, rest in instructions(path):
        if verb == "RUN" and (" install --quiet" in rest and "pip" in rest):
            assert {"--require-hashes", "--no-deps", "--only-binary=:all:", "--no-cache-dir"} <= {
                *rest.split()
            }


@pytest.mark.parametrize("path", DOCKERFILES, ids=named)
def test_what_a_build_is_told_is_mounted_and_never_an_argument(path: Path) -> None:
    verbs = instructions(path)
    assert {rest.partition("=")[0] for verb, rest in verbs if verb == "ARG"} <= {"PARENT", "ENVIRONMENT"}
    for verb, rest in verbs:
        if verb == "RUN" and "/run/secrets/settings" in rest:
            assert "--mount=type=secret,id=settings" in rest
            assert "--mount=type=secret,id=authorities" in rest


@pytest.mark.parametrize("path", CHILDREN, ids=named)
def test_the_platform_s_code_comes_last(path: Path) -> None:
    verbs = instructions(path)
    last = max(number for number, (verb, _rest) in enumerate(verbs) if verb == "FROM")
    assert verbs[last] == ("FROM", "${ENVIRONMENT}")
    assert ("COPY", f"code {IMAGE_CODE}") in verbs[last:]
    assert not [rest for _verb, rest in verbs[last:] if "pip" in rest or "apt-get" in rest]


def test_the_system_says_where_things_are() -> None:
    verbs = instructions(ROOT / "images" / "system" / "Dockerfile")
    told = dict(
        word.split("=", 1)
        for verb, rest in verbs
        if verb == "ENV"
        for word in re.split(r"\s+(?=[A-Z_]+=)", rest)
    )
    assert told["HOME"] == IMAGE_HOME
    assert told["PYTHONPATH"] == IMAGE_CODE
    assert told["PATH"].split(":")[0] == f"{IMAGE_ENVIRONMENT}/bin"
    assert told["LANG"] == "C.UTF-8"
    assert authority_variables(IMAGE_AUTHORITIES).items() <= told.items()
    assert ("ARG", f"PARENT={RegionImages().root}") in verbs


def test_the_platform_carries_the_default_content() -> None:
    verbs = instructions(ROOT / "images" / "platform" / "Dockerfile")
    assert ("COPY", f"content {IMAGE_CONTENT}") in verbs
    assert ("ENV", f"ARCHIPEL_CONTENT={IMAGE_CONTENT} ARCHIPEL_DATA=/data") in verbs
