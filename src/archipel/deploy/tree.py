"""The tree of images: what each is made from, and the names that follow. Pure but for reading the content.

``system`` (Debian and Python) is under every image; ``platform`` stands on it alone, the others as the
catalogue says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from archipel.catalog.models import Catalog
from archipel.catalog.needed import needed
from archipel.catalog.references import unknown
from archipel.catalog.region import Region, certificates
from archipel.content.git import git, is_repository
from archipel.environments.build import lab_settings, lock_of
from archipel.environments.checks import SYSTEM
from archipel.environments.platformcode import platform_contents, release_of
from archipel.errors import NotFound, Refusals
from archipel.names import image_reference
from archipel.texts import translate as _

PLATFORM = "platform"
POSTGRESQL = "postgresql"
"""The small database of a trial: Debian's, on ``system`` alone."""
PARTS = ("catalog", "notebooks", "src/archipel/defis", "images")
"""Parts of the content that the platform's image carries, for a workspace that has none of its own yet."""
Files = dict[str, bytes]


@dataclass(frozen=True)
class Stage:
    """One build: ``recipe`` changes with anything that goes into it; ``files`` are its context."""

    reference: str
    parent: str
    recipe: str
    dockerfile: bytes
    files: Mapping[str, bytes]
    target: str = ""


@dataclass(frozen=True)
class ContainerImage:
    """``packages``: what the lock gives, on which children stand; ``runnable``: with the platform's code."""

    name: str
    lock: str
    release: str
    packages: Stage
    runnable: Stage

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (self.packages,) if self.packages is self.runnable else (self.packages, self.runnable)


def image_names(catalog: Catalog) -> tuple[str, ...]:
    """Every image that can be built, parents first."""
    ordered: list[str] = []
    for name in catalog.images:
        ordered += [one for one in catalog.lineage(name) if one not in ordered]
    return (SYSTEM, *ordered, PLATFORM, POSTGRESQL)


def usual(catalog: Catalog) -> tuple[str, ...]:
    """Those that are built when none is named."""
    return (*needed(catalog), PLATFORM, POSTGRESQL)


def ancestry(catalog: Catalog, name: str) -> tuple[str, ...]:
    """The image and what it stands on, the root first."""
    if name == SYSTEM:
        return (SYSTEM,)
    return (SYSTEM, name) if name in (PLATFORM, POSTGRESQL) else (SYSTEM, *catalog.lineage(name))


def with_ancestors(catalog: Catalog, names: Iterable[str]) -> tuple[str, ...]:
    """Those and what they stand on, in the order in which they are built."""
    wanted = {one for name in names for one in ancestry(catalog, name)}
    return tuple(name for name in image_names(catalog) if name in wanted)


def demand_known(names: Iterable[str], catalog: Catalog) -> None:
    known = image_names(catalog)
    if errors := [unknown(name, known, _("l’image"), "") for name in names if name not in known]:
        raise Refusals(errors)


