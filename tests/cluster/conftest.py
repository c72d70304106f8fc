"""The release of the cluster that ``KUBECONFIG`` names, for what only a cluster shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import httpx
import pytest

from support.places import Cluster, Visitor

CHEF = "essai-chef"


@pytest.fixture(scope="session")
def place() -> Cluster:
    if not os.environ.get("KUBECONFIG") or not shutil.which("kubectl"):
        pytest.skip("needs a cluster: KUBECONFIG, and kubectl on the PATH (make test-cluster)")
    return Cluster()


@pytest.fixture(scope="session")
def visitor(place: Cluster) -> Iterator[Visitor]:
    made = Visitor(place)
    yield made
    made.close()


@pytest.fixture(scope="module")
def chef(visitor: Visitor) -> Iterator[httpx.Client]:
    """Who may take content in, with an open session."""
    browser = visitor.sign_in(CHEF)
    visitor.open_session(CHEF)
    yield browser
    visitor.close_session(CHEF)
