"""The data folder and the machine, before anything starts: what stands in the way, said with a next step."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from archipel.datafolder import FORMAT, DataFolder
from archipel.environments.interpreter import reachable_by_others
from archipel.errors import Conflict, Failed, Refused
from archipel.hub.supervisor import alive
from archipel.output import write_atomically
from archipel.texts import N_
from archipel.workspace import CHILDREN, Workspace

MIN_FREE_MB = 200


def prepare(data: DataFolder) -> None:
    """Make the folder, check that it is writable, of our format, and reachable by whom it serves."""
    try:
        data.root.mkdir(parents=True, exist_ok=True)
        probe = data.root / ".probe"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise _unwritable(data, error) from None
    check_format(data)
    free = shutil.disk_usage(data.root).free // 1024**2
    if free < MIN_FREE_MB:
        raise Failed(
            "place.full",
            "il reste {free} Mo là où sont les données ; il en faut {minimum} au moins",
            where=str(data.root),
            hint="Libérez de la place, ou changez ARCHIPEL_DATA de disque.",
            free=free,
            minimum=MIN_FREE_MB,
        )
    for folder in (data.hub, data.logs, data.running, data.inputs, data.mlflow, data.ledger.parent):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    for folder in (data.homes, data.content, data.environments):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    data.artifacts.mkdir(exist_ok=True)
    data.artifacts.chmod(0o711)
    data.root.chmod(0o755)
    if os.geteuid() == 0 and not reachable_by_others(data.root):
        raise Failed(
            "place.unreachable",
            "ce qui tourne sans privilège ne peut pas traverser le dossier des données",
            where=str(data.root),
            hint="Choisissez un dossier hors d’un répertoire privé : ARCHIPEL_DATA=/var/lib/archipel",
        )


def check_format(data: DataFolder) -> None:
    """Our format, or none yet (then ours is written). Raises `Refused` for a newer one."""
    try:
        found = int(data.format_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        write_atomically(data.format_file, f"{FORMAT}\n".encode())
        return
    except ValueError:
        raise Refused(
            "place.format-unreadable",
            "le fichier « format » du dossier des données est illisible",
            where=str(data.format_file),
            hint="Est-ce bien un dossier de données d’Archipel ?",
        ) from None
    if found > FORMAT:
        raise Refused(
            "place.newer",
            "ces données sont au format {found}, plus récent que celui de cette version ({ours})",
            where=str(data.root),
            hint="Démarrez avec la version d’Archipel qui les a écrites.",
            found=found,
            ours=FORMAT,
        )


def _unwritable(data: DataFolder, error: OSError) -> Failed:
    sentences = {
        errno.EROFS: N_("le dossier des données est en lecture seule"),
        errno.ENOSPC: N_("le disque des données est plein"),
        errno.EACCES: N_("vous n’avez pas le droit d’écrire dans le dossier des données"),
        errno.EPERM: N_("vous n’avez pas le droit d’écrire dans le dossier des données"),
        errno.ENOTDIR: N_("le dossier des données est sous un fichier"),
    }
    return Failed(
        "place.unwritable",
        sentences.get(error.errno or 0, N_("le dossier des données n’est pas utilisable : {reason}")),
        where=str(data.root),
        hint="Donnez-en un autre : ARCHIPEL_DATA=/chemin archipel up",
        reason=error.strerror,
    )


@contextmanager
def alone(data: DataFolder) -> Iterator[None]:
    """One start at a time on a data folder. Raises `Conflict` while another is under way."""
    with (data.running / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "place.starting",
                "un autre démarrage est en cours sur ce dossier",
                where=str(data.root),
                hint="« archipel status » dira quand il a fini.",
            ) from None
        yield


def demand_stopped(data: DataFolder) -> None:
    """Raises `Conflict` when a workspace already runs on this folder."""
    known = Workspace.read(data.workspace_file)
    if known is not None and alive(known):
        raise Conflict(
            "place.running",
            "l’espace de travail tourne déjà : {url}",
            hint="« archipel login » donne un lien, « archipel down » l’arrête.",
            url=known.url,
        )
    data.workspace_file.unlink(missing_ok=True)


def demand_port(bind: str, port: int) -> None:
    """Raises `Conflict` when somebody listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except PermissionError:
            raise Refused(
                "place.port-privileged",
                "le port {port} demande les droits de root",
                hint="Choisissez-en un au-dessus de 1023 : archipel up --port 8000",
                port=port,
            ) from None
        except OSError as error:
            raise Conflict(
                "place.port-taken",
                "le port {port} est déjà pris sur {bind} ({reason})",
                hint="Choisissez-en un autre : archipel up --port {other}",
                port=port,
                bind=bind,
                reason=error.strerror,
                other=port + 1 if port < 65535 else 8000,
            ) from None


def inner_ports(before: Workspace | None) -> dict[str, int]:
    """A free loopback port for each inner service, all different.

    Those of ``before``, a workspace that ended without stopping, where they are free: sessions that
    outlived it know them.
    """
    names = [child for child in CHILDREN if child != "proxy"] + ["proxy_api"]
    if before is not None and set(before.ports) == set(names) and all(map(_free, before.ports.values())):
        return dict(before.ports)
    probes = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _name in names]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in zip(names, probes, strict=True)}
    finally:
        for probe in probes:
            probe.close()


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
