"""Docker, Podman and Buildah: what each is asked, as a command line. Only `find` runs anything."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from archipel.errors import Refused
from archipel.names import IMAGE_HOME

OPEN = ("/tmp", IMAGE_HOME, "/data")  # noqa: S108  # folders of the container, not of this machine
"""What a container may write, as on Kubernetes: its root file system is read-only."""
PROBE_SECONDS = 30


@dataclass(frozen=True)
class Build:
    """One build. ``secrets``: mount → file, which no image keeps; ``target``: "" for the last stage."""

    reference: str
    dockerfile: Path
    context: Path
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Path] = field(default_factory=dict)

    def words(self) -> list[str]:
        """What all three call the same."""
        return [
            *("--file", str(self.dockerfile), "--tag", self.reference),
            *(["--target", self.target] if self.target else []),
            *(f"--build-arg={name}={value}" for name, value in self.arguments.items()),
            *(f"--label={name}={value}" for name, value in self.labels.items()),
            *(f"--secret=id={name},src={path}" for name, path in self.secrets.items()),
            str(self.context),
        ]


class Engine(Protocol):
    """A program that builds and holds images; each method is its command line."""

    @property
    def name(self) -> str: ...

    def probe(self) -> list[str]:
        """Succeeds where it works here."""

    def build(self, build: Build) -> list[str]: ...

    def inspect(self, reference: str) -> list[str]:
        """Prints what the image is, as JSON; fails where there is no such image."""

    def labels(self, printed: str) -> dict[str, str]:
        """The labels in what `inspect` printed."""

    def history(self, reference: str) -> list[str]:
        """Prints everything that the image says of itself: commands, variables."""

    def pull(self, reference: str) -> list[str]: ...

    def push(self, reference: str) -> list[str]: ...

    def save(self, reference: str, file: Path) -> list[str]:
        """Into a docker-archive, with its name."""

    def load_root(self, tree: Path, reference: str) -> list[str]:
        """An image made of one file system (a tar archive)."""

    def run(self, reference: str, command: Sequence[str], env: Mapping[str, str], user: str) -> list[str]:
        """Run a command as a restricted pod would: no network, read-only but for `OPEN`, its standard input
        ours. ``user``: ``uid:gid``, or "" for the image's own."""


@dataclass(frozen=True)
class Docker:
    """Podman, too, says nearly everything the same way."""

    name: str = "docker"

    def probe(self) -> list[str]:
        return [self.name, "info"]

    def build(self, build: Build) -> list[str]:
        # BuildKit knows the mounts; Docker before 23 wants to be asked for it.
        return ["env", "DOCKER_BUILDKIT=1", self.name, "build", *build.words()]

    def inspect(self, reference: str) -> list[str]:
        return [self.name, "image", "inspect", reference]

    def labels(self, printed: str) -> dict[str, str]:
        return json.loads(printed)[0]["Config"].get("Labels") or {}

    def history(self, reference: str) -> list[str]:
        script = f'{self.name} history --no-trunc "$1" && {self.name} image inspect "$1"'
        return ["sh", "-c", script, "sh", reference]

    def pull(self, reference: str) -> list[str]:
        return [self.name, "pull", "--quiet", reference]

    def push(self, reference: str) -> list[str]:
        return [self.name, "push", reference]

    def save(self, reference: str, file: Path) -> list[str]:
        return [self.name, "save", "--output", str(file), reference]

    def load_root(self, tree: Path, reference: str) -> list[str]:
        return [self.name, "import", "--change", 'CMD ["/bin/bash"]', str(tree), reference]

    def run(self, reference: str, command: Sequence[str], env: Mapping[str, str], user: str) -> list[str]:
        return [
            *(self.name, "run", "--rm", "--interactive", "--network=none", "--read-only"),
            *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--entrypoint="),
            *(f"--tmpfs={folder}:mode=1777,exec" for folder in OPEN),
            *(f"--env={name}={value}" for name, value in env.items()),
            *([f"--user={user}"] if user else []),
            *(reference, *command),
        ]


