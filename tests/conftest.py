"""One personal and one shared workspace for a whole tier, started when the first test asks for them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from support.workspace import TestWorkspace, built_environments

PEOPLE = {
    "essai-alice": ("pilotes", "agents"),
    "essai-bruno": ("agents",),
    "essai-chef": (),
    "essai-dora": (),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the expected renders anew")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden: a render is reviewed where it is changed, never in CI")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever makes accounts of the machine comes last: a tier that runs beside has had its own by then."""
    items.sort(key=lambda item: item.get_closest_marker("accounts") is not None)


def pytest_runtest_setup() -> None:
    """``TESTS_END``, in seconds since 1970: none starts later."""
    if time.time() > float(os.environ.get("TESTS_END", "inf")):
        pytest.skip("no time left for it in this run")


@pytest.fixture(scope="session")
def update_golden(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--update-golden"))


@pytest.fixture(scope="session")
def _environments() -> None:
    if built_environments() is None:
        pytest.skip("needs the environments that `make install` makes")


@pytest.fixture(scope="session")
def personal(_environments: None) -> Iterator[TestWorkspace]:
    workspace = TestWorkspace(name="personnel")
    workspace.up()
    yield workspace
    workspace.remove()


@pytest.fixture(scope="session")
def shared(_environments: None) -> Iterator[TestWorkspace]:
    if os.geteuid() != 0:
        pytest.skip("needs root: one system account a person")
    workspace = TestWorkspace(shared=True, name="partage")
    workspace.add_people(PEOPLE, admins=("essai-chef",))
    workspace.up()
    yield workspace
    workspace.remove()
