"""Images made, found again, saved and pushed: what `archipel image` does with an engine."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import archipel
from archipel.deploy.engines import Build, Engine
from archipel.deploy.settings import build_settings
from archipel.deploy.tree import ContainerImage, Stage, Tree, revision, with_ancestors
from archipel.environments.checks import SYSTEM
from archipel.environments.packages import pip_settings
from archipel.errors import Failed, Refused
from archipel.texts import translate as _

Say = Callable[[str], None]
RECIPE = "archipel.recipe"
LAST_LINES = 1500
"""Characters kept of what a build that failed printed."""


@dataclass(frozen=True)
class Built:
    """One image after `ensure`. ``seconds``: what it took, 0 where it was there."""

    image: ContainerImage
    seconds: float


def ensure(tree: Tree, engine: Engine, names: Iterable[str], say: Say, force: bool = False) -> list[Built]:
    """Build what is missing of the images and of those they stand on; ``force``: all of them, anew.

    What is there under the same name and from the same recipe stays. Raises `Failed`, `Refused`.
    """
    built = []
    for name in with_ancestors(tree.catalog, names):
        image = tree.image(name)
        began = time.monotonic()
        made = [_ensure_stage(tree, engine, image, stage, force) for stage in image.stages]
        # Something was made, however quickly: 0 says that it was there.
        seconds = max(round(time.monotonic() - began, 1), 0.1) if any(made) else 0.0
        told = (
            _("{reference} : faite en {seconds} s.") if seconds else _("{reference} : déjà là, rien à faire.")
        )
        say(told.format(reference=image.runnable.reference, seconds=seconds))
        built.append(Built(image, seconds))
    return built


def present(engine: Engine, stage: Stage) -> bool:
    """Whether the stage is there, made from what is asked now."""
    return labels(engine, stage.reference).get(RECIPE) == stage.recipe


def labels(engine: Engine, reference: str) -> dict[str, str]:
    """Labels of an image; none where it is absent."""
    done = _called(engine.inspect(reference))
    return engine.labels(done.stdout) if done.returncode == 0 else {}


def demand_present(engine: Engine, image: ContainerImage) -> str:
    """The reference of an image that is there. Raises `Refused`."""
    if not present(engine, image.runnable):
        raise Refused(
            "image.absent",
            "l’image « {image} » n’est pas faite, ou plus à jour : {reference}",
            hint="« archipel image build {image} » la fait.",
            image=image.name,
            reference=image.runnable.reference,
        )
    return image.runnable.reference


def save(engine: Engine, image: ContainerImage, file: Path) -> None:
    """Into a docker-archive, which `docker load` and containerd take."""
    reference = demand_present(engine, image)
    # Some engines add to a file that is there rather than replace it.
    file.unlink(missing_ok=True)
    _demand(_called(engine.save(reference, file.absolute())), "save", reference)


def push(tree: Tree, engine: Engine, names: Iterable[str], say: Say) -> None:
    """To the region's registry; its password is the engine's own business (`docker login`)."""
    if not tree.region.images.registry:
        raise Refused(
            "image.no-registry",
            "aucun registre où pousser les images",
            hint="Donnez-le dans region.yaml : « images: {{prefix: registre.exemple/archipel/}} » ; sans "
            "registre, « archipel image save » écrit une archive.",
        )
    for reference in [demand_present(engine, tree.image(name)) for name in names]:
        _demand(_called(engine.push(reference)), "push", reference)
        say(_("{reference} : poussée.").format(reference=reference))


def _ensure_stage(tree: Tree, engine: Engine, image: ContainerImage, stage: Stage, force: bool) -> bool:
    if not force and present(engine, stage):
        return False
    if image.name == SYSTEM:
        _ensure_root(engine, stage.parent)
    with _prepared(tree, image, stage) as build:
        _demand(_called(engine.build(build)), "build", stage.reference)
    return True


def _ensure_root(engine: Engine, reference: str) -> None:
    if _called(engine.inspect(reference)).returncode == 0:
        return
    done = _called(engine.pull(reference))
    if done.returncode:
        raise Failed(
            "image.root",
            "l’image « {reference} » ne peut pas être prise : {reason}",
            hint="Donnez-en une de votre registre dans region.yaml (images: root:), ou faites-la avec les "
            "paquets de Debian : « archipel image root ».",
            reference=reference,
            reason=done.stderr.strip()[-300:],
        )


@contextmanager
def _prepared(tree: Tree, image: ContainerImage, stage: Stage) -> Iterator[Build]:
    """The context and the secrets in a folder of ours alone, for as long as the build lasts."""
    commit, when = revision(tree.content)
    with tempfile.TemporaryDirectory(prefix="archipel-image-") as folder:
        context, secrets = Path(folder) / "context", Path(folder) / "secrets"
        (Path(folder) / "Dockerfile").write_bytes(stage.dockerfile)
        write_files(stage.files, context, when or int(time.time()))
        texts = build_settings(tree.region, pip_settings(), os.environ)
        secrets.mkdir(mode=0o700)
        for name, text in texts.items():
            (secrets / name).write_text(text, encoding="utf-8")
        parent = "ENVIRONMENT" if stage is not image.packages else "PARENT"
        yield Build(
            reference=stage.reference,
            dockerfile=Path(folder) / "Dockerfile",
            context=context,
            target=stage.target,
            # The Dockerfile names both; only the one that this stage stands on is used.
            arguments={"PARENT": stage.parent, parent: stage.parent},
            labels=_labels(image, stage, commit),
            secrets={name: secrets / name for name in texts},
        )


def write_files(files: Mapping[str, bytes], folder: Path, when: int) -> None:
    """Readable by all, all of one date: the same files make the same layer."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (when, when))


def _labels(image: ContainerImage, stage: Stage, commit: str) -> dict[str, str]:
    told = {"archipel.image": image.name, "archipel.lock": image.lock, RECIPE: stage.recipe}
    if stage is not image.packages:
        told |= {
            "archipel.release": image.release,
            "org.opencontainers.image.revision": commit,
            "org.opencontainers.image.version": archipel.__version__,
        }
    return {"org.opencontainers.image.title": f"Archipel {image.name}", **told}


def _called(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")


def _demand(done: subprocess.CompletedProcess[str], verb: str, reference: str) -> None:
    if done.returncode == 0:
        return
    # Some engines tell a build's errors on one stream, some on the other.
    printed = f"{done.stdout.strip()[-LAST_LINES:]}\n{done.stderr.strip()[-LAST_LINES:]}".strip()
    raise Failed(
        "image.engine-failed",
        "« {verb} » a échoué pour {reference} :\n{reason}",
        hint="L’accès au réseau est celui que pip et region.yaml disent ; « archipel image build » reprend.",
        verb=verb,
        reference=reference,
        reason=printed,
    )
