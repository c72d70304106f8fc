"""The places that the suite is run in: this machine always, a cluster where ``KUBECONFIG`` names one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from support.places import Cluster, Machine, Place, Visitor
from support.workspace import built_environments

WANTED = os.environ.get("ARCHIPEL_PLACE", "machine")
"""``machine`` or ``cluster``: the bodies are the same."""


@pytest.fixture(scope="session", params=[WANTED])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    found: Machine | Cluster
    if request.param == "cluster":
        if not os.environ.get("KUBECONFIG") or not shutil.which("kubectl"):
            pytest.skip("needs a cluster: KUBECONFIG, and kubectl on the PATH (make test-cluster)")
        found = Cluster()
    else:
        if built_environments() is None:
            pytest.skip("needs the environments that `make install` makes")
        if os.geteuid() != 0:
            pytest.skip("needs root: one system account a person")
        found = Machine()
    yield found
    found.remove()


@pytest.fixture(scope="session")
def visitor(place: Place) -> Iterator[Visitor]:
    made = Visitor(place)
    yield made
    made.close()
