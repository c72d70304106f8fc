"""Monthly declarations to contracts: ends told or deduced, changes followed, missions at the user's site.

The rules are those of DNUM-SocialGouv/dsn_processing: a contract of which nothing is declared for three
months is closed, at its planned end if that lies in its last month, else on that month's last day; an end
with motive 099 cancels the one before; a change block ties an old key to the new one; whoever is transferred
leaves the old employer on the eve.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from archipel.defis.champollion.law.codes import END_CANCELLED, MISSION, MOTIVES
from archipel.defis.champollion.reading import cells, files, rows, siret, spells
from archipel.defis.champollion.reading.cells import EARLIEST, LATEST, shown
from archipel.defis.champollion.reading.contracts import Profile
from archipel.defis.champollion.refusal import DataRefused

COLUMNS = (
    "norme", "mois", "siret", "numero", "salarie_id", "poste", "nature", "motif", "idcc", "date_debut",
    "date_fin_prevue", "date_fin", "motif_fin",
)  # fmt: skip
OPTIONAL = (
    "siret_utilisateur", "renouvellements", "ancien_siret", "ancien_numero", "ancienne_date_debut",
    "ancien_salarie_id", "date_changement",
)  # fmt: skip
"""``siret_utilisateur``: of a mission (S21.G00.40.046). ``ancien_…``: what a change block says it was before
(blocks 31 and 41); ``date_changement``: of a transfer from ``ancien_siret``."""
NORMS = tuple(f"{year}.1" for year in range(2017, 2027))


@dataclass
class Rebuilt:
    """``rows``: declarations read; ``contracts``: written; ``rejects``: refused rows, line and reason."""

    rows: int = 0
    contracts: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)


def rebuild(
    con: duckdb.DuckDBPyConnection, path: Path, to: Path, buckets: int = 1, profile: Profile = "strict"
) -> Rebuilt:
    """Write to ``to`` (Parquet) the contracts that `contracts.read` reads, from declarations.

    A person's number is written as one that only this run gives. ``buckets``: employers are taken in so many
    turns, each read from the file anew: memory for a part. ``profile``: « fictif » keeps rows whose SIRET has
    a wrong key.
    Raises `DataRefused` for a file of another form.
    """
    refused = files.load(con, path, COLUMNS, OPTIONAL)
    types = {row[0]: row[1] for row in con.execute("DESCRIBE brut").fetchall()}
    with files.readable(path):
        _bad_keys(con, types, profile)
        con.execute(f"CREATE OR REPLACE TEMP VIEW lues AS {_judged(types, 'brut')}")
    # Drawn anew each time and kept nowhere: a person's number cannot be tried against what is written.
    con.execute(f"SET VARIABLE secret = '{secrets.token_hex(16)}'")
    told = Rebuilt(rejects=refused)
    with files.readable(path):
        told.rows = con.execute("SELECT count(*) FROM brut").fetchall()[0][0] + len(refused)
        if not told.rows:
            raise DataRefused(f"« {path.name} » : aucune ligne sous l’en-tête")
        con.execute(f"CREATE OR REPLACE TEMP TABLE transferts AS {spells.TRANSFERS}")
    # Employers are parted before their rows are read: that costs most, and is done once for each row.
    employer = f"hash({cells.siret('siret', types['siret'])}) % {buckets}"
    parts = [to.with_name(f".{to.name}.{turn}.part") for turn in range(buckets)]
    try:
        with files.readable(path):
            for turn, part in enumerate(parts):
                con.execute(
                    "CREATE OR REPLACE TEMP TABLE mois_lus AS WITH tour AS MATERIALIZED "
                    f"(SELECT * FROM brut WHERE {employer} = {turn}) "
                    f"SELECT ligne, {spells.KEPT}, raison, {_ORDER} AS ordre FROM ({_judged(types, 'tour')})"
                )
                _turn(con, part, told)
        _gathered(con, parts, to)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    told.contracts = con.execute(f"SELECT count(*) FROM {files.parquet(to)}").fetchall()[0][0]
    told.rejects.sort(key=lambda row: row["ligne"])
    return told


def _bad_keys(con: duckdb.DuckDBPyConnection, types: dict[str, str], profile: Profile) -> None:
    """The table ``fausses``: SIRETs whose key is wrong; empty where nobody minds."""
    query = " UNION ".join(
        f"SELECT try_cast({cells.siret(name, types[name])} AS BIGINT) AS siret FROM brut"
        for name in ("siret", "siret_utilisateur")
    )
    query = f"SELECT siret FROM ({query}) WHERE siret BETWEEN 0 AND 99999999999999"
    bad = siret.wrong(con.execute(query).fetchnumpy()["siret"]) if profile == "strict" else ()
    told = pa.array([f"{one:014d}" for one in bad], pa.string())
    files.keep(con, "fausses", pa.table({"siret": told}))


def _turn(con: duckdb.DuckDBPyConnection, to: Path, told: Rebuilt) -> None:
    """Write to ``to`` the contracts of the employers whose rows are in ``mois_lus``."""
    told.rejects += files.rejects(con, "SELECT ligne, raison FROM mois_lus WHERE raison IS NOT NULL")
    con.execute("DELETE FROM mois_lus WHERE raison IS NOT NULL")
    con.execute(f"CREATE OR REPLACE TEMP TABLE repetees AS {spells.REPEATED}")
    told.rejects += files.rejects(
        con, "SELECT ligne, 'déclaration déjà lue ligne ' || premiere FROM repetees"
    )
    con.execute("DELETE FROM mois_lus WHERE ligne IN (SELECT ligne FROM repetees)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE cles AS {spells.KEYS}")
    _follow(con)
    con.execute(f"CREATE OR REPLACE TEMP TABLE mobiles AS {spells.MOBILE}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE passages AS {spells.STAYS}")
    con.execute(f"COPY ({spells.CONTRACTS}) TO {files.text(to)} (FORMAT parquet)")


def _follow(con: duckdb.DuckDBPyConnection) -> None:
    """All the keys that changes tie, however long the chain, or round, have the same ``suite``."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE liens AS {spells.CHANGES}")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE groupes AS SELECT cle, cle AS suite FROM "
        "(SELECT une AS cle FROM liens UNION SELECT autre FROM liens)"
    )
    while con.execute(spells.LOWERED).fetchall()[0][0]:
        con.execute(spells.SHORTENED)
    con.execute("UPDATE cles SET suite = groupes.suite FROM groupes WHERE groupes.cle = cles.cle")


