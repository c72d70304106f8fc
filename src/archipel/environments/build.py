"""One virtual environment per image and lock, under the data folder, made once and then only read."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archipel.catalog.models import Catalog
from archipel.datafolder import DataFolder
from archipel.environments.interpreter import shared_interpreter
from archipel.environments.packages import index_environment, uv_program
from archipel.environments.progress import Downloads
from archipel.errors import Conflict, Failed, NotFound
from archipel.output import write_atomically
from archipel.texts import translate as _

Say = Callable[[str], None]
COMPLETE = "complete.json"


@dataclass(frozen=True)
class Environment:
    """``lock``: 12 hexadecimal digits; (image, lock) is the key of everything made from it."""

    image: str
    lock: str
    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    @property
    def complete(self) -> bool:
        return (self.folder / COMPLETE).is_file()


def lock_of(content: Path, image: str) -> str:
    """Hash of an image's compiled requirements (its parents' are among them) and of Python's version."""
    requirements = content / "images" / image / "requirements.txt"
    try:
        text = requirements.read_bytes()
    except OSError:
        raise NotFound(
            "environment.no-lock",
            "l’image « {image} » n’a pas de requirements.txt compilé",
            where=str(requirements),
            hint="« make lock » le fait.",
            image=image,
        ) from None
    python = f"python{sys.version_info.major}.{sys.version_info.minor}\n".encode()
    return hashlib.sha256(python + text).hexdigest()[:12]


def find(data: DataFolder, content: Path, image: str) -> Environment:
    """The environment of an image, made or not (`Environment.complete` tells)."""
    return locked(data, image, lock_of(content, image))


def locked(data: DataFolder, image: str, lock: str) -> Environment:
    """The environment of an image's lock, made or not."""
    return Environment(image, lock, data.environments / f"{image}-{lock}")


def ensure(data: DataFolder, content: Path, catalog: Catalog, image: str, say: Say) -> Environment:
    """The environment, made if it is missing; ``say`` hears what happens. Raises `Failed`.

    Interrupted, it goes on from what was downloaded (uv's cache); nothing half-made is ever used: it is
    built where it stays (the scripts of a virtual environment hold its path) and `COMPLETE` comes last.
    """
    environment = find(data, content, image)
    if environment.complete:
        return environment
    try:
        data.environments.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(data.environments, error) from None
    with _alone(environment, say):
        if environment.complete:
            return environment
        size = catalog.images[image].size_mb
        _demand_space(data.environments, size, image)
        say(_("Environnement « {image} » : environ {size} Mo sur disque…").format(image=image, size=size))
        started = time.monotonic()
        _make(environment, content / "images" / image / "requirements.txt", data, say)
        seconds = round(time.monotonic() - started, 1)
        _settle(environment, seconds)
        say(_("Environnement « {image} » prêt en {seconds} s.").format(image=image, seconds=seconds))
    return environment


def made(data: DataFolder) -> list[Environment]:
    """Every whole environment of the data folder, those that no image asks for any more included."""
    return [
        Environment(image=folder.name.rpartition("-")[0], lock=folder.name.rpartition("-")[2], folder=folder)
        for folder in sorted(data.environments.glob("*-*"))
        if (folder / COMPLETE).is_file()
    ]


def remove(environment: Environment) -> None:
    """Remove it; its mark goes first, so that what is left of it is never taken for whole."""
    with _alone(environment, lambda _line: None):
        (environment.folder / COMPLETE).unlink(missing_ok=True)
        shutil.rmtree(environment.folder, ignore_errors=True)


def _make(environment: Environment, requirements: Path, data: DataFolder, say: Say) -> None:
    if environment.folder.exists():
        shutil.rmtree(environment.folder)
    python = shared_interpreter(data)
    _run([str(python), "-m", "venv", "--without-pip", str(environment.folder)], environment.image, say)
    _run(
        [
            # The lock is the whole list: what it leaves out on purpose is not asked for again.
            *(uv_program(), "pip", "install", "--require-hashes", "--no-deps", "--no-config", "--no-build"),
            *("--compile-bytecode", "--python", str(environment.python), "-r", str(requirements)),
        ],
        environment.image,
        say,
    )


def _run(command: list[str], image: str, say: Say) -> None:
    """Run a command, tell what it downloads. Raises `Failed` with the end of what it printed."""
    downloads, tail = Downloads(), ""
    with subprocess.Popen(
        command, env={**os.environ, **index_environment()}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            tail = (tail + line)[-1500:]
            if told := downloads.hear(line):
                say(told)
    if process.returncode:
        raise Failed(
            "environment.install",
            "l’environnement « {image} » n’a pas pu être fait : {reason}",
            hint="Vérifiez l’accès à l’index de paquets (celui que pip utilise), puis recommencez : "
            "ce qui est téléchargé est gardé.",
            image=image,
            reason=tail.strip(),
        )


def lab_settings() -> dict[str, bytes]:
    """JupyterLab's settings for an image that has it: file of ``share/jupyter/lab/settings`` → content."""
    return {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "lab").glob("*.json"))}


def _settle(environment: Environment, seconds: float) -> None:
    """French JupyterLab, readable by everyone, and the mark that it is whole, last."""
    settings = environment.folder / "share" / "jupyter" / "lab" / "settings"
    if settings.parent.is_dir():
        for name, content in lab_settings().items():
            write_atomically(settings / name, content)
    for folder, _folders, files in os.walk(environment.folder):
        Path(folder).chmod(0o755)  # read by every session, run and dashboard
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink() and path.stat().st_mode & 0o044 != 0o044:
                path.chmod(path.stat().st_mode | 0o044)
    told = {"image": environment.image, "lock": environment.lock, "seconds": seconds}
    write_atomically(environment.folder / COMPLETE, json.dumps(told).encode())


def _demand_space(folder: Path, size_mb: int, image: str) -> None:
    free = shutil.disk_usage(folder).free // 1024**2
    if free < size_mb:
        raise Failed(
            "environment.disk",
            "il reste {free} Mo sur le disque ; l’environnement « {image} » en demande {size}",
            where=str(folder),
            hint="Libérez de la place, ou changez ARCHIPEL_DATA de disque.",
            free=free,
            image=image,
            size=size_mb,
        )


def _unwritable(folder: Path, error: OSError) -> Conflict:
    return Conflict(
        "data.unwritable",
        "le dossier de données ne peut pas être écrit : {reason}",
        where=str(folder),
        hint="Donnez-en un autre par ARCHIPEL_DATA.",
        reason=error.strerror or str(error),
    )


@contextmanager
def _alone(environment: Environment, say: Say) -> Iterator[None]:
    """Two commands that want the same environment make it once."""
    path = environment.folder.with_name(f".{environment.folder.name}.lock")
    try:
        stream = path.open("w")
    except OSError as error:
        raise _unwritable(path.parent, error) from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(_("Une autre commande prépare « {image} » ; on l’attend…").format(image=environment.image))
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
