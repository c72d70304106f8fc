"""The notebook of PILOTE run as the platform runs it: the executor, in the « datascience » environment."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archipel.datafolder import DataFolder
from archipel.environments.build import find
from archipel.environments.platformcode import ensure_platform_code
from archipel.notebook.manifest import problems
from archipel.notebook.order import ORDER_VARIABLE, Order
from archipel.settings import read_settings

ROOT = Path(__file__).parents[2]
EARLY = ROOT / "tests" / "defis" / "pilote" / "donnees"
TABLES = ("taux", "politiques", "alertes", "non_calculables", "series")
OWED = [
    "territoire", "politique", "indicateur", "valeur_initiale", "valeur", "cible", "taux_calcule",
    "taux_publie", "ecart", "motif",
]  # fmt: skip
DONE, FAILED = 0, 3
READING_CELL = 5
"""Position of the cell that reads the file, counted from 1."""


@dataclass(frozen=True)
class Attempt:
    code: int
    folder: Path
    said: str

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    @property
    def failure(self) -> dict[str, Any]:
        lines = (self.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
        (event,) = [one for one in map(json.loads, lines) if one["event"] == "failed"]
        return {name: event[name] for name in ("cell", "error", "message")}


Execute = Callable[..., Attempt]


@pytest.fixture(scope="module")
def execute(tmp_path_factory: pytest.TempPathFactory) -> Execute:
    environment = find(read_settings().data, ROOT, "datascience")
    if not environment.complete:
        pytest.skip("needs the environment « datascience », which `make install` makes")
    root = tmp_path_factory.mktemp("pilote")
    platform = ensure_platform_code(DataFolder(root))

    def run(notebook: str = "execution", **parameters: Any) -> Attempt:
        folder = root / f"attempt-{len(list(root.glob('attempt-*')))}"
        folder.mkdir()
        published = parameters.pop("published", None)
        order = Order(
            defi="pilote",
            execution="execution" if published is None else "",
            run="essai",
            attempt=1,
            notebook=f"notebooks/pilote/{notebook}.ipynb",
            content=str(ROOT),
            commit="0" * 40,
            image=environment.image,
            lock=environment.lock,
            folder=str(folder),
            parameters={
                name: {"kind": "str", "value": str(value) if isinstance(value, Path) else value}
                for name, value in parameters.items()
            },
            published=str(published or ""),
            report="rapport" if published is None else "tableau",
        )
        environ = {
            "PATH": f"{environment.bin}:{os.environ['PATH']}",
            "HOME": str(root),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(platform),
            ORDER_VARIABLE: order.to_json(),
        }
        done = subprocess.run(
            [str(environment.python), "-m", "archipel.notebook.execute"],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Attempt(done.returncode, folder, done.stdout + done.stderr)

    return run


@pytest.fixture(scope="module")
def default(execute: Execute) -> Attempt:
    """A run without parameters."""
    attempt = execute()
    assert attempt.code == DONE, attempt.said
    return attempt


def test_a_run_without_parameters_leaves_everything_and_its_manifest_last(default: Attempt) -> None:
    files = {path.name for path in default.folder.iterdir()}
    assert {f"{name}.{ending}" for name in TABLES for ending in ("csv", "parquet")} <= files
    assert {
        "carte.svg", "barres.svg", "contours.json", "rejets.csv", "result.json", "parametres.json",
        "provenance.json", "executed.ipynb", "rapport.html", "events.jsonl", "manifest.json",
    } <= files  # fmt: skip
    assert problems(default.folder) == []
    assert list(default.folder.rglob("*.part")) == []
    assert all((default.folder / f"{name}.csv").stat().st_size for name in TABLES)


def test_the_table_of_rates_has_a_row_a_territory_and_indicator_and_a_reason_where_it_is_empty(
    default: Attempt,
) -> None:
    rows = default.rows("taux")
    assert len(rows) == 5757
    assert [name for name in rows[0] if name in OWED] == OWED
    assert all((row["taux_calcule"] == "") == (row["motif"] != "") for row in rows)
    assert sum(row["taux_calcule"] != "" for row in rows) == 4209
    compared = [row for row in rows if row["taux_publie"]]
    assert len(compared) == 4159
    off = [row for row in compared if not row["ecart"] or abs(float(row["ecart"])) > 0.51]
    assert [(row["territoire"], row["indicateur"]) for row in off] == [("25", "tx-entreprise-egalite-pro")]
    assert len(default.rows("non_calculables")) == 5757 - 4209
    assert {row["territoire"] for row in rows} >= {"01", "2A", "976"}


def test_the_other_tables_and_the_figures_hold_the_whole_file(default: Attempt) -> None:
    policies = default.rows("politiques")
    assert len(policies) == 4343
    assert sum(row["taux"] != "" for row in policies) == 3201
    assert all((row["taux"] == "") == (row["motif"] != "") for row in policies)
    assert {row["type"] for row in default.rows("alertes")} == {"écart", "baisse", "sans taux"}
    assert {row["nature"] for row in default.rows("series")} == {"initiale", "valeur", "cible"}
    assert default.rows("rejets") == []
    for name in ("carte.svg", "barres.svg"):
        text = (default.folder / name).read_text(encoding="utf-8")
        assert text.startswith("<?xml")
        assert "<title" in text
        assert "<desc" in text


def test_the_result_states_its_figures_with_their_units(default: Attempt) -> None:
    result = default.json("result.json")
    metrics = result["metrics"]
    assert metrics["lignes"] == {"value": 5757, "unit": "1"}
    assert metrics["territoires"]["value"] == 101
    assert metrics["taux_publies"]["value"] == 4159
    assert metrics["hors_tolerance"]["value"] == 1
    assert metrics["part_reproduite"]["value"] == 4158 / 4159
    assert metrics["part_calculee"]["value"] == 4209 / 5757
    assert metrics["nombre_alertes"]["value"] == 762
    assert metrics["mediane"]["unit"] == "%"
    assert result["donnees_synthetiques"] is False
    assert result["origine"].endswith("janvier 2023")


def test_the_report_says_which_published_rate_is_not_found_again(default: Attempt) -> None:
    page = (default.folder / "rapport.html").read_text(encoding="utf-8")
    assert "tx-entreprise-egalite-pro" in page
    assert "PILOTE" in page


def test_the_dashboard_is_made_from_a_published_run(execute: Execute, default: Attempt) -> None:
    attempt = execute("tableau", published=default.folder, politique="OVQ-DMS", territoire="29")
    assert attempt.code == DONE, attempt.said
    page = (attempt.folder / "rapport.html").read_text(encoding="utf-8")
    assert "Finistère (29)" in page
    assert "4\u202f158 taux publiés sur 4\u202f159" in page
    assert page.count("<svg") == page.count("<desc") > 1


@pytest.mark.parametrize(
    ("name", "level", "rows", "found"),
    [("national", "nat", 30, 20 / 22), ("regional", "reg", 50, 1.0)],
)
def test_a_published_file_of_another_level_is_a_file_to_run_on(
    execute: Execute, name: str, level: str, rows: int, found: float
) -> None:
    attempt = execute(fichier=EARLY / f"territoire-{name}-global-light.json")
    assert attempt.code == DONE, attempt.said
    rates = attempt.rows("taux")
    assert len(rates) == rows
    assert {row["maille"] for row in rates} == {level}
    assert all((row["taux_calcule"] == "") == (row["motif"] != "") for row in rates)
    assert attempt.json("result.json")["metrics"]["part_reproduite"]["value"] == found
    assert problems(attempt.folder) == []


def test_the_published_series_of_a_level_are_a_file_to_run_on(execute: Execute) -> None:
    shared = Path(os.environ.get("ARCHIPEL_SHARED") or ROOT.parent / "shared")
    path = shared / "data" / "barometre_resultats" / "series" / "OVQ-DMS-regional.json"
    if not path.is_file():
        pytest.skip("needs the published barometer: shared/data/barometre_resultats, or $ARCHIPEL_SHARED")
    attempt = execute(fichier=path)
    assert attempt.code == DONE, attempt.said
    rates = attempt.rows("taux")
    assert len(rates) == 36
    assert all(row["taux_calcule"] == "" and row["motif"] for row in rates)
    metrics = attempt.json("result.json")["metrics"]
    assert metrics["mediane"] == {"value": None, "unit": "%", "reason": "aucun taux calculé"}
    assert len(attempt.rows("series")) > 300


def test_the_parameters_of_a_run_are_those_of_its_tables(execute: Execute) -> None:
    attempt = execute(
        politique="OVQ-THR", maille="reg", decimales=0, date_arret={"date": "2022-12-31"}, seuil_ecart=-5.0
    )
    assert attempt.code == DONE, attempt.said
    rates = attempt.rows("taux")
    assert len(rates) == 18
    assert {row["maille"] for row in rates} == {"reg"}
    assert {row["politique"] for row in rates} == {"OVQ-THR"}
    computed = [float(row["taux_calcule"]) for row in rates if row["taux_calcule"]]
    assert computed
    assert all(rate == round(rate) for rate in computed)
    assert attempt.json("parametres.json")["date_arret"] == "2022-12-31"


def left(attempt: Attempt) -> set[str]:
    return {path.name for path in attempt.folder.rglob("*") if path.is_file()}


NEVER = {f"{name}.{ending}" for name in TABLES for ending in ("csv", "parquet")} | {
    "carte.svg", "barres.svg", "contours.json", "result.json", "manifest.json",
}  # fmt: skip


def test_a_truncated_file_fails_with_its_cell_and_leaves_nothing_half_written(
    execute: Execute, tmp_path: Path
) -> None:
    whole = (EARLY / "territoire-national-global-light.json").read_bytes()
    path = tmp_path / "coupe.json"
    path.write_bytes(whole[:4000])
    attempt = execute(fichier=path)
    assert attempt.code == FAILED
    assert attempt.failure["cell"] == READING_CELL
    assert attempt.failure["error"] == "DataRefused"
    assert attempt.failure["message"].startswith("« coupe.json » : JSON tronqué, ligne 1, colonne ")
    assert not NEVER & left(attempt)
    assert not [name for name in left(attempt) if name.endswith(".part")]
    assert "JSON tronqué" in attempt.said
    assert "JSON tronqué" in (attempt.folder / "rapport.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"politique": "OVQ-SNR", "fichier": EARLY / "territoire-national-global-light.json"},
            "politique : « OVQ-SNR » absente de ce fichier (présentes : OVQ-APP",
        ),
        (
            {"maille": "dept", "fichier": EARLY / "territoire-national-global-light.json"},
            "maille : « dept » refusée : le fichier est à la maille nationale, et la maille départementale "
            "est plus fine",
        ),
    ],
)
def test_what_the_file_cannot_give_is_refused_before_any_table(
    execute: Execute, parameters: dict[str, Any], message: str
) -> None:
    attempt = execute(**parameters)
    assert attempt.code == FAILED
    assert attempt.failure["message"].startswith(message)
    assert not NEVER & left(attempt)


def test_too_many_refused_rows_fail_the_run_and_their_list_stays(execute: Execute, tmp_path: Path) -> None:
    lines = ["identifiant_indic,zone_id,date_valeur,type_valeur,valeur"]
    lines += [f"IND-123,D{code},2022-06-30,va,3" for code in ("22", "29", "35")]
    lines += ["IND-123,D56,2022-06-30,va,trois"]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    attempt = execute(fichier=path)
    assert attempt.code == FAILED
    assert attempt.failure["error"] == "TooManyRejects"
    assert "lignes refusées : 1 sur 4" in attempt.failure["message"]
    (reject,) = attempt.rows("rejets")
    assert (reject["ligne"], reject["motif"]) == ("5", "valeur : nombre attendu, reçu 'trois'")
    assert not NEVER & left(attempt)
    assert execute(fichier=path, taux_rejet_max=0.25).code == DONE
