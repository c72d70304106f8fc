"""The release of the cluster that ``KUBECONFIG`` names, for what only a cluster shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from support.places import Cluster, Visitor


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
