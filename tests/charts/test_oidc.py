"""The sign-in by a provider that the chart gives the hub, and nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from archipel.identity.oidc import load_oidc
from support.helm import manifests, render

CASE = "all-branches"


def pods() -> dict[str, dict[str, Any]]:
    """Component → the specification of its pod."""
    told = [one for one in manifests(CASE) if one["kind"] == "Deployment"]
    return {
        one["metadata"]["name"].removeprefix("archipel-"): one["spec"]["template"]["spec"] for one in told
    }


def test_the_hub_reads_what_it_reads_on_one_machine(tmp_path: Path) -> None:
    config = next(one for one in manifests(CASE) if one["metadata"]["name"] == "archipel-workspace")["data"]
    for name in ("oidc.yaml", "oidc-authorities.pem"):
        (tmp_path / name).write_text(config[name], encoding="utf-8")
    found = load_oidc(tmp_path / "oidc.yaml")
    assert (found.name, found.client_id, found.allowed_groups) == ("ProConnect", "archipel", ("agents",))
    assert found.client_secret_file == "/data/secrets/oidc"
    assert found.ca_bundle == str(tmp_path / "oidc-authorities.pem")
    assert config["oidc-authorities.pem"].startswith("-----BEGIN CERTIFICATE-----\n")


def test_the_client_s_secret_is_a_file_of_the_hub_alone() -> None:
    holding = {name for name, pod in pods().items() if "archipel-oidc" in yaml.safe_dump(pod)}
    assert holding == {"hub"}
    hub = pods()["hub"]
    sources = next(one for one in hub["volumes"] if one["name"] == "secrets")["projected"]["sources"]
    files = {one["secret"]["name"]: one["secret"]["items"] for one in sources}
    assert files["archipel-oidc"] == [{"key": "client-secret", "path": "oidc"}]


def test_what_the_hub_reads_is_a_plain_file() -> None:
    """In a whole volume it is a link, which `load_oidc` refuses; by itself it is none."""
    mounts = {one["mountPath"]: one for one in pods()["hub"]["containers"][0]["volumeMounts"]}
    config = next(one for one in manifests(CASE) if one["metadata"]["name"] == "archipel-workspace")["data"]
    read = json.loads(config["workspace.json"])["oidc"]
    for name in ("oidc.yaml", "oidc-authorities.pem"):
        mount = mounts[str(Path(read).parent / name)]
        assert (mount["name"], mount["subPath"], mount["readOnly"]) == ("workspace", name, True)


def test_the_hub_alone_reaches_the_provider() -> None:
    policies = [one for one in manifests(CASE) if one["kind"] == "NetworkPolicy"]
    reaching = {one["metadata"]["name"] for one in policies if "10.5.0.1/32" in yaml.safe_dump(one)}
    assert reaching == {"archipel-hub"}
    off = render(CASE, "--set", "oidc.enabled=false")
    assert "10.5.0.1/32" not in off.stdout


def test_a_change_of_the_provider_restarts_the_hub_alone() -> None:
    before = {one["metadata"]["name"]: one["spec"] for one in manifests(CASE) if one["kind"] == "Deployment"}
    done = render(CASE, "--set", "oidc.config.check_seconds=3")
    after = [one for one in yaml.safe_load_all(done.stdout) if one and one["kind"] == "Deployment"]
    changed = {one["metadata"]["name"] for one in after if one["spec"] != before[one["metadata"]["name"]]}
    assert changed == {"archipel-hub"}
