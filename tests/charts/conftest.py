"""What the tier needs: helm, and a cluster for some; what is missing is told."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest

from support.helm import NAMESPACE


@pytest.fixture(autouse=True, scope="session")
def _helm() -> None:
    if shutil.which("helm") is None:
        pytest.skip("needs helm on PATH")


@pytest.fixture(scope="session")
def apply() -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """A server-side dry run in a restricted namespace of our own: nothing is kept of what is sent."""
    if not os.environ.get("KUBECONFIG") or shutil.which("kubectl") is None:
        pytest.skip("needs kubectl on PATH and KUBECONFIG, a cluster's")

    def kubectl(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = ["kubectl", *words]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=120)

    made = kubectl("create", "namespace", NAMESPACE)
    if made.returncode and "already exists" not in made.stderr:
        pytest.skip(f"the cluster does not answer: {made.stderr.strip()[:120]}")
    level = "pod-security.kubernetes.io/enforce=restricted"
    assert kubectl("label", "--overwrite", "namespace", NAMESPACE, level).returncode == 0
    # A pod is refused while the account that it runs under is not there.
    kubectl("wait", "--for=create", "serviceaccount/default", f"--namespace={NAMESPACE}", "--timeout=30s")
    sent = ("apply", "--dry-run=server", "--server-side", "--namespace", NAMESPACE, "--filename", "-")
    yield lambda text: kubectl(*sent, given=text)
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")
