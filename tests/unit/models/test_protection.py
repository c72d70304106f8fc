"""The alias, the version that has it, its name and its files: nobody's through MLflow."""

from __future__ import annotations

import asyncio
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.responses import PlainTextResponse

from archipel.catalog.load import load_catalog
from archipel.catalog.models import Audience, Catalog, Rights
from archipel.identity.person import Person
from archipel.models.gate import Gate
from archipel.models.protection import (
    Protected,
    champion_refusal,
    concerned,
    may_read,
    models_of,
    reads_champion,
)
from support.registered import NAME
from support.source import ROOT

ALICE = Person("alice", frozenset({"pilotage"}))
BRUNO = Person("bruno")
CHEF = Person("chef", admin=True)
PLACE = ("7", "a" * 32, "artifacts", "modele")
PROTECTED = Protected({NAME: 3, "ancien": 1}, {NAME: PLACE, "ancien": ("7", "models", "m-1", "artifacts")})
PREFIXES = ("/services/mlflow/api/2.0", "/services/mlflow/ajax-api/2.0", "/services/mlflow/api/3.0")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """« twincity » is written by « pilotage »."""
    catalog = load_catalog(ROOT)
    rights = Rights(write=Audience(access="groups", groups=("pilotage",)))
    defi = catalog.defis["twincity"].model_copy(update={"rights": rights})
    return catalog.model_copy(update={"defis": {"twincity": defi}})


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("alias", ["champion", "Champion", "CHAMPION ", "champion\n", None, 1, ["champion"]])
def test_nobody_gives_or_takes_the_alias(catalog: Catalog, method: str, alias: Any) -> None:
    for prefix, person, name in product(PREFIXES, (ALICE, BRUNO, CHEF, None), (NAME, "a-bruno")):
        path = f"{prefix}/mlflow/registered-models/alias"
        assert concerned(path, method)
        asked = {"name": name, "alias": alias, "version": "1"}
        told = champion_refusal(path, method, asked, person, catalog, Protected())
        assert "archipel models promote" in told


def test_other_aliases_and_reading_are_as_before(catalog: Catalog) -> None:
    path = f"{PREFIXES[0]}/mlflow/registered-models/alias"
    assert champion_refusal(path, "POST", {"name": NAME, "alias": "essai"}, ALICE, catalog, PROTECTED) == ""
    assert champion_refusal(path, "GET", {"name": NAME, "alias": "champion"}, BRUNO, catalog, PROTECTED) == ""
    assert not concerned(path, "GET")
    assert not concerned(f"{PREFIXES[0]}/mlflow/runs/log-metric", "POST")


@pytest.mark.parametrize(
    ("action", "asked", "person", "refused"),
    [
        ("registered-models/delete", {"name": NAME}, CHEF, True),
        ("registered-models/delete", {"name": "ancien"}, CHEF, True),
        ("registered-models/delete", {"name": "a-bruno"}, BRUNO, False),
        ("registered-models/rename", {"name": NAME, "new_name": "b"}, ALICE, True),
        ("registered-models/rename", {"name": "ancien", "new_name": "b"}, ALICE, True),
        ("registered-models/rename", {"name": "a-bruno", "new_name": NAME}, BRUNO, True),
        ("registered-models/rename", {"name": "a-bruno", "newName": NAME}, BRUNO, True),
        ("registered-models/rename", {"name": "a-bruno", "new_name": "b"}, BRUNO, False),
        ("registered-models/create", {"name": NAME}, BRUNO, True),
        ("registered-models/create", {"name": NAME}, None, True),
        ("registered-models/create", {"name": NAME}, ALICE, False),
        ("registered-models/create", {"name": "a-bruno"}, BRUNO, False),
        ("model-versions/delete", {"name": NAME, "version": "3"}, CHEF, True),
        ("model-versions/delete", {"name": NAME, "version": "03"}, CHEF, True),
        ("model-versions/delete", {"name": NAME, "version": " 3"}, CHEF, True),
        ("model-versions/delete", {"name": NAME, "version": "３"}, CHEF, True),
        ("model-versions/delete", {"name": NAME, "version": 3}, CHEF, True),
        ("model-versions/delete", {"name": NAME, "version": "2"}, CHEF, False),
        ("model-versions/delete", {"name": NAME, "version": "x"}, CHEF, False),
        ("model-versions/delete", {"name": "a-bruno", "version": "3"}, CHEF, False),
    ],
)
def test_the_champion_keeps_its_version_and_its_name(
    catalog: Catalog, action: str, asked: dict[str, Any], person: Person | None, refused: bool
) -> None:
    method = "DELETE" if "delete" in action else "POST"
    for prefix in PREFIXES:
        path = f"{prefix}/mlflow/{action}"
        assert concerned(path, method)
        assert bool(champion_refusal(path, method, asked, person, catalog, PROTECTED)) is refused


