"""This release's own code where sessions, runs and dashboards can read it: a copy, never a link.

What runs unprivileged reads neither the clone nor `.venv`, which may lie under a private home. Packages of
défis are not in the copy: they come from the content's commit (or the person's clone), next on the path.
"""

from __future__ import annotations

import compileall
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import archipel
from archipel.datafolder import DataFolder


def ensure_platform_code(data: DataFolder) -> Path:
    """A folder to put first on PYTHONPATH, named after the hash of what it holds."""
    contents = platform_contents()
    target = data.root / "platform" / release_of(contents)
    if not target.is_dir():
        _write(contents, target)
    return target


def platform_contents() -> dict[str, bytes]:
    """What a release is made of: every file of the copy, by its path in it."""
    package = Path(archipel.__file__).parent
    files = {f"archipel/{path.relative_to(package).as_posix()}": path for path in platform_files(package)}
    return {name: path.read_bytes() for name, path in files.items()} | _metadata()


def release_of(contents: Mapping[str, bytes]) -> str:
    """Twelve hexadecimal digits: the same code has the same name on a machine and in a container image."""
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


def platform_files(package: Path) -> list[Path]:
    """The files of the package, without what Python compiled and without the défis' own packages."""
    return sorted(
        path
        for path in package.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix != ".pyc"
        and (path.relative_to(package).parts[0] != "defis" or path == package / "defis" / "__init__.py")
    )


def _metadata() -> dict[str, bytes]:
    """What makes of the copy an installed distribution: its version, and the seams it declares."""
    folder = f"archipel-{archipel.__version__}.dist-info"
    lines = ("Metadata-Version: 2.1", "Name: archipel", f"Version: {archipel.__version__}", "")
    told = {f"{folder}/METADATA": "\n".join(lines).encode()}
    try:
        seams = distribution("archipel").read_text("entry_points.txt")
    except PackageNotFoundError:
        seams = None
    return told | ({f"{folder}/entry_points.txt": seams.encode()} if seams else {})


def _write(contents: Mapping[str, bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    for name, content in contents.items():
        copy = part / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    # Who reads it may not write beside it, and would compile it at every start.
    compileall.compile_dir(part, quiet=2, stripdir=str(part), prependdir=str(target))
    for path in (part.parent, part, *part.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    try:
        part.rename(target)
    except OSError:
        # Another command made it meanwhile: the same content.
        shutil.rmtree(part, ignore_errors=True)
