"""What each engine is asked, word for word, and the search for one that works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archipel.deploy import engines
from archipel.deploy.engines import ENGINES, Build, find
from archipel.errors import Refused

BUILD = Build(
    reference="localhost/archipel/base:0123456789ab",
    dockerfile=Path("/d/Dockerfile"),
    context=Path("/d/context"),
    target="environment",
    arguments={"PARENT": "localhost/archipel/system:ab"},
    labels={"archipel.lock": "0123456789ab"},
    secrets={"settings": Path("/d/secrets/settings")},
)
SAID = [
    *("--file", "/d/Dockerfile", "--tag", "localhost/archipel/base:0123456789ab"),
    *("--target", "environment", "--build-arg=PARENT=localhost/archipel/system:ab"),
    *("--label=archipel.lock=0123456789ab", "--secret=id=settings,src=/d/secrets/settings", "/d/context"),
]
STARTS = {
    "docker": ["env", "DOCKER_BUILDKIT=1", "docker", "build"],
    "podman": ["podman", "build", "--pull=never", "--http-proxy=false"],
    "buildah": ["buildah", "build", "--isolation=chroot", "--pull-never", "--http-proxy=false"],
}


@pytest.mark.parametrize("name", STARTS)
def test_a_build(name: str) -> None:
    assert ENGINES[name].build(BUILD) == [*STARTS[name], *SAID]


def test_the_last_stage_is_not_named() -> None:
    last = Build(reference="a/b:c", dockerfile=Path("/d"), context=Path("/c"))
    assert last.words() == ["--file", "/d", "--tag", "a/b:c", "/c"]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("docker", ["docker", "save", "--output", "/f.tar", "a/b:c"]),
        ("podman", ["podman", "save", "--format=docker-archive", "--output", "/f.tar", "a/b:c"]),
        ("buildah", ["buildah", "push", "--quiet", "a/b:c", "docker-archive:/f.tar:a/b:c"]),
    ],
)
def test_an_archive_keeps_the_name(name: str, command: list[str]) -> None:
    assert ENGINES[name].save("a/b:c", Path("/f.tar")) == command


@pytest.mark.parametrize("name", ENGINES)
def test_push_pull_and_inspection_name_the_image(name: str) -> None:
    engine = ENGINES[name]
    assert engine.push("a/b:c") == [name, "push", "a/b:c"]
    assert engine.pull("a/b:c") == [name, "pull", "--quiet", "a/b:c"]
    for command in (engine.inspect("a/b:c"), engine.history("a/b:c")):
        assert command[-1] == "a/b:c"
        assert name in " ".join(command)


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_a_container_is_as_restricted_as_a_pod(name: str) -> None:
    command = ENGINES[name].run("a/b:c", ["python", "-"], {"X": "1"}, "12345:0")
    assert command[:2] == [name, "run"]
    assert {"--read-only", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges"} <= {
        *command
    }
    assert {"--user=12345:0", "--env=X=1", "--interactive"} <= {*command}
    assert command[-3:] == ["a/b:c", "python", "-"]
    assert not [word for word in ENGINES[name].run("a/b:c", ["true"], {}, "") if word.startswith("--user")]


def test_buildah_runs_in_a_read_only_tree_without_network() -> None:
    command = ENGINES["buildah"].run("a/b:c", ["python", "-"], {"X": "1"}, "12345:0")
    assert command[:2] == ["sh", "-euc"]
    assert command[3:] == ["sh", "a/b:c", "12345:0", "X=1", "python", "-"]
    assert "unshare --mount --net" in command[2]
    assert "remount,bind,ro" in command[2]
    assert "--no-new-privs" in command[2]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("labels", [{"archipel.recipe": "0123456789ab"}, None])
def test_labels_as_each_prints_them(name: str, labels: dict[str, str] | None) -> None:
    config = {"Labels": labels} if labels else {}
    printed = {"OCIv1": {"config": config}} if name == "buildah" else [{"Config": config}]
    assert ENGINES[name].labels(json.dumps(printed)) == (labels or {})


def test_none_is_a_sentence_with_a_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_works", lambda _command: False)
    with pytest.raises(Refused) as caught:
        find()
    assert str(caught.value).startswith(
        "aucun outil ne construit d’images ici (essayés : docker, podman, buildah)"
    )
    assert "Installez docker, podman, ou buildah" in str(caught.value)