RUN = "a" * 32
INSIDE = f"7/{RUN}/artifacts/modele/poids.bin"


@pytest.mark.parametrize(
    ("key", "refused"),
    [
        (INSIDE, True),
        (f"7/{RUN}/artifacts/modele", True),
        (f"7/{RUN}/artifacts", True),
        (f"7/{RUN}", True),
        ("7", True),
        (f"7/./{RUN}/artifacts//modele/poids.bin", True),
        (quote(INSIDE, safe=""), True),
        (quote(quote(INSIDE, safe=""), safe=""), True),
        (f"{INSIDE}?", True),
        (f"7/{RUN}/artifacts/modele%3F", True),
        ("7/models/m-1/artifacts/MLmodel", True),
        (f"7/{RUN}/artifacts/modele-2/poids.bin", False),
        (f"7/{RUN}/artifacts/rapport.html", False),
        (f"8/{RUN}/artifacts/modele/poids.bin", False),
        ("7/models/m-2/artifacts/MLmodel", False),
    ],
)
def test_its_files_change_no_more(catalog: Catalog, key: str, refused: bool) -> None:
    routes = {
        "artifacts": ("PUT", "DELETE"),
        "mpu/create": ("POST",),
        "mpu/complete": ("POST",),
        "presigned": ("POST",),
    }
    for (route, methods), person in product(routes.items(), (CHEF, None)):
        path = f"{PREFIXES[1]}/mlflow-artifacts/{route}/{key}"
        for method in methods:
            assert bool(champion_refusal(path, method, {}, person, catalog, PROTECTED)) is refused
        assert champion_refusal(path, "GET", {}, person, catalog, PROTECTED) == ""


@pytest.mark.parametrize(
    ("run", "path", "refused"),
    [
        (RUN, "modele/poids.bin", True),
        (RUN, "modele", True),
        (RUN, "./modele//poids.bin", True),
        (RUN, "modele%2Fpoids.bin", True),
        (RUN, "autre/poids.bin", False),
        ("b" * 32, "modele/poids.bin", False),
    ],
)
def test_nor_by_an_upload_to_its_run(catalog: Catalog, run: str, path: str, refused: bool) -> None:
    route = f"{PREFIXES[1]}/mlflow/upload-artifact"
    told = champion_refusal(route, "POST", {"run_uuid": run, "path": path}, CHEF, catalog, PROTECTED)
    assert bool(told) is refused


