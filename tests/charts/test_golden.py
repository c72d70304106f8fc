"""What the chart renders, whole: a change of a template is read in the diff of these files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from archipel.deploy.restricted import problems
from support.golden import matches
from support.helm import CHART, DRAWN, VALUES, helm, manifest_text, manifests, masked, render

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("case", VALUES)
def test_a_render_is_the_one_that_was_reviewed(case: str, update_golden: bool) -> None:
    matches(GOLDEN / f"{case}.yaml", masked(manifest_text(case)), update_golden)


@pytest.mark.parametrize("case", VALUES)
def test_helm_finds_nothing_to_say(case: str) -> None:
    files = [word for path in VALUES[case] for word in ("--values", str(path))]
    done = helm("lint", "--strict", "--kube-version", "1.34.0", *files, str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", VALUES)
def test_each_pod_fits_a_restricted_namespace(case: str) -> None:
    assert [str(one) for one in problems(manifests(case))] == []


def test_only_secrets_are_drawn_and_each_is_drawn_for_itself() -> None:
    first, second = manifest_text("essai"), render("essai").stdout
    assert first != second
    assert masked(first) == masked(second)
    drawn = [one["data"] for one in manifests("essai") if one["kind"] == "Secret"]
    values = [value for data in drawn for value in data.values()]
    assert len(values) == len(set(values)) == masked(first).count(DRAWN) == 12


def test_who_brings_their_secrets_gets_the_same_render_each_time() -> None:
    assert manifest_text("production").count("kind: Secret\n") == 2
    assert manifest_text("bare").count("kind: Secret\n") == 2
    first = render("production", "--set", "keys.existingSecret=cles").stdout
    assert first.count("kind: Secret\n") == 0
    assert render("production", "--set", "keys.existingSecret=cles").stdout == first


@pytest.mark.parametrize("case", VALUES)
def test_the_labels_that_are_asked_are_on_everything(case: str) -> None:
    asked = yaml.safe_load((VALUES[case][-1]).read_text(encoding="utf-8")).get("labels") or {}
    own = {"app.kubernetes.io/part-of": "archipel", "app.kubernetes.io/instance": "archipel"}
    bare = []
    for one in manifests(case):
        places = [
            one["metadata"],
            *([one["spec"]["template"]["metadata"]] if "template" in one.get("spec", {}) else []),
        ]
        bare += [
            one["metadata"]["name"]
            for place in places
            if not (asked | own).items() <= place["labels"].items()
        ]
    assert bare == []


@pytest.mark.parametrize(
    ("change", "restarted"),
    [
        ("people.chloe.admin=true", {"hub"}),
        ("singleuser.cpuShare=0.5", {"hub", "portal", "scheduler", "dashboards", "mlflow"}),
        ("publicPort=81", {"hub", "portal", "scheduler", "dashboards", "mlflow", "proxy"}),
        ('quota.hard.pods="301"', set()),
    ],
)
def test_a_change_restarts_only_who_reads_it(change: str, restarted: set[str]) -> None:
    done = render("essai", "--set-json", change)
    assert done.returncode == 0, done.stderr
    after = [one for one in yaml.safe_load_all(done.stdout) if one]
    before = {one["metadata"]["name"]: one for one in manifests("essai") if one["kind"] == "Deployment"}
    changed = {
        one["metadata"]["name"].removeprefix("archipel-")
        for one in after
        if one["kind"] == "Deployment" and one["spec"] != before[one["metadata"]["name"]]["spec"]
    }
    assert changed == restarted


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_the_proxys_commands_are_published_nowhere(kind: str) -> None:
    rendered = render("essai", "--set", f"proxy.service.type={kind}").stdout
    services = [one for one in yaml.safe_load_all(rendered) if one and one["kind"] == "Service"]
    types = {
        port["targetPort"]: one["spec"].get("type", "ClusterIP")
        for one in services
        for port in one["spec"]["ports"]
        if one["metadata"]["name"].startswith("archipel-proxy")
    }
    assert types == {"http": kind, "api": "ClusterIP"}
