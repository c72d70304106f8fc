"""A registered model from its registration to the alias `champion`: who gives it, and who does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from archipel.content.git import git
from archipel.content.workingcopy import snapshot
from support.mlflow_routes import routes
from support.places import Machine, Visitor
from support.registered import NAME, audit, card, gap
from support.source import ROOT
from support.workspace import TestWorkspace

pytestmark = [pytest.mark.workspace, pytest.mark.accounts]

ALICE, CHEF = "essai-alice", "essai-chef"
SAME = {"Sec-Fetch-Site": "same-origin"}
WHY = "Essai sur un site clos, sans public, avant le nouvel audit."
GOOD, BAD = audit(), audit(gap(ecart=0.05, haut=0.06))
TOLD = "teint, claire et foncée : 5,00 points d’écart, 3,00 au plus, soit 2,00 de trop"

REGISTER = """
import json, pathlib, tempfile, mlflow
client = mlflow.MlflowClient()
mlflow.set_experiment("twincity")
client.create_registered_model({name!r})
for documents in json.loads({documents!r}):
    with mlflow.start_run() as run:
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "poids.bin").write_bytes(b"des poids")
        for name, document in documents.items():
            (folder / name).write_text(json.dumps(document))
        mlflow.log_artifacts(str(folder), "modele")
    source = f"{{run.info.artifact_uri}}/modele"
    made = client.create_model_version({name!r}, source, run.info.run_id)
    print(made.version, run.info.experiment_id, run.info.run_id)
"""

DIRECT = """
import mlflow
client = mlflow.MlflowClient()
for version in ("1", "2"):
    try:
        client.set_registered_model_alias({name!r}, "champion", version)
        print("given")
    except Exception as error:
        print(error)
"""


READ = """
import pathlib, mlflow
for model in ("{name}@champion", "{name}/2"):
    try:
        folder = mlflow.artifacts.download_artifacts("models:/" + model)
        print("LU", model, (pathlib.Path(folder) / "poids.bin").read_text(), flush=True)
    except Exception as error:
        print("REFUSÉ", model, error, flush=True)
"""
EXECUTION = """
executions:
  essai:
    title: {fr: Essai, en: Trial}
    notebook: essai.ipynb
    image: datascience
    timeout: 30m
"""


def draft_of(folder: Path, code: str) -> bytes:
    """A working copy in which « twincity » has one more execution, which runs ``code``."""
    git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    declared = folder / "catalog/defis/twincity.yaml"
    declared.write_text(declared.read_text("utf-8").replace("\nexecutions:\n", EXECUTION), "utf-8")
    notebook = json.loads((folder / "notebooks/bonjour/execution.ipynb").read_text("utf-8"))
    heading, parameters, *others = notebook["cells"]
    # A notebook's own cells hold no loop.
    others[0]["source"] = [
        "import subprocess\n",
        "import sys\n",
        "from archipel import output\n",
        f"subprocess.run([sys.executable, '-c', {code!r}], check=True)\n",
        "output.attempt().result({'un': (1, '1')})",
    ]
    parameters["source"] = ["rien: int = 1  # sans effet"]
    notebook["cells"] = [heading, parameters, others[0]]
    (folder / "notebooks/twincity/essai.ipynb").write_text(json.dumps(notebook), "utf-8")
    return snapshot(folder)


class Place:
    """Alice's session, in which two versions are registered: the first passes, the second does not."""

    def __init__(self, shared: TestWorkspace) -> None:
        self.visitor = Visitor(Machine(shared))
        self.alice, self.chef = self.visitor.sign_in(ALICE), self.visitor.sign_in(CHEF)
        mlflow = f"{self.visitor.url}/services/mlflow/"
        assert self.chef.get(mlflow, headers={"Accept": "text/html"}).status_code == 200
        self.visitor.open_session(ALICE)
        documents = [{"carte.json": card(), "audit.json": one} for one in (GOOD, BAD)]
        code = REGISTER.format(name=NAME, documents=json.dumps(documents))
        printed = self.visitor.python(ALICE, self.alice, code).strip().splitlines()
        told = [line.split() for line in printed if re.fullmatch(r"[12] \d+ [0-9a-f]{32}", line)]
        assert [version for version, _experiment, _run in told] == ["1", "2"], printed
        self.places = [f"{experiment}/{run}/artifacts/modele" for _version, experiment, run in told]

    def promote(self, who: httpx.Client, version: int, **more: Any) -> httpx.Response:
        url = self.visitor.api(f"models/{NAME}/promote")
        return who.post(url, json={"version": version, **more}, headers=SAME)

    def champion(self) -> tuple[int | None, str]:
        """The version, and its weights as the server gives them."""
        told = self.chef.get(self.visitor.api(f"models/{NAME}")).json()
        found: int | None = told["champion"]
        url = f"{self.visitor.url}/services/mlflow/api/2.0/mlflow-artifacts/artifacts"
        weights = self.chef.get(f"{url}/{self.places[(found or 1) - 1]}/poids.bin")
        assert weights.status_code == 200, weights.text
        return found, weights.text