def asked(method: str, path: str, **sent: Any) -> httpx.Response:
    """What the gate answers an administrator; 299 where MLflow was reached."""

    class SignIn:
        async def person(self, _connection: Any) -> Person:
            return CHEF

        def token(self, _connection: Any) -> str:
            return ""

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("MLflow", 299)(scope, receive, send)

    sign_in: Any = SignIn()
    nobody: Any = None
    gate = Gate(
        inner,
        sign_in=sign_in,
        prefix="/services/mlflow/",
        origin="http://a.fr",
        catalog=lambda: load_catalog(ROOT),
        attempt_of=nobody,
        grant=lambda *_told: None,
        protected=lambda: PROTECTED,
    )

    async def answered() -> httpx.Response:
        transport = httpx.ASGITransport(app=gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://a.fr") as client:
            return await client.request(method, f"/services/mlflow{path}", **sent)

    return asyncio.run(answered())


@pytest.mark.parametrize("base", ["/api/3.0", "/ajax-api/3.0"])
def test_nobody_is_sent_to_the_store_itself(base: str) -> None:
    answer = asked("GET", f"{base}/mlflow/server-info")
    assert answer.status_code == 200
    assert answer.json()["multipart_downloads_enabled"] is False
    assert answer.json()["multipart_uploads_enabled"] is False


UPLOAD = "/ajax-api/2.0/mlflow/upload-artifact"


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        (
            "POST",
            "/api/2.0/mlflow/registered-models/alias",
            {"json": {"name": NAME, "alias": "champion"}},
            403,
        ),
        ("POST", "/api/2.0/mlflow/registered-models/alias", {"json": {"name": NAME, "alias": "essai"}}, 299),
        ("GET", f"/api/2.0/mlflow/registered-models/alias?name={NAME}&alias=champion", {}, 299),
        ("DELETE", "/api/2.0/mlflow/model-versions/delete", {"json": {"name": NAME, "version": "3"}}, 403),
        ("DELETE", "/api/2.0/mlflow/model-versions/delete", {"json": {"name": NAME, "version": "2"}}, 299),
        ("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{INSIDE}", {"content": b"x"}, 403),
        ("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{quote(INSIDE, safe='')}%3F", {"content": b"x"}, 403),
        ("POST", f"{UPLOAD}?run_uuid={RUN}&path=modele/poids.bin", {"content": b"x"}, 403),
        # Of a name that stands twice, MLflow takes the first.
        ("POST", f"{UPLOAD}?run_uuid={RUN}&run_uuid=b&path=modele/a&path=autre", {"content": b"x"}, 403),
        ("POST", f"{UPLOAD}?run_uuid={RUN}&path=autre", {"content": b"x"}, 299),
    ],
)
def test_the_gate_asks_before_mlflow_is_reached(
    method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    assert asked(method, path, **sent).status_code == status


ALIAS, VERSION = "/mlflow/registered-models/alias", "/mlflow/model-versions/get-download-uri"
LISTED = "/mlflow-artifacts/artifacts"


@pytest.mark.parametrize(
    ("path", "query", "read"),
    [
        (ALIAS, {"name": NAME, "alias": "champion"}, True),
        (ALIAS, {"name": NAME, "alias": "essai"}, False),
        (ALIAS, {"name": "ancien", "alias": "champion"}, False),
        (ALIAS, {"alias": "champion"}, False),
        (VERSION, {"name": NAME, "version": "3"}, True),
        (VERSION, {"name": NAME, "version": "2"}, False),
        (VERSION, {"name": NAME}, False),
        ("/mlflow/registered-models/get", {"name": NAME}, True),
        ("/mlflow/registered-models/get", {"name": "ancien"}, False),
        ("/mlflow/registered-models/search", {"name": NAME}, False),
        (LISTED, {"path": f"7/{RUN}/artifacts/modele"}, True),
        (LISTED, {"path": f"7/{RUN}/artifacts"}, False),
        (LISTED, {}, False),
        (f"{LISTED}/{INSIDE}", {}, True),
        (f"{LISTED}/7/{RUN}/artifacts/autre", {}, False),
        (f"{LISTED}/7/{RUN}/artifacts/modele-2/poids.bin", {}, False),
        (f"{LISTED}/7/models/m-1/artifacts/MLmodel", {}, False),
    ],
)
def test_a_run_reads_the_champion_of_its_defi_and_no_more(
    catalog: Catalog, path: str, query: dict[str, str], read: bool
) -> None:
    told = list(query.items())
    for prefix in PREFIXES:
        may = may_read(f"{prefix}{path}", "GET")
        assert (
            may and reads_champion(f"{prefix}{path}", told, models_of("twincity", catalog), PROTECTED)
        ) is read
        assert not may_read(f"{prefix}{path}", "POST")
    assert not reads_champion(path, told, models_of("pilote", catalog), PROTECTED)
    # Of a name that stands twice, MLflow takes the first.
    assert not reads_champion(
        path, [*told, *told] or [("path", ""), ("path", "")], frozenset({NAME}), PROTECTED
    )


def test_a_draft_reads_the_models_of_a_defi_that_is_open_to_all(catalog: Catalog) -> None:
    assert models_of("alice/twincity", catalog) == {NAME}
    closed = Rights(read=Audience(access="groups", groups=("pilotage",)))
    defi = catalog.defis["twincity"].model_copy(update={"rights": closed})
    narrowed = catalog.model_copy(update={"defis": {"twincity": defi}})
    assert models_of("alice/twincity", narrowed) == frozenset()
    assert models_of("twincity", narrowed) == {NAME}
    assert models_of("alice/inconnu", catalog) == frozenset()
