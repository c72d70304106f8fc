"""What is learnt of the machine by its own commands: git, an engine of containers, a GPU's, a full disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from archipel.deploy.engines import find
from archipel.deploy.tree import default_content
from archipel.errors import Refused
from archipel.sessions.gpu import read_gpu
from archipel.sessions.life import GpuSample
from archipel.sessions.probe import home_trouble
from support.source import ROOT


def test_a_full_disk_is_told_from_a_closed_one(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        assert home_trouble(tmp_path) == "home.full"
        assert list(tmp_path.iterdir()) == []
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        assert home_trouble(tmp_path) == "home.closed"
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


SMI = """#!/bin/sh
case "$1" in
  *utilization*) printf '0\\n42\\n' ;;
  *) printf '77\\n' ;;
esac
"""


def test_the_gpu_is_read_with_the_command_of_the_operator(tmp_path: Path) -> None:
    command = tmp_path / "fake-smi"
    command.write_text(SMI)
    command.chmod(0o755)
    assert read_gpu(str(command), frozenset()) == GpuSample(42.0, None)
    assert read_gpu(str(command), frozenset({77, 5})) == GpuSample(42.0, 1)
    assert read_gpu(str(command), frozenset({5})) == GpuSample(42.0, 0)
    command.write_text("#!/bin/sh\nexit 9\n")
    assert read_gpu(str(command), frozenset()) is None
    command.write_text("#!/bin/sh\necho N/A\n")
    assert read_gpu(str(command), frozenset()) is None
    assert read_gpu(str(tmp_path / "absent"), frozenset()) is None


def program(folder: Path, name: str, code: int) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)


def test_the_first_that_really_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    program(tmp_path, "docker", 1)  # the program without its daemon
    program(tmp_path, "podman", 0)
    assert find().name == "podman"
    with pytest.raises(Refused) as caught:
        find("docker")
    assert str(caught.value).startswith("« docker » ne fonctionne pas ici. « docker info » dit pourquoi")


def test_the_default_content_is_the_clone_s_or_the_folder_s(tmp_path: Path) -> None:
    for part in ("catalog", "images", "notebooks"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("sortie", "__pycache__"))
    files = default_content(ROOT)
    assert {"catalog/images.yaml", "images/platform/requirements.txt"} <= files.keys()
    assert {"notebooks/bonjour/execution.ipynb", "src/archipel/defis/bonjour/__init__.py"} <= files.keys()
    assert not [name for name in files if re.search("__pycache__|/sortie/|/[.]|Dockerfile", name)]
    plain = default_content(tmp_path)
    assert {
        name: text for name, text in files.items() if not name.startswith("src/")
    }.items() <= plain.items()
    assert not [name for name in plain if name.endswith("Dockerfile")]