def _gathered(con: duckdb.DuckDBPyConnection, parts: Iterable[Path], to: Path) -> None:
    parts = list(parts)
    whole = to.with_name(f".{to.name}.part")
    con.execute(f"COPY (SELECT * FROM {files.parquet(*parts)}) TO {files.text(whole)} (FORMAT parquet)")
    whole.replace(to)


_DATES = {
    "date_debut": "debut", "date_fin_prevue": "prevue", "date_fin": "fin",
    "ancienne_date_debut": "ancien_debut", "date_changement": "changement",
}  # fmt: skip


_CODES = {"nature": 2, "motif": 2, "motif_fin": 3}
_SITES = ("siret", "siret_utilisateur", "ancien_siret")
_PLAIN = ("norme", "numero", "salarie_id", "idcc", "ancien_numero", "ancien_salarie_id")


_ORDER = "datediff('day', DATE '1950-01-01', premier)::BIGINT * 1000000000000 + ligne"
"""By month, then by line, as one number: a greatest pair takes five times as long to find."""


def _judged(types: dict[str, str], table: str) -> str:
    return f"SELECT *, {_REASON} AS raison FROM (SELECT {_typed(types)} FROM {table})"


def _typed(types: dict[str, str]) -> str:
    """Every column as what it is; of dates and numbers the text too, for whoever is told of it."""
    columns = {"ligne": "ligne", "poste": cells.text("poste", types["poste"])}
    columns |= {name: cells.numeral(name, types[name]) for name in _PLAIN}
    columns |= {name: cells.code(name, types[name], width) for name, width in _CODES.items()}
    columns |= {name: cells.siret(name, types[name]) for name in _SITES}
    renewed, month = types["renouvellements"], types["mois"]
    columns["renouv_lu"] = cells.numeral("renouvellements", renewed)
    columns["renouvellements"] = cells.count("renouvellements", renewed)
    columns["mois"] = cells.text("mois", month)
    columns["premier"] = (
        "date_trunc('month', mois)::DATE"
        if month.startswith(("DATE", "TIMESTAMP"))
        else f"try_strptime({columns['mois']} || '-01', '%Y-%m-%d')::DATE"
    )
    for name, short in _DATES.items():
        columns[short], columns[name] = cells.day(name, types[name]), cells.text(name, types[name])
    return ", ".join(f"{value} AS {name}" for name, value in columns.items())


