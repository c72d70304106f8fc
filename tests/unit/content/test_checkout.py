"""What of a repository is content, and folders that nobody writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from archipel.cli.content import status_lines
from archipel.content import pinned
from archipel.content.checkout import remove_tree, runs_from_content, seal
from archipel.datafolder import DataFolder

COMMIT = "a" * 40


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("catalog/images.yaml", True),
        ("notebooks/bonjour/execution.ipynb", True),
        ("src/archipel/defis/bonjour/model.py", True),
        ("src/archipel/defis/__init__.py", True),
        ("src/autre/__init__.py", True),
        ("images/base/requirements.txt", True),
        ("src/archipel/__init__.py", False),
        ("src/archipel/output.py", False),
        ("src/archipel/hub/session.py", False),
        ("README.md", False),
        ("", False),
    ],
)
def test_of_the_package_only_defis_are_content(name: str, expected: bool) -> None:
    assert runs_from_content(name) is expected


def test_sealed_folder_is_readable_by_all_and_removed_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    (folder / "catalog").mkdir(parents=True)
    (folder / "catalog" / "images.yaml").write_text("images: {}\n")
    seal(folder)
    assert (folder / "catalog").stat().st_mode & 0o777 == 0o555
    assert (folder / "catalog" / "images.yaml").stat().st_mode & 0o777 == 0o444
    remove_tree(folder)
    assert not folder.exists()
    remove_tree(folder)


def test_nothing_is_pinned_at_first(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    assert pinned(data) is None
    data.content.mkdir()
    (data.content / "pinned").write_text(f"{COMMIT}\n")
    current = pinned(data)
    assert current is not None
    assert current.commit == COMMIT
    assert current.folder == tmp_path / "content" / "checkouts" / COMMIT


def told(**changes: object) -> dict[str, object]:
    return {
        "pinned": COMMIT,
        "source": "/clone",
        "head": COMMIT,
        "behind": 0,
        "changed": [],
        "uncommitted": [],
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, [f"Épinglé : {COMMIT}", f"Dépôt   : {COMMIT} (/clone)", "Le dépôt en est là."]),
        ({"head": None}, [f"Épinglé : {COMMIT}", "« /clone » n’est pas un dépôt git."]),
        (
            {"pinned": None, "behind": None},
            [
                "Épinglé : rien encore",
                f"Dépôt   : {COMMIT} (/clone)",
                "Pour le prendre : archipel content take HEAD",
            ],
        ),
        (
            {"pinned": "b" * 40, "behind": 2, "changed": [f"notebooks/{n}.ipynb" for n in range(10)]},
            [
                f"Épinglé : {'b' * 40}",
                f"Dépôt   : {COMMIT} (/clone)",
                "Pour le prendre : archipel content take HEAD",
                "Ce qui change : " + ", ".join(f"notebooks/{n}.ipynb" for n in range(8)) + " et 2 autres",
            ],
        ),
        (
            {"pinned": "b" * 40, "behind": None, "uncommitted": ["catalog/images.yaml"]},
            [
                f"Épinglé : {'b' * 40}",
                f"Dépôt   : {COMMIT} (/clone)",
                "Le commit épinglé vient d’un autre dépôt.",
                "Pas encore dans un commit : catalog/images.yaml",
            ],
        ),
    ],
)
def test_status_is_told_in_sentences(changes: dict[str, object], lines: list[str]) -> None:
    assert status_lines(told(**changes)) == lines
