"""This release's own code where sessions, runs and dashboards can read it: a copy, never a link.

What runs unprivileged reads neither the clone nor `.venv`, which may lie under a private home. Packages of
défis are not in the copy: they come from the content's commit (or the person's clone), next on the path.
"""

from __future__ import annotations

import compileall
import hashlib
import shutil
from pathlib import Path

import archipel
from archipel.datafolder import DataFolder


def ensure_platform_code(data: DataFolder) -> Path:
    """A folder to put first on PYTHONPATH, named after the hash of what it holds."""
    source = Path(archipel.__file__).parent
    files = platform_files(source)
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(source).as_posix()}\0{len(content)}\0".encode() + content)
    target = data.root / "platform" / digest.hexdigest()[:12]
    if target.is_dir():
        return target
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for path in files:
        copy = part / "archipel" / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    # Who reads it may not write beside it, and would compile it at every start.
    compileall.compile_dir(part, quiet=2, stripdir=str(part), prependdir=str(target))
    for folder in (data.root / "platform", part, *part.rglob("*")):
        folder.chmod(0o755 if folder.is_dir() else 0o644)
    try:
        part.rename(target)
    except OSError:
        # Another command made it meanwhile: the same content.
        shutil.rmtree(part, ignore_errors=True)
    return target


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
