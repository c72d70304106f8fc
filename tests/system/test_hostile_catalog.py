"""A catalogue that was written to harm, given to the command: refused within a second and 256 MB."""

# ruff: noqa: E501  # a case is read whole

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.source import ROOT
from support.workspace import ARCHIPEL

DEFI = "catalog/defis/bonjour.yaml"


@dataclass(frozen=True)
class Checked:
    code: int
    said: str
    seconds: float
    megabytes: float


def check(content: Path) -> Checked:
    """`archipel catalog check` of a content, with what its process took."""
    began = time.monotonic()
    environ = {**os.environ, "ARCHIPEL_CONTENT": str(content), "ARCHIPEL_LANG": "fr"}
    with subprocess.Popen(
        [*ARCHIPEL, "catalog", "check"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = process.stderr.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Checked(process.returncode, said, time.monotonic() - began, usage.ru_maxrss / 1024)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for folder in ("catalog", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


def bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join(f'*{chr(ord(name) - 1)}' for _turn in range(9))}]"
        for name in "bcdefghi"
    ]
    return "\n".join(lines)


def large(path: Path) -> None:
    path.unlink()
    with path.open("wb") as file:
        for _megabyte in range(100):
            file.write(b"# " + b"x" * (1024 * 1024 - 3) + b"\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: write(content / DEFI, bomb()), f"{DEFI}:1: ancres et renvois YAML"),
        (lambda content: write(content / DEFI, "[" * 200_000), f"{DEFI}:1: YAML illisible : plus de 20 niveaux"),
        (lambda content: write(content / DEFI, "{" * 200_000), f"{DEFI}:1: YAML illisible : plus de 20 niveaux"),
        (lambda content: write(content / DEFI, "a: !!python/name:os.system x"), f"{DEFI}:1: étiquette YAML refusée"),
        (lambda content: write(content / DEFI, "x: [" + "a," * 100_000 + "a]"), f"{DEFI}:1: YAML illisible : plus de 20000"),
        (lambda content: write(content / DEFI, "\n".join(f"k{n}: 1" for n in range(9_000))), f"{DEFI}:1:k0: clé inconnue"),
        (lambda content: large(content / DEFI), f"{DEFI}: fichier trop gros"),
        (lambda content: ((content / DEFI).unlink(), os.mkfifo(content / DEFI)), f"{DEFI}: ce n’est pas un fichier ordinaire"),
        (lambda content: ((content / DEFI).unlink(), (content / DEFI).symlink_to("/dev/zero")), f"{DEFI}: ce n’est pas un fichier ordinaire"),
        (lambda content: write(content / "notebooks/bonjour/execution.ipynb", "[" * 1_000_000), "notebooks/bonjour/execution.ipynb: ce n’est pas un notebook"),
    ],
    ids=["bomb", "lists", "groups", "tag", "values", "keys", "large", "pipe", "device", "notebook"],
)  # fmt: skip
def test_it_is_refused_fast_and_in_little_memory(content: Path, spoil: object, said: str) -> None:
    # What the command takes for a good catalogue on this machine, its start included.
    good = check(content)
    assert good.code == 0, good.said
    spoil(content)  # type: ignore[operator]  # a lambda of the list above
    found = check(content)
    assert found.code == 2
    assert said in found.said
    assert found.megabytes < 256
    assert found.seconds < 1 + good.seconds