@pytest.fixture(scope="module")
def place(shared: TestWorkspace) -> Iterator[Place]:
    found = Place(shared)
    yield found
    found.visitor.close_session(ALICE)
    found.visitor.close()


def test_mlflow_s_client_does_not_give_the_alias(place: Place) -> None:
    printed = place.visitor.python(ALICE, place.alice, DIRECT.format(name=NAME))
    assert printed.count("archipel models promote") == 2
    assert place.champion()[0] is None


def test_a_bad_audit_is_refused_by_its_threshold_and_by_how_much(place: Place) -> None:
    answer = place.promote(place.alice, 2)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["where"], error["message"]) == ("audit.gaps.teint.estimate_max", TOLD)
    code, said = place.visitor.shell(ALICE, place.alice, f"archipel models promote {NAME} 2")
    assert (code, said.strip()) == (2, f"audit.gaps.teint.estimate_max: {TOLD}")
    assert place.champion()[0] is None


def test_a_good_one_is_promoted_from_the_person_s_session(place: Place) -> None:
    code, said = place.visitor.shell(ALICE, place.alice, f"archipel models promote {NAME} 1")
    assert (code, said.strip()) == (0, f"« {NAME} » : la version 1 est championne.")
    assert place.champion()[0] == 1
    asked = f"mlflow.MlflowClient().get_model_version_by_alias({NAME!r}, 'champion').version"
    loaded = f"import mlflow; print({asked})"
    assert place.visitor.python(ALICE, place.alice, loaded).strip() == "1"


def test_a_run_of_the_defi_reads_the_champion_and_no_other_version(place: Place, tmp_path: Path) -> None:
    sent = draft_of(tmp_path / "contenu", READ.format(name=NAME))
    kept = place.alice.post(place.visitor.api("drafts"), content=sent, headers=SAME)
    assert kept.status_code == 201, kept.text
    body = {"defi": "twincity", "execution": "essai", "draft": kept.json()["draft"]}
    asked = place.alice.post(place.visitor.api("runs"), json=body, headers=SAME)
    assert asked.status_code == 201, asked.text
    run = place.visitor.ended(place.alice, asked.json()["id"])
    log = place.alice.get(place.visitor.api(f"runs/{run['id']}/logs")).text
    assert run["state"] == "done", log
    assert f"LU {NAME}@champion des poids" in log
    assert f"REFUSÉ {NAME}/2" in log


def test_no_route_of_mlflow_changes_the_champion(place: Place) -> None:
    """Every route that changes anything, asked by an administrator in the champion's name."""
    before = place.champion()
    assert before == (1, "des poids")
    body = {
        "name": NAME,
        "version": "1",
        "alias": "champion",
        "new_name": "pris",
        "key": "champion",
        "value": "2",
        "stage": "Archived",
        "archive_existing_versions": True,
    }
    run = place.places[0].split("/")[1]
    answers = {}
    for method, path in routes():
        if method == "GET":
            continue
        url = f"{place.visitor.url}/services/mlflow{path}"
        if "/mlflow-artifacts/" in path:
            # The file itself, then all that lies with it.
            for key in (f"{place.places[0]}/poids.bin", place.places[0], f"{place.places[0]}%2Fpoids.bin"):
                target = url.removesuffix("/x") + f"/{key}"
                answers[method, target] = place.chef.request(
                    method, target, content=b"d'autres", headers=SAME
                )
            continue
        query = {"run_uuid": run, "path": "modele/poids.bin"} if path.endswith("/upload-artifact") else {}
        answers[method, path] = place.chef.request(method, url, params=query, json=body, headers=SAME)
    refused = {path for (_method, path), answer in answers.items() if answer.status_code == 403}
    for end in ("alias", "delete", "rename"):
        assert f"/api/2.0/mlflow/registered-models/{end}" in refused
    assert "/ajax-api/2.0/mlflow/model-versions/delete" in refused
    assert place.champion() == before
    # The other version goes, for who may delete it.
    assert answers["POST", "/api/2.0/mlflow/registered-models/set-tag"].status_code == 200


def test_an_administrator_overrides_with_a_reason_that_stays(place: Place) -> None:
    assert place.promote(place.alice, 2, override=True, reason=WHY).status_code == 403
    assert place.promote(place.chef, 2, override=True, reason="").status_code == 422
    done = place.promote(place.chef, 2, override=True, reason=WHY)
    assert done.status_code == 201, done.text
    assert place.champion()[0] == 2
    page = place.alice.get(f"{place.visitor.portal}/modeles/{NAME}").text
    for told in ("Promue par dérogation", WHY, CHEF, TOLD):
        assert told in page
    promotions = place.alice.get(place.visitor.api(f"models/{NAME}")).json()["promotions"]
    assert [(one["by"], one["version"]) for one in promotions] == [(CHEF, 2), (ALICE, 1)]
