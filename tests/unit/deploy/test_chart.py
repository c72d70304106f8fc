"""The chart's values: what is refused, where, and in which words; the schema is the models'."""

# ruff: noqa: E501  # a message is read whole

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from archipel.cli.deploy import SCHEMA, command
from archipel.deploy.chart import Values, schema_text
from archipel.deploy.review import check_values, overlaid
from archipel.errors import Refusals
from support.badvalues import BAD, Bad
from support.source import ROOT

FILE = ROOT / "charts/archipel/values.yaml"
TRIAL = ROOT / "charts/values/essai.yaml"
IMAGES = {"images": {"prefix": "r/", "platform": "a-b", "release": "b", "postgresql": "c"}}


def refusals(*files: Path) -> list[str]:
    with pytest.raises(Refusals) as caught:
        check_values([TRIAL, *files], IMAGES, ["base", "datascience"])
    return str(caught.value).splitlines()


def test_the_written_schema_is_the_one_of_the_models() -> None:
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == TEXT, "archipel deploy schema --write"


def test_the_defaults_of_the_models_are_those_of_the_chart() -> None:
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert Values().model_dump(mode="json", by_alias=True) == written


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_wrong_values_are_told_in_words(bad: Bad, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(bad.values, encoding="utf-8")
    told = refusals(file)
    assert any(bad.ours in line for line in told), told
    # What the file does not say is told of where it was said, or of the chart.
    assert all(line.startswith((f"{file}:1:", str(TRIAL))) for line in told), told


def test_an_image_that_the_catalogue_has_not_is_told_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("prePuller:\n  images:\n    - {image: datascienc, lock: a}\n", encoding="utf-8")
    assert refusals(file) == [
        f"{file}:3:prePuller.images.0.image: l’image « datascienc » n’existe pas (il y a : base, datascience). "
        "Le plus proche est « datascience »."
    ]


def test_all_that_is_wrong_is_told_at_once_each_where_it_was_said(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("host: A\nscheme: ftp\n", encoding="utf-8")
    second.write_text("\nhost: B\n", encoding="utf-8")
    places = {line.split(" ")[0] for line in refusals(first, second)}
    assert places == {f"{second}:2:host:", f"{first}:2:scheme:"}


def test_a_file_that_is_no_group_of_keys_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("- host\n", encoding="utf-8")
    assert "groupe de clés attendu" in refusals(file)[0]


def test_a_quota_that_holds_the_platform_and_one_session_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    hard = {"pods": "8", "requests.cpu": "850m", "requests.memory": "2848Mi"}
    file.write_text(yaml.safe_dump({"quota": {"hard": hard}}), encoding="utf-8")
    assert check_values([TRIAL, file], IMAGES, []).quota.hard["pods"] == "8"
    file.write_text("quota: {enabled: false, hard: {pods: '0'}}", encoding="utf-8")
    assert not check_values([TRIAL, file], IMAGES, []).quota.enabled


def test_values_are_laid_over_as_helm_does() -> None:
    under = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert overlaid(under, {"a": {"c": [3]}, "d": None}) == {"a": {"b": 1, "c": [3]}}
    assert under == {"a": {"b": 1, "c": [1, 2]}, "d": 4}


TEXT = schema_text()
DOCUMENT = json.loads(TEXT)
VALIDATOR = jsonschema.Draft202012Validator(DOCUMENT)


def levels(part: Mapping[str, Any]) -> Iterator[Any]:
    """For each group of keys of the schema, values in which it has a stray one."""
    if "$ref" in part:
        part = DOCUMENT["$defs"][str(part["$ref"]).rpartition("/")[2]]
    for option in part.get("anyOf", ()):
        yield from levels(option)
    if part.get("type") == "array":
        for inner in levels(part["items"]):
            yield [inner]
    if part.get("type") == "object":
        for name, below in part.get("properties", {}).items():
            for inner in levels(below):
                yield {name: inner}
        for below in part.get("patternProperties", {}).values():
            for inner in levels(below):
                yield {"autre": inner}
        if "properties" in part:
            yield {"égaré": 1}


def together(one: Any, other: Any) -> Any:
    """Both in one document: groups by their keys, lists by their first entries."""
    if isinstance(one, list):
        return [together(one[0], other[0])]
    if not isinstance(one, dict):
        return one
    return {
        key: together(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
        for key in {**one, **other}
    }


def test_a_stray_key_is_refused_at_each_level(tmp_path: Path) -> None:
    strays = list(levels(DOCUMENT))
    assert len(strays) > 60
    astray = reduce(together, strays)
    refused = [
        error for error in _deep(VALIDATOR.iter_errors(astray)) if error.validator == "additionalProperties"
    ]
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(astray, allow_unicode=True), encoding="utf-8")
    told = [line for line in refusals(file) if "clé inconnue « égaré »" in line]
    assert len(refused) == len(told) == len(strays)


def _deep(errors: Any) -> Iterator[Any]:
    for error in errors:
        yield error
        yield from _deep(error.context or ())


def test_the_schema_is_one_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(DOCUMENT)


def test_the_command_says_what_it_read(plain_content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIPEL_CONTENT", str(plain_content))
    done = CliRunner().invoke(command, ["check", "-f", str(TRIAL)])
    assert (done.exit_code, done.output) == (0, "Valeurs relues, rien à redire.\n")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"hostNetwork": True}}
    done = CliRunner().invoke(command, ["check", "-"], input=yaml.safe_dump(pod))
    assert isinstance(done.exception, Refusals)
    assert "Pod/p:spec.hostNetwork: True refusé (accepté : false)" in str(done.exception).splitlines()


def described(path: tuple[str, ...]) -> bool:
    """Whether the schema says what a key, or the group that it is in, is for."""
    part: Any = DOCUMENT
    for name in path:
        part = part.get("properties", {}).get(name, {})
        if "description" in part:
            return True
        if "$ref" in part:
            part = DOCUMENT["$defs"][part["$ref"].rpartition("/")[2]]
            if "description" in part:
                return True
    return False


def commented() -> set[tuple[str, ...]]:
    """The keys of values.yaml that have a comment: on their line, above them, or above the group they are in."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    found: set[tuple[str, ...]] = set()
    node = yaml.compose(FILE.read_text(encoding="utf-8"))
    assert isinstance(node, yaml.MappingNode)

    def walk(group: yaml.MappingNode, above: tuple[str, ...], said: bool) -> None:
        for key, value in group.value:
            line = key.start_mark.line
            path = (*above, key.value)
            told = said or "#" in lines[line] or lines[line - 1].lstrip().startswith("#")
            if told:
                found.add(path)
            if isinstance(value, yaml.MappingNode):
                walk(value, path, told)

    walk(node, (), said=False)
    return found


def test_every_key_is_documented() -> None:
    def keys(told: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        for key, value in told.items():
            yield from keys(value, (*above, key)) if isinstance(value, dict) and value else [(*above, key)]

    known = commented()
    every = keys(Values().model_dump(mode="json", by_alias=True))
    assert [".".join(path) for path in every if path not in known and not described(path)] == []


@pytest.mark.parametrize("good", ["10.0.0.0/8", "10.1.2.3/24", "255.255.255.255/32", "fd00::/16", "::1/128"])
@pytest.mark.parametrize("key", ["store", "sources"])
def test_addresses_are_taken(good: str, key: str) -> None:
    places = [{"cidr": good, "port": 443}]
    values = {"networkPolicy": {key: {"entrepot": places} if key == "sources" else places}}
    Values.model_validate(values)
    VALIDATOR.validate(values)


def test_an_address_that_no_pattern_can_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="n’est pas une adresse et sa longueur"):
        Values.model_validate({"networkPolicy": {"store": [{"cidr": "1::2::3/64", "port": 443}]}})
