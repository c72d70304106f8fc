"""A person's own packages over an image's environment: `pip install` goes there and stays theirs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from archipel.output import write_atomically

COMMANDS = {"pip": "pip", "pip3": "pip", "archipel": "archipel"}
"""Command of the overlay → module that its own interpreter runs: the image's scripts would use theirs."""


def overlay_folder(home: Path, image: str) -> Path:
    return home / ".archipel" / "overlay" / image


def ensure_overlay(home: Path, image: str, environment: Path, paths: tuple[Path, ...] = ()) -> Path:
    """``<home>/.archipel/overlay/<image>``: a bare virtual environment that sees the image's packages.

    Made by the person's own process, with the interpreter of ``environment`` (its folder). What the person
    installs comes first on the path, then ``paths`` (the platform, then the clone), then the image.
    Made anew when the image's Python has changed: packages of another Python could not be imported.
    """
    folder = overlay_folder(home, image)
    image_site = _site_packages(environment)
    site = folder / image_site.relative_to(environment)
    if not (folder / "bin" / "python").exists() or not site.is_dir():
        command = [str(environment / "bin" / "python"), "-m", "venv", "--without-pip", "--clear"]
        subprocess.run([*command, str(folder)], check=True)
    lines = [*(str(path) for path in paths), str(image_site)]
    write_atomically(site / "archipel-image.pth", ("\n".join(lines) + "\n").encode())
    for name, module in COMMANDS.items():
        script = folder / "bin" / name
        write_atomically(script, f'#!/bin/sh\nexec "{folder}/bin/python" -m {module} "$@"\n'.encode())
        script.chmod(0o755)
    return folder


def _site_packages(environment: Path) -> Path:
    return next((environment / "lib").glob("python3.*")) / "site-packages"
