"""PILOTE on whole files: the shipped extract and, where they lie beside the project, the published ones.

``$ARCHIPEL_SHARED`` names the folder of shared data; by default it is looked for beside the repository.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from archipel.defis.pilote.aggregation import at_level
from archipel.defis.pilote.alerts import ALERT_COLUMNS, alerts_table
from archipel.defis.pilote.asof import as_of
from archipel.defis.pilote.measures import measures, outside_tolerance
from archipel.defis.pilote.policies import policies_table
from archipel.defis.pilote.reading import Reading
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.source import read_extract, read_file
from archipel.defis.pilote.structure import Structure, read_structure
from archipel.defis.pilote.tables import rates_table, within

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "notebooks" / "pilote" / "donnees"
THEMES = {"APP": 1, "APR": 1, "DMS": 2, "THD": 1, "VPA": 2}
"""Policy → number of its indicators with a published series."""


@pytest.fixture(scope="module")
def published() -> Path:
    folder = (
        Path(os.environ.get("ARCHIPEL_SHARED") or ROOT.parent / "shared") / "data" / "barometre_resultats"
    )
    if not folder.is_dir():
        pytest.skip("needs the published barometer: shared/data/barometre_resultats, or $ARCHIPEL_SHARED")
    return folder


@pytest.fixture(scope="module")
def structure() -> Structure:
    return read_structure(SHIPPED / "structure.json")


@pytest.fixture(scope="module")
def extract() -> Reading:
    return read_extract(SHIPPED)


@pytest.fixture(scope="module")
def rates(extract: Reading, structure: Structure) -> pd.DataFrame:
    return rates_table(extract.records, structure)


@pytest.fixture(scope="module")
def departemental(published: Path, structure: Structure) -> Reading:
    return read_file(published / "territoire-departemental-global-light.json", structure)


def test_the_published_departmental_file_is_found_again_but_one_rate_that_is_named(
    departemental: Reading, structure: Structure
) -> None:
    assert (departemental.total, departemental.rejects) == (5757, ())
    rates = rates_table(departemental.records, structure)
    assert len(rates) == 5757
    assert rates["territoire"].nunique() == 101
    assert int(rates["taux_publie"].notna().sum()) == 4159
    assert int((rates["ecart"].abs() <= 0.51).sum()) == 4158
    (off,) = outside_tolerance(rates).to_dict("records")
    assert (off["territoire"], off["indicateur"]) == ("25", "tx-entreprise-egalite-pro")
    assert (off["valeur_initiale"], off["valeur"], off["cible"]) == (100, 90, 90)
    assert (off["taux_calcule"], off["taux_publie"]) == (100, 0)
    found = measures(rates, policies_table(rates, structure), pd.DataFrame(), 0)
    assert found["part_reproduite"][0] == 4158 / 4159
    assert found["hors_tolerance"][0] == 1


def test_the_shipped_extract_is_the_published_departmental_file(
    departemental: Reading, extract: Reading, rates: pd.DataFrame, structure: Structure
) -> None:
    key = ["territoire", "politique", "indicateur"]
    whole = departemental.records.sort_values(key).reset_index(drop=True)
    shipped = extract.records.sort_values(key).reset_index(drop=True)
    pd.testing.assert_frame_equal(whole, shipped)
    names = ["taux_calcule", "taux_publie", "ecart", "motif"]
    pd.testing.assert_frame_equal(
        rates_table(whole, structure)[names], rates.sort_values(key).reset_index(drop=True)[names]
    )


def test_the_published_structure_is_read_and_gives_the_same_rates(
    published: Path, extract: Reading, rates: pd.DataFrame
) -> None:
    whole = read_structure(published / "structure-cible.json")
    pd.testing.assert_series_equal(rates_table(extract.records, whole)["taux_calcule"], rates["taux_calcule"])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("name", "level", "count"),
    [("departemental", "dept", 101), ("regional", "reg", 18), ("national", "nat", 1)],
)
def test_each_published_series_is_read_at_its_level(
    published: Path, structure: Structure, theme: str, name: str, level: str, count: int
) -> None:
    path = published / "series" / f"OVQ-{theme}-{name}.json"
    reading = read_file(path, structure)
    assert reading.rejects == ()
    assert len(reading.records) == reading.total == count * THEMES[theme]
    assert set(reading.records["maille"]) == {level}
    assert set(reading.records["politique"]) == {f"OVQ-{theme}"}
    assert reading.records["territoire"].nunique() == count
    raw = json.loads(path.read_text(encoding="utf-8"))
    points = [
        point
        for one in raw
        for indicator in one["values"]
        for point in one.get(indicator) or ()
        if point["value"] is not None
    ]
    assert len(reading.series) == len(points)
    assert reading.series["valeur"].sum() == pytest.approx(sum(point["value"] for point in points))
    found = rates_table(reading.records, structure)
    assert len(found) == len(reading.records)
    # Series give no initial value: no rate, and the reason on every row.
    assert found["taux_calcule"].isna().all()
    assert found["motif"].str.startswith("valeur initiale absente").all()


@pytest.mark.parametrize("name", ["structure-cible.json", "structure-families.json"])
def test_the_other_files_of_the_barometer_are_refused_as_values(
    published: Path, structure: Structure, name: str
) -> None:
    with pytest.raises(DataRefused) as told:
        read_file(published / name, structure)
    assert str(told.value).startswith(
        f"« {name} » : ce n’est pas un fichier du baromètre : [0] n’a pas de liste « ovq » (champs lus : "
    )


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
def test_the_published_departmental_file_cut_short_is_refused(
    published: Path, structure: Structure, tmp_path: Path, kept: float
) -> None:
    whole = (published / "territoire-departemental-global-light.json").read_bytes()
    path = tmp_path / "coupe.json"
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DataRefused, match=r"^« coupe\.json » : JSON tronqué, ligne 1, colonne [0-9]+ "):
        read_file(path, structure)


def test_the_shipped_extract_goes_up_to_the_regions_and_the_nation(
    extract: Reading, structure: Structure
) -> None:
    pairs = extract.records[["politique", "indicateur"]].drop_duplicates()
    for level, count in (("reg", 18), ("nat", 1)):
        found = rates_table(at_level(extract.records, level, structure), structure)
        assert len(found) == count * len(pairs)
        assert set(found["maille"]) == {level}
        assert ((found["motif"] == "") == found["taux_calcule"].notna()).all()
        assert found["taux_publie"].isna().all()
    tax = extract.records[extract.records["indicateur"] == "nb-beneficiaires-suppression-taxe-habitation"]
    nation = at_level(tax, "nat", structure)
    assert len(tax) == 101
    assert nation["valeur"][0] == pytest.approx(tax["valeur"].sum())


def test_the_shipped_extract_gives_as_many_policy_rates_as_complete_policies(
    rates: pd.DataFrame, structure: Structure
) -> None:
    found = policies_table(rates, structure)
    assert len(found) == 4343
    assert int(found["taux"].notna().sum()) == 3201
    assert ((found["motif"] == "") == found["taux"].notna()).all()
    complete = found["indicateurs_calcules"] == found["indicateurs_attendus"]
    assert (found["taux"].notna() == (complete & (found["indicateurs_attendus"] > 0))).all()
    assert found["taux"].dropna().between(0, 100).all()


def test_the_alerts_of_the_shipped_extract_are_of_the_three_kinds(
    rates: pd.DataFrame, structure: Structure
) -> None:
    found = alerts_table(rates, policies_table(rates, structure))
    assert tuple(found.columns) == ALERT_COLUMNS
    assert found["type"].value_counts().to_dict() == {"écart": 615, "baisse": 121, "sans taux": 26}
    late = found[found["type"] == "écart"]
    assert (late["ecart"] < -10).all()
    assert ((late["taux"] - late["reference"] - late["ecart"]).abs() < 1e-3).all()
    without = found[found["type"] == "sans taux"]
    assert set(without["message"]) == {"valeur initiale absente"}


@pytest.mark.parametrize("day", [date(2018, 1, 1), date(2020, 6, 30), date(2022, 6, 30), date(2028, 1, 1)])
def test_nothing_of_the_shipped_extract_is_later_than_the_asked_day(
    extract: Reading, structure: Structure, rates: pd.DataFrame, day: date
) -> None:
    found = rates_table(as_of(extract.records, extract.series, day), structure)
    assert len(found) == 5757
    dated = found[found["valeur"].notna() & found["date_valeur"].notna()]
    assert (dated["date_valeur"] <= day.isoformat()).all()
    assert ((found["motif"] == "") == found["taux_calcule"].notna()).all()
    assert (within(extract.series, day)["date"] <= day.isoformat()).all()
    if day == date(2028, 1, 1):
        assert found["taux_calcule"].equals(rates["taux_calcule"])
        assert found["taux_publie"].equals(rates["taux_publie"])