@dataclass(frozen=True)
class Podman(Docker):
    name: str = "podman"

    def build(self, build: Build) -> list[str]:
        # The machine's proxy may hold a password: the build's settings carry it, not variables.
        return [self.name, "build", "--pull=never", "--http-proxy=false", *build.words()]

    def save(self, reference: str, file: Path) -> list[str]:
        return [self.name, "save", "--format=docker-archive", "--output", str(file), reference]


RUN = f"""
reference=$1 user=$2; shift 2
container=$(buildah from --pull-never "$reference")
trap 'buildah rm "$container" >/dev/null' EXIT
config() {{ buildah inspect --type image --format "$1" "$reference"; }}
told=$(config '{{{{range .OCIv1.Config.Env}}}}{{{{println .}}}}{{{{end}}}}')
[ "$user" ] || user=$(config '{{{{.OCIv1.Config.User}}}}')
root=$(buildah mount "$container")
IFS='
'
set -- "$root" "$user" env -i $told "$@"
unshare --mount --net --ipc sh -euc '
root=$1 user=$2; shift 2
mount --bind "$root" "$root"
for seen in dev proc sys; do mount --rbind "/$seen" "$root/$seen"; done
for open in {" ".join(OPEN)}; do mount -t tmpfs -o mode=1777 tmpfs "$root$open"; done
mount -o remount,bind,ro "$root"
cd "$root"
exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" "$@"
' sh "$@"
"""
"""Buildah has no `run --read-only`: the same, from the image's own file system and variables."""


@dataclass(frozen=True)
class Buildah:
    """As root, without a daemon and without user namespaces: where nothing else can be had."""

    name: str = "buildah"

    def probe(self) -> list[str]:
        return ["sh", "-c", 'test "$(id -u)" = 0 && buildah info && command -v unshare']

    def build(self, build: Build) -> list[str]:
        own = ("--isolation=chroot", "--pull-never", "--http-proxy=false")
        return [self.name, "build", *own, *build.words()]

    def inspect(self, reference: str) -> list[str]:
        # Its templates cannot print JSON: the whole is read.
        return [self.name, "inspect", "--type=image", reference]

    def labels(self, printed: str) -> dict[str, str]:
        return json.loads(printed)["OCIv1"]["config"].get("Labels") or {}

    def history(self, reference: str) -> list[str]:
        return [self.name, "inspect", "--type=image", reference]

    def pull(self, reference: str) -> list[str]:
        return [self.name, "pull", "--quiet", reference]

    def push(self, reference: str) -> list[str]:
        return [self.name, "push", reference]

    def save(self, reference: str, file: Path) -> list[str]:
        return [self.name, "push", "--quiet", reference, f"docker-archive:{file}:{reference}"]

    def load_root(self, tree: Path, reference: str) -> list[str]:
        script = (
            'c=$(buildah from scratch) && buildah add --quiet "$c" "$1" / '
            '&& buildah config --cmd /bin/bash "$c" && buildah commit --quiet --rm "$c" "$2"'
        )
        return ["sh", "-c", script, "sh", str(tree), reference]

    def run(self, reference: str, command: Sequence[str], env: Mapping[str, str], user: str) -> list[str]:
        told = [f"{name}={value}" for name, value in env.items()]
        return ["sh", "-euc", RUN, "sh", reference, user, *told, *command]


ENGINES: dict[str, Engine] = {engine.name: engine for engine in (Docker(), Podman(), Buildah())}


def find(name: str = "") -> Engine:
    """The engine of that name, or the first that really works here. Raises `Refused`."""
    for engine in [ENGINES[name]] if name else ENGINES.values():
        if _works(engine.probe()):
            return engine
    if name:
        raise Refused(
            "image.engine",
            "« {name} » ne fonctionne pas ici",
            hint="« {name} info » dit pourquoi ; buildah se lance en tant que root.",
            name=name,
        )
    raise Refused(
        "image.no-engine",
        "aucun outil ne construit d’images ici (essayés : {names})",
        hint="Installez docker, podman, ou buildah (Debian, en tant que root : « apt-get install buildah »).",
        names=", ".join(ENGINES),
    )


def _works(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=PROBE_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
