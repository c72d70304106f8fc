"""A release whose store is wrong is told so by its pods, and is never half there."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from archipel.deploy.review import overlaid
from support.gateway import Gateway, available
from support.kubectl import kubectl
from support.outside import BUCKET, STORE_SECRET, put_secret
from support.places import Cluster
from support.source import ROOT
from support.workspace import wait_for

pytestmark = pytest.mark.needs_cluster

READERS = {"hub", "portal", "scheduler", "dashboards", "mlflow"}


@pytest.fixture(scope="module")
def elsewhere(place: Cluster) -> Iterator[str]:
    """A namespace of its own for releases that must not come up."""
    if not available() or not os.environ.get("ARCHIPEL_OUTSIDE"):
        pytest.skip("needs the S3 server of this machine: versitygw on the PATH (tests/cluster/run)")
    name = f"{place.namespace}-sans-magasin"
    kubectl("create", "namespace", name)
    kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
    yield name
    subprocess.run(["helm", "uninstall", "archipel", "-n", name], check=False, capture_output=True)
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secret": "faux"}, "le magasin d’objets refuse ces clés"),
        ({"bucket": "absent"}, "le magasin d’objets n’a pas ce seau"),
        ({"url": "http://{address}:9"}, "le magasin d’objets ne répond pas"),
    ],
    ids=["keys", "bucket", "address"],
)
def test_a_wrong_store_is_told_and_nothing_comes_up(
    place: Cluster, elsewhere: str, wrong: dict[str, str], words: str, tmp_path: Path
) -> None:
    gateway = Gateway(Path(os.environ["ARCHIPEL_OUTSIDE"]))
    gateway.start()
    files = gateway.files(
        secret=wrong.get("secret", ""), url=wrong.get("url", "").format(address=gateway.address)
    )
    put_secret(elsewhere, STORE_SECRET, *(f"--from-file={name}={path}" for name, path in files.items()))
    told = subprocess.run(
        ["helm", "get", "values", "archipel", "-n", place.namespace, "-o", "yaml"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    own = {
        "oidc": {"enabled": False},
        "database": {"existingSecret": "", "internal": {"enabled": True}},
        "store": {
            "url": f"s3://{wrong.get('bucket', BUCKET)}",
            "existingSecret": STORE_SECRET,
            "claim": {"enabled": False},
        },
        "proxy": {"service": {"type": "ClusterIP", "nodePorts": {"http": None}}},
        "networkPolicy": {"store": [{"cidr": f"{gateway.address}/32", "port": gateway.port}]},
    }
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump(overlaid(yaml.safe_load(told), own)), encoding="utf-8")
    done = subprocess.run(
        [*("helm", "upgrade", "--install", "archipel", str(ROOT / "charts" / "archipel"), "-n", elsewhere),
         *("--values", str(values), "--wait", "--timeout", "30s")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0, done.stdout
    wait_for(lambda: Told(elsewhere, words).by == READERS, seconds=150, every=2)
    told = Told(elsewhere, words)
    assert told.ready == set()
    assert "Traceback" not in told.said
    if "url" not in wrong:
        # What is wrong for good is in the pods' own status, where `kubectl describe` shows it.
        wait_for(lambda: words in Told(elsewhere, words).statuses, seconds=60)


class Told:
    """What the readers of the store say of it now, in their logs and statuses.

    ``by``: components that say ``words``; ``ready``: those that take requests all the same.
    """

    def __init__(self, namespace: str, words: str) -> None:
        self.by: set[str] = set()
        self.ready: set[str] = set()
        self.said = self.statuses = ""
        for pod in json.loads(kubectl("get", "pods", "-n", namespace, "-o", "json"))["items"]:
            component = pod["metadata"]["labels"]["app.kubernetes.io/component"]
            if component not in READERS or "deletionTimestamp" in pod["metadata"]:
                continue
            status = pod["status"]
            if any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", ())):
                self.ready.add(component)
            said = statuses = json.dumps(status.get("containerStatuses", []), ensure_ascii=False)
            for previous in ((), ("--previous",)):
                logs = ["kubectl", "logs", "-n", namespace, pod["metadata"]["name"], *previous]
                said += subprocess.run(logs, capture_output=True, text=True, check=False).stdout
            if words in said:
                self.by.add(component)
            self.said, self.statuses = self.said + said, self.statuses + statuses