_BOUNDS = f"BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}'"
_UNREAD = "\n  ".join(
    f"""WHEN {name} <> '' AND ({short} IS NULL OR {short} NOT {_BOUNDS})
    THEN '{name} : date AAAA-MM-JJ attendue, reçu ' || {shown(name)}"""
    for name, short in _DATES.items()
)
_REASON = f"""CASE
  WHEN norme NOT IN ({rows.listed(NORMS)})
    THEN 'norme : version ' || {shown("norme")} || ' inconnue ({NORMS[0]} à {NORMS[-1]})'
  WHEN premier IS NULL OR premier NOT {_BOUNDS}
    THEN 'mois : AAAA-MM attendu, reçu ' || {shown("mois")}
  WHEN NOT regexp_full_match(siret, '[0-9]{{14}}')
    THEN 'siret : 14 chiffres attendus, reçu ' || {shown("siret")}
  WHEN siret_utilisateur <> '' AND NOT regexp_full_match(siret_utilisateur, '[0-9]{{14}}')
    THEN 'siret_utilisateur : 14 chiffres attendus, reçu ' || {shown("siret_utilisateur")}
  WHEN siret IN (FROM fausses) THEN 'siret : clé fausse, reçu « ' || siret || ' »'
  WHEN siret_utilisateur IN (FROM fausses)
    THEN 'siret_utilisateur : clé fausse, reçu « ' || siret_utilisateur || ' »'
  WHEN numero = '' THEN 'numero : vide'
  WHEN ancien_siret <> '' AND NOT regexp_full_match(ancien_siret, '[0-9]{{14}}')
    THEN 'ancien_siret : 14 chiffres attendus, reçu ' || {shown("ancien_siret")}
  WHEN poste = '' THEN 'poste : vide'
  WHEN NOT regexp_full_match(upper(nature), '[0-9A-Z]{{2}}')
    THEN 'nature : code de deux caractères attendu, reçu ' || {shown("nature")}
  WHEN upper(nature) = '{MISSION}' AND siret_utilisateur = ''
    THEN 'siret_utilisateur : attendu pour une mission (S21.G00.40.046), reçu rien'
  WHEN motif_fin <> '' AND NOT regexp_full_match(motif_fin, '[0-9]{{3}}')
    THEN 'motif_fin : code de trois chiffres attendu, reçu ' || {shown("motif_fin")}
  WHEN motif <> '' AND motif NOT IN ({rows.listed(MOTIVES)})
    THEN 'motif : code de 01 à 15 attendu, reçu ' || {shown("motif")}
  WHEN date_debut = '' THEN 'date_debut : date AAAA-MM-JJ attendue, reçu rien'
  {_UNREAD}
  WHEN fin < debut AND motif_fin <> '{END_CANCELLED}'
    THEN 'date_fin : ' || fin || ' avant date_debut ' || debut
  WHEN prevue < debut THEN 'date_fin_prevue : ' || prevue || ' avant date_debut ' || debut
  WHEN renouvellements IS NULL
    THEN 'renouvellements : entier de 0 à 99 attendu, reçu ' || {shown("renouv_lu")}
END"""
