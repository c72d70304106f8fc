"""Whose folders a session's pod has."""

from __future__ import annotations

from typing import Any

from archipel.hub.groupfolders import laid

HOME = {"name": "home", "mountPath": "/home/archipel"}
VOLUME = {"name": "home", "persistentVolumeClaim": {"claimName": "home-alice"}}


def parts(claim: str, groups: tuple[str, ...], scope: str = "") -> list[tuple[Any, Any]]:
    volumes, mounts = laid([VOLUME], [HOME], claim, groups, scope)
    assert volumes[0] == VOLUME
    assert mounts[0] == HOME
    assert bool(volumes[1:]) == bool(mounts[1:])
    return [(one["mountPath"], one["subPath"]) for one in mounts[1:]]


def test_a_session_has_the_folders_of_its_persons_groups() -> None:
    assert parts("g", ("pilotes", "agents")) == [
        ("/groupes/agents", "agents"),
        ("/groupes/pilotes", "pilotes"),
    ]


def test_none_is_mounted_whole_or_where_nothing_is_shared() -> None:
    assert parts("g", ()) == []
    assert parts("", ("agents",)) == []
    assert parts("g", ("agents",), "profil-secret") == []


def test_a_name_that_is_a_path_is_no_group() -> None:
    assert parts("g", ("..", "a/b", "", ".", "{username}", "agents")) == [("/groupes/agents", "agents")]


def test_a_start_forgets_what_an_earlier_one_had() -> None:
    before = laid([VOLUME], [HOME], "g", ("agents", "pilotes"), "")
    assert laid(*before, "g", ("agents",), "") == laid([VOLUME], [HOME], "g", ("agents",), "")
    assert laid(*before, "g", ("agents",), "profil-secret") == ([VOLUME], [HOME])
