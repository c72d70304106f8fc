"""The content repository with a real git: taken in whole, validated, pinned, cloned, proposed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archipel.content import ensure_pinned, pinned, take
from archipel.content.repository import repository, status
from archipel.content.workingcopy import bundle, ensure_clone, snapshot, unpack_snapshot
from archipel.datafolder import DataFolder
from archipel.environments.platformcode import ensure_platform_code
from archipel.errors import Refused


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git's settings of this machine stay as they are, and out of the tests."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@localhost")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def fill(folder: Path) -> Path:
    for name, text in {
        "catalog/images.yaml": "images: {}\n",
        "notebooks/salut/execution.ipynb": "{}\n",
        "src/archipel/__init__.py": "raise RuntimeError('the platform of the clone was imported')\n",
        "src/archipel/output.py": "raise RuntimeError\n",
        "src/archipel/defis/salut/__init__.py": "WORD = 'salut'\n",
        "README.md": "# Essai\n",
        ".gitignore": "*.tmp\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = fill(tmp_path / "source")
    git(folder, "init", "--quiet", "--initial-branch=main")
    return commit(folder)


def commit(folder: Path) -> Path:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Essai")
    return folder


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD")


def accept(_folder: Path) -> None:
    """Nothing is wrong."""


def refuse(folder: Path) -> None:
    raise Refused("catalog.wrong", "faux", where=str(folder.name))


def test_a_commit_is_exported_pinned_and_sealed(data: DataFolder, source: Path) -> None:
    seen: list[set[str]] = []
    checkout = take(data, source, "HEAD", lambda folder: seen.append({p.name for p in folder.iterdir()}))
    assert checkout.commit == head(source)
    assert pinned(data) == checkout
    assert seen == [{"catalog", "notebooks", "src"}]
    package = checkout.folder / "src" / "archipel"
    assert [p.name for p in package.iterdir() if p.name != "__pycache__"] == ["defis"]
    files = [p for p in checkout.folder.rglob("*") if p.is_file()]
    assert files
    assert {p.stat().st_mode & 0o777 for p in files} == {0o444}
    assert git(repository(data), "rev-parse", "main") == checkout.commit


def test_what_runs_of_a_commit_is_the_defi_over_the_release(data: DataFolder, source: Path) -> None:
    checkout = take(data, source, "HEAD", accept)
    release = Path(sys.modules["archipel"].__file__ or "").parents[1]
    program = "import archipel.output as o, archipel.defis.salut as s; print(s.WORD, s.__file__, o.__file__)"
    path = os.pathsep.join([str(release), str(checkout.folder / "src")])
    printed = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    word, defi, output = printed.stdout.split()
    assert word == "salut"
    assert Path(defi).is_relative_to(checkout.folder)
    assert Path(output).is_relative_to(release)


def test_a_refused_commit_changes_nothing(data: DataFolder, source: Path) -> None:
    first = take(data, source, "HEAD", accept)
    (source / "catalog" / "images.yaml").write_text("images: faux\n")
    commit(source)
    with pytest.raises(Refused, match=r"catalog\.wrong|faux"):
        take(data, source, "HEAD", refuse)
    assert pinned(data) == first
    assert [p.name for p in first.folder.parent.iterdir()] == [first.commit]
    assert git(repository(data), "rev-parse", "main") == first.commit


def test_an_earlier_commit_is_taken_again(data: DataFolder, source: Path) -> None:
    first = head(source)
    take(data, source, "HEAD", accept)
    (source / "catalog" / "images.yaml").write_text("images: {} # bis\n")
    second = take(data, commit(source), "HEAD", accept)
    assert take(data, source, first[:10], accept).commit == first
    current = pinned(data)
    assert current is not None
    assert current.commit == first
    assert second.folder.is_dir()


@pytest.mark.parametrize("revision", ["nulle-part", "--upload-pack=mal", "HEAD:README.md", ""])
def test_what_is_no_commit_is_refused(data: DataFolder, source: Path, revision: str) -> None:
    with pytest.raises(Refused) as caught:
        take(data, source, revision, accept)
    assert str(caught.value) == (
        f"{source}: « {revision} » n’est pas un commit de ce dépôt. "
        "Faites d’abord un commit (git commit), puis donnez son identifiant."
    )
    assert pinned(data) is None


def test_a_link_in_the_content_is_refused(data: DataFolder, source: Path) -> None:
    (source / "notebooks" / "lien").symlink_to("/etc/passwd")
    with pytest.raises(Refused) as caught:
        take(data, commit(source), "HEAD", accept)
    assert str(caught.value) == "lien refusé dans le contenu : « notebooks/lien »"
    assert not any((data.content / "checkouts").iterdir())


def test_an_unpacked_archive_is_taken_as_it_stands_and_said(data: DataFolder, tmp_path: Path) -> None:
    folder = fill(tmp_path / "archive")
    (folder / "notebooks" / "brouillon.tmp").write_text("x")
    heard: list[str] = []
    first = ensure_pinned(data, folder, accept, heard.append)
    assert heard == [
        f"« {folder} » n’est pas un dépôt git : son contenu est pris tel quel.",
        f"Contenu épinglé : {first.commit[:10]}",
    ]
    assert (first.folder / "catalog" / "images.yaml").is_file()
    assert not (first.folder / "notebooks" / "brouillon.tmp").exists()
    assert take(data, folder, "HEAD", accept) == first
    with pytest.raises(Refused) as caught:
        take(data, folder, "main", accept)
    assert "ce n’est pas un dépôt git : il n’a pas de commit « main »" in str(caught.value)


def test_the_first_start_says_what_is_not_committed(data: DataFolder, source: Path) -> None:
    (source / "catalog" / "images.yaml").write_text("images: {} # en cours\n")
    (source / "catalog" / "été.yaml").write_text("x: 1\n")
    heard: list[str] = []
    checkout = ensure_pinned(data, source, accept, heard.append)
    assert heard == [
        "Pas encore dans un commit, donc pas pris : catalog/images.yaml, catalog/été.yaml",
        f"Contenu épinglé : {checkout.commit[:10]}",
    ]
    assert (checkout.folder / "catalog" / "images.yaml").read_text() == "images: {}\n"
    assert ensure_pinned(data, source, refuse, heard.append) == checkout
    assert len(heard) == 2
    commit(source)
    assert ensure_pinned(data, source, refuse, heard.append) == checkout
    assert heard[2:] == ["Commits du dépôt absents du contenu épinglé : 1 (archipel content take HEAD)"]


def test_status_tells_what_separates(data: DataFolder, source: Path) -> None:
    assert status(data, source)["pinned"] is None
    first = take(data, source, "HEAD", accept).commit
    (source / "notebooks" / "salut" / "execution.ipynb").write_text("{} \n")
    second = head(commit(source))
    (source / "catalog" / "images.yaml").write_text("images: {} # en cours\n")
    assert status(data, source) == {
        "pinned": first,
        "source": str(source),
        "head": second,
        "behind": 1,
        "changed": ["notebooks/salut/execution.ipynb"],
        "uncommitted": ["catalog/images.yaml"],
    }


def test_a_person_clones_changes_and_proposes(
    data: DataFolder, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(data, source, "HEAD", accept)
    monkeypatch.setenv("LOGNAME", "ada")
    clone = ensure_clone(tmp_path, str(repository(data)))
    assert clone == tmp_path / "contenu"
    assert git(clone, "config", "--local", "user.email") == "ada@localhost"
    (clone / "catalog" / "images.yaml").write_text("images: {} # proposé\n")
    commit(clone)
    assert ensure_clone(tmp_path, str(repository(data))) == clone

    sent, proposed = bundle(clone, "HEAD")
    parcel = tmp_path / "proposition.bundle"
    parcel.write_bytes(sent)
    taken = take(data, parcel, proposed, accept)
    assert taken.commit == head(clone)
    assert (taken.folder / "catalog" / "images.yaml").read_text() == "images: {} # proposé\n"

    parcel.write_bytes(b"pas un paquet git")
    with pytest.raises(Refused) as caught:
        take(data, parcel, proposed, accept)
    assert str(caught.value).startswith("envoi illisible : ")
    assert pinned(data) == taken


def test_a_draft_is_the_working_copy_as_it_stands(source: Path, tmp_path: Path) -> None:
    (source / "catalog" / "images.yaml").write_text("images: {} # en cours\n")
    (source / "notebooks" / "nouveau.ipynb").write_text("{}")
    (source / "notebooks" / "gros.tmp").write_text("ignoré")
    (source / "notebooks" / "lien").symlink_to("/etc/passwd")
    draft = tmp_path / "draft"
    unpack_snapshot(snapshot(source), draft)
    assert {p.relative_to(draft).as_posix() for p in draft.rglob("*") if p.is_file()} == {
        "catalog/images.yaml",
        "notebooks/nouveau.ipynb",
        "notebooks/salut/execution.ipynb",
        "src/archipel/defis/salut/__init__.py",
    }
    assert (draft / "catalog" / "images.yaml").read_text() == "images: {} # en cours\n"
    with pytest.raises(Refused) as caught:
        snapshot(draft)
    assert str(caught.value) == f"{draft}: ce dossier n’est pas un clone du contenu"


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: another account must be there")


NOBODY: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}


@needs_root
def test_another_account_reads_the_content_of_a_private_clone_and_writes_nothing(
    data: DataFolder, source: Path, tmp_path: Path
) -> None:
    # pytest's folders are 0700: what lies in the data folder must need no more than its own modes.
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o005 != 0o005 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    source.chmod(0o700)
    checkout = take(data, source, "HEAD", accept)
    data.root.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    program = (
        "from pathlib import Path; import sys; from archipel.content.workingcopy import ensure_clone;"
        "print(ensure_clone(Path(sys.argv[1]), sys.argv[2]))"
    )
    release = tmp_path / "release"
    code = ensure_platform_code(DataFolder(release))
    release.chmod(0o755)
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-c", program, str(home), str(repository(data))],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(code), "LOGNAME": "personne"},
        **NOBODY,
        capture_output=True,
        text=True,
        check=True,
    )
    clone = Path(done.stdout.strip())
    assert git(clone, "-c", f"safe.directory={clone}", "rev-parse", "HEAD") == checkout.commit
    written = subprocess.run(
        ["/bin/sh", "-c", f'echo x >> "{checkout.folder}/catalog/images.yaml"'],
        **NOBODY,
        capture_output=True,
    )
    assert written.returncode != 0
