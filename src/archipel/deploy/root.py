"""The root image made from Debian's packages, where no registry gives it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from archipel.catalog.region import Region
from archipel.deploy.engines import Engine
from archipel.deploy.settings import SUITE, debian_sources
from archipel.errors import Failed, Refused

PROGRAM = "mmdebstrap"
_LEFT_OUT = ("doc", "info", "locale", "man")


def command(region: Region, archive: Path) -> list[str]:
    """What Debian's own « slim » image is: its essential packages, without their documentation."""
    options = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in _LEFT_OUT]
    return [
        *(PROGRAM, "--quiet", "--variant=minbase", *options),
        # Whoever receives the image receives the licences of what is in it.
        *("--dpkgopt=path-include=/usr/share/doc/*/copyright", SUITE, str(archive)),
        # Sources, one a line, come on its standard input; without any, Debian's own.
        *(["-"] if debian_sources(region.mirrors) else []),
    ]


def make_root(region: Region, engine: Engine) -> str:
    """The image that `region.images.root` names; about half a minute. Raises `Refused`, `Failed`."""
    reference = region.images.root
    if "@" in reference:
        raise Refused(
            "image.root-digest",
            "« {reference} » est donnée par son empreinte : une image faite ici en aurait une autre",
            hint="Donnez une étiquette dans region.yaml (images: root:).",
            reference=reference,
        )
    if shutil.which(PROGRAM) is None:
        raise Refused(
            "image.no-mmdebstrap",
            "mmdebstrap est absent de cette machine",
            hint="Sur Debian, en tant que root : « apt-get install mmdebstrap ».",
        )
    with tempfile.TemporaryDirectory(prefix="archipel-root-") as folder:
        archive = Path(folder) / "root.tar"
        _run(command(region, archive), debian_sources(region.mirrors))
        _run(engine.load_root(archive, reference), "")
    return reference


def _run(words: list[str], given: str) -> None:
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(
            "image.root-failed",
            "l’image racine n’a pas pu être faite : {reason}",
            hint="Les paquets viennent des miroirs de region.yaml, ou de ceux de Debian.",
            reason=(done.stderr or done.stdout).strip()[-800:],
        )