class Tree:
    """Every image of a content in a region, each read once.

    ``catalog``: of the content, or of the one whose locks are taken. ``locks``: another content, whose images
    are made under this release: the one that an older release pinned.
    """

    def __init__(self, content: Path, catalog: Catalog, region: Region, locks: Path | None = None) -> None:
        self.content, self.catalog, self.region = content, catalog, region
        self._locks = locks or content
        self.code = platform_contents()
        self.release = release_of(self.code)
        self._known: dict[str, ContainerImage] = {}

    def image(self, name: str) -> ContainerImage:
        if name not in self._known:
            made = {SYSTEM: self._system, POSTGRESQL: self._postgresql}
            self._known[name] = made[name]() if name in made else self._image(name)
        return self._known[name]

    def _system(self) -> ContainerImage:
        files = {
            f"authorities/{number:03}.crt": text.encode()
            for number, text in enumerate(certificates(self.region))
        }
        # An empty folder is no file: git's way of keeping one is what a build can copy.
        files["authorities/.keep"] = b""
        dockerfile, root = self._dockerfile(SYSTEM), self.region.images.root
        recipe = recipe_of(root, dockerfile, files)
        reference = image_reference(self.region.images.prefix, SYSTEM, recipe)
        stage = Stage(reference, root, recipe, dockerfile, files)
        return ContainerImage(SYSTEM, recipe, "", stage, stage)

    def _postgresql(self) -> ContainerImage:
        """No lock of Python's: it is named after its recipe, as ``system`` is."""
        parent, dockerfile = self.image(SYSTEM).packages, self._dockerfile(POSTGRESQL)
        files = {"start": (self.content / "images" / POSTGRESQL / "start").read_bytes()}
        recipe = recipe_of(parent.recipe, dockerfile, files)
        reference = image_reference(self.region.images.prefix, POSTGRESQL, recipe)
        stage = Stage(reference, parent.reference, recipe, dockerfile, files)
        return ContainerImage(POSTGRESQL, recipe, "", stage, stage)

    def _image(self, name: str) -> ContainerImage:
        prefix, lock = self.region.images.prefix, lock_of(self._lock_folder(name), name)
        parent = self.image(ancestry(self.catalog, name)[-2]).packages
        dockerfile = self._dockerfile(name)
        files = self._package_files(name)
        packages = Stage(
            reference=image_reference(prefix, name, lock),
            parent=parent.reference,
            recipe=recipe_of(parent.recipe, dockerfile, files),
            dockerfile=dockerfile,
            # Seen while the proxy is installed, and no part of what is made: not in the recipe.
            files={**files, **self._code_files()} if name == PLATFORM else files,
            target="environment",
        )
        files = self._code_files()
        if name == PLATFORM:
            files |= {f"content/{path}": text for path, text in default_content(self.content).items()}
        runnable = Stage(
            reference=image_reference(prefix, name, lock, self.release),
            parent=packages.reference,
            recipe=recipe_of(packages.recipe, dockerfile, files),
            dockerfile=dockerfile,
            files=files,
        )
        return ContainerImage(name, lock, self.release, packages, runnable)

    def _dockerfile(self, name: str) -> bytes:
        path = self.content / "images" / name / "Dockerfile"
        try:
            return path.read_bytes()
        except OSError:
            raise NotFound(
                "image.no-dockerfile",
                "l’image « {image} » n’a pas de Dockerfile",
                where=str(path),
                hint="Celui d’une image voisine convient : il installe requirements.txt sur son parent.",
                image=name,
            ) from None

    def _lock_folder(self, name: str) -> Path:
        """The platform's packages are its release's."""
        return self.content if name == PLATFORM else self._locks

    def _package_files(self, name: str) -> Files:
        requirements = self._lock_folder(name) / "images" / name / "requirements.txt"
        files = {"requirements.txt": requirements.read_bytes()}
        if name == PLATFORM:
            proxy = "archipel/hub/proxy/"
            locks = ("package.json", "package-lock.json")
            return files | {f"node/{lock}": self.code[proxy + lock] for lock in locks}
        return files | {f"settings/{file}": text for file, text in lab_settings().items()}

    def _code_files(self) -> Files:
        return {f"code/{path}": text for path, text in self.code.items()}


def recipe_of(parent: str, dockerfile: bytes, files: Mapping[str, bytes]) -> str:
    """Twelve hexadecimal digits of all that a build is given, but for the build's own settings."""
    digest = hashlib.sha256(f"{parent}\0".encode() + dockerfile)
    for name in sorted(files):
        digest.update(f"\0{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()[:12]


def default_content(content: Path) -> Files:
    """The files of the content that a new workspace starts with: those of git where it is a clone."""
    if is_repository(content):
        listed = git("ls-files", "-z", "--", *PARTS, folder=content)
        names = [name for name in listed.split("\0") if name]
    else:
        found = (path for part in PARTS for path in (content / part).rglob("*"))
        names = [path.relative_to(content).as_posix() for path in found]
    return {
        name: (content / name).read_bytes()
        for name in sorted(names)
        if _is_content(name) and (content / name).is_file()
    }


def _is_content(name: str) -> bool:
    parts = name.split("/")
    if any(part.startswith(".") or part in ("__pycache__", "sortie") for part in parts):
        return False
    return parts[0] != "images" or parts[-1] == "requirements.txt"


def revision(content: Path) -> tuple[str, int]:
    """The clone's commit and its date (seconds); "" and 0 for what is no clone."""
    if not is_repository(content):
        return "", 0
    commit, when = git("log", "-1", "--format=%H %ct", folder=content).split()
    return commit, int(when)
