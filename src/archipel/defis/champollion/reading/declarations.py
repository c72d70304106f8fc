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
import numpy as np
import pyarrow as pa

from archipel.defis.champollion.law.codes import END_CANCELLED, MISSION, MOTIVES
from archipel.defis.champollion.reading import cells, files, siret
from archipel.defis.champollion.reading.cells import EARLIEST, LATEST
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
SILENT = 3
"""Months without a word of a contract, while its employer declares, after which it is closed."""


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
        con.execute(f"CREATE OR REPLACE TEMP TABLE transferts AS {_TRANSFERS}")
        # Employers are parted before their rows are read: that costs most, and is done once for each row.
        employer = f"hash({cells.siret('siret', types['siret'])}) % {buckets}"
        parts = []
        for turn in range(buckets):
            con.execute(
                "CREATE OR REPLACE TEMP TABLE mois_lus AS WITH tour AS MATERIALIZED "
                f"(SELECT * FROM brut WHERE {employer} = {turn}) "
                f"SELECT {', '.join(_KEPT)}, raison, {_ORDER} AS ordre FROM ({_judged(types, 'tour')})"
            )
            parts.append(_turn(con, to, turn, told))
    _gathered(con, parts, to)
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
    every = np.asarray(con.execute(query).fetchnumpy()["siret"], dtype=np.int64)
    bad = every[~siret.valid(every)] if len(every) and profile == "strict" else every[:0]
    told = pa.table({"siret": pa.array([f"{one:014d}" for one in bad], pa.string())})
    con.register("fausses_lues", told)
    con.execute("CREATE OR REPLACE TEMP TABLE fausses AS FROM fausses_lues")
    con.unregister("fausses_lues")


def _turn(con: duckdb.DuckDBPyConnection, to: Path, turn: int, told: Rebuilt) -> Path:
    """The contracts of the employers whose rows are in ``mois_lus``."""
    told.rejects += files.rejects(con, "SELECT ligne, raison FROM mois_lus WHERE raison IS NOT NULL")
    con.execute("DELETE FROM mois_lus WHERE raison IS NOT NULL")
    con.execute(f"CREATE OR REPLACE TEMP TABLE repetees AS {_REPEATED}")
    told.rejects += files.rejects(
        con, "SELECT ligne, 'déclaration déjà lue ligne ' || premiere FROM repetees"
    )
    con.execute("DELETE FROM mois_lus WHERE ligne IN (SELECT ligne FROM repetees)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE cles AS {_KEYS}")
    _follow(con)
    con.execute(f"CREATE OR REPLACE TEMP TABLE mobiles AS {_MOBILE}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE passages AS {_STAYS}")
    beside = to.with_name(f".{to.name}.{turn}.part")
    con.execute(f"COPY ({_CONTRACTS}) TO {files.text(beside)} (FORMAT parquet)")
    return beside


def _follow(con: duckdb.DuckDBPyConnection) -> None:
    """All the keys that changes tie, however long the chain, or round, have the same ``suite``."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE liens AS {_CHANGES}")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE groupes AS SELECT cle, cle AS suite FROM "
        "(SELECT une AS cle FROM liens UNION SELECT autre FROM liens)"
    )
    while con.execute(_LOWERED).fetchall()[0][0]:
        con.execute(_SHORTENED)
    con.execute("UPDATE cles SET suite = groupes.suite FROM groupes WHERE groupes.cle = cles.cle")


def _gathered(con: duckdb.DuckDBPyConnection, parts: Iterable[Path], to: Path) -> None:
    parts = list(parts)
    whole = to.with_name(f".{to.name}.part")
    con.execute(f"COPY (SELECT * FROM {files.parquet(*parts)}) TO {files.text(whole)} (FORMAT parquet)")
    whole.replace(to)
    for part in parts:
        part.unlink()


_DATES = {
    "date_debut": "debut", "date_fin_prevue": "prevue", "date_fin": "fin",
    "ancienne_date_debut": "ancien_debut", "date_changement": "changement",
}  # fmt: skip


_CODES = {"nature": 2, "motif": 2, "motif_fin": 3}
_SITES = ("siret", "siret_utilisateur", "ancien_siret")
_PLAIN = ("norme", "numero", "salarie_id", "idcc", "ancien_numero", "ancien_salarie_id")


_KEPT = (
    "ligne", "siret", "siret_utilisateur", "salarie_id", "numero", "debut", "prevue", "fin", "motif_fin",
    "premier", "poste", "idcc", "nature", "motif", "renouvellements", "ancien_siret", "ancien_numero",
    "ancien_debut", "ancien_salarie_id",
)  # fmt: skip
"""What contracts are made of."""
_ORDER = "datediff('day', DATE '1950-01-01', premier)::BIGINT * 1000000000000 + ligne"
"""By month, then by line, as one number: a greatest pair takes five times as long to find."""


def _judged(types: dict[str, str], rows: str) -> str:
    return f"SELECT *, {_REASON} AS raison FROM (SELECT {_typed(types)} FROM {rows})"


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
    THEN '{name} : date AAAA-MM-JJ attendue, reçu « ' || left({name}, 40) || ' »'"""
    for name, short in _DATES.items()
)
_REASON = f"""CASE
  WHEN norme NOT IN ({", ".join(f"'{norm}'" for norm in NORMS)})
    THEN 'norme : version ' || left(norme, 20) || ' inconnue ({NORMS[0]} à {NORMS[-1]})'
  WHEN premier IS NULL OR premier NOT {_BOUNDS}
    THEN 'mois : AAAA-MM attendu, reçu « ' || left(mois, 20) || ' »'
  WHEN NOT regexp_full_match(siret, '[0-9]{{14}}')
    THEN 'siret : 14 chiffres attendus, reçu « ' || left(siret, 40) || ' »'
  WHEN siret_utilisateur <> '' AND NOT regexp_full_match(siret_utilisateur, '[0-9]{{14}}')
    THEN 'siret_utilisateur : 14 chiffres attendus, reçu « ' || left(siret_utilisateur, 40) || ' »'
  WHEN siret IN (FROM fausses) THEN 'siret : clé fausse, reçu « ' || siret || ' »'
  WHEN siret_utilisateur IN (FROM fausses)
    THEN 'siret_utilisateur : clé fausse, reçu « ' || siret_utilisateur || ' »'
  WHEN numero = '' THEN 'numero : vide'
  WHEN poste = '' THEN 'poste : vide'
  WHEN motif <> '' AND motif NOT IN ({", ".join(f"'{motive}'" for motive in MOTIVES)})
    THEN 'motif : code de 01 à 15 attendu, reçu « ' || left(motif, 40) || ' »'
  WHEN date_debut = '' THEN 'date_debut : date AAAA-MM-JJ attendue, reçu «  »'
  {_UNREAD}
  WHEN fin < debut AND motif_fin <> '{END_CANCELLED}'
    THEN 'date_fin : ' || fin || ' avant date_debut ' || debut
  WHEN prevue < debut THEN 'date_fin_prevue : ' || prevue || ' avant date_debut ' || debut
  WHEN renouvellements IS NULL
    THEN 'renouvellements : entier de 0 à 99 attendu, reçu « ' || left(renouv_lu, 40) || ' »'
END"""
_SITE = f"CASE WHEN nature = '{MISSION}' AND siret_utilisateur <> '' THEN siret_utilisateur ELSE siret END"
_TRANSFERS = """
  SELECT ancien_siret AS siret, salarie_id, coalesce(nullif(ancien_numero, ''), numero) AS numero,
    coalesce(ancien_debut, debut) AS debut, max(changement) AS changement
  FROM lues WHERE raison IS NULL AND ancien_siret <> '' AND ancien_siret <> siret AND changement IS NOT NULL
  GROUP BY ALL
"""
_SAME = "siret, siret_utilisateur, salarie_id, numero, debut, premier, fin, motif_fin"
_REPEATED = f"""
  SELECT ligne, premiere FROM (
    SELECT ligne, min(ligne) OVER (PARTITION BY {_SAME}) AS premiere
    FROM mois_lus WHERE hash({_SAME}) IN (SELECT hash({_SAME}) FROM mois_lus GROUP BY 1 HAVING count(*) > 1)
  ) WHERE ligne > premiere
"""
_KEY = "siret, salarie_id, numero, debut"
_KEYS = f"""
  SELECT {_KEY}, row_number() OVER () AS cle, row_number() OVER () AS suite
  FROM (SELECT DISTINCT {_KEY} FROM mois_lus)
"""
"""``suite``: the contract that this key is of, itself at first."""
_CHANGES = f"""
  SELECT vieille.cle AS une, neuve.cle AS autre FROM (
    SELECT * FROM mois_lus WHERE (ancien_numero <> '' OR ancien_debut IS NOT NULL OR ancien_salarie_id <> '')
      AND ancien_siret IN ('', siret)
  ) AS dite
  JOIN cles AS neuve USING ({_KEY})
  JOIN cles AS vieille ON vieille.siret = dite.siret
    AND vieille.numero = coalesce(nullif(dite.ancien_numero, ''), dite.numero)
    AND vieille.debut = coalesce(dite.ancien_debut, dite.debut)
    AND vieille.salarie_id = coalesce(nullif(dite.ancien_salarie_id, ''), dite.salarie_id)
  WHERE vieille.cle <> neuve.cle
  GROUP BY ALL
"""
_LOWERED = """
  UPDATE groupes SET suite = voisine.suite FROM (
    SELECT cle, min(suite) AS suite FROM (
      SELECT liens.une AS cle, groupes.suite FROM liens JOIN groupes ON groupes.cle = liens.autre
      UNION ALL SELECT liens.autre, groupes.suite FROM liens JOIN groupes ON groupes.cle = liens.une
    ) GROUP BY cle
  ) AS voisine WHERE groupes.cle = voisine.cle AND voisine.suite < groupes.suite
"""
_SHORTENED = """
  UPDATE groupes SET suite = loin.suite FROM groupes AS loin
  WHERE groupes.suite = loin.cle AND loin.suite < groupes.suite
"""
_MOBILE = f"""
  SELECT suite FROM mois_lus JOIN cles USING ({_KEY}) WHERE nature = '{MISSION}' AND siret_utilisateur <> ''
  GROUP BY suite HAVING min(siret_utilisateur) <> max(siret_utilisateur)
"""
_STAYS = f"""
  SELECT suite, site, premier,
    tour - dense_rank() OVER (PARTITION BY suite, site ORDER BY premier) AS passage FROM (
    SELECT DISTINCT suite, {_SITE} AS site, premier,
      dense_rank() OVER (PARTITION BY suite ORDER BY premier) AS tour
    FROM mois_lus JOIN cles USING ({_KEY}) SEMI JOIN mobiles USING (suite)
  )
"""
"""``passage``: the same for months that follow each other at one site; another once it comes back there."""
_CONTRACTS = f"""
WITH dites AS (
  SELECT mois_lus.*, {_SITE} AS site FROM mois_lus
), suivies AS (
  SELECT dites.*, cles.suite FROM dites JOIN cles USING ({_KEY})
), employeurs AS (
  SELECT siret, max(premier) AS dernier FROM dites GROUP BY siret
), contrats AS (
  SELECT suite, site, any_value(siret) AS declarant, min(premier) AS vu, max(premier) AS revu,
    arg_max(numero, ordre) AS numero, arg_max(salarie_id, ordre) AS salarie_id,
    arg_max(debut, ordre) AS debut, arg_max(prevue, ordre) AS prevue,
    arg_max(poste, ordre) AS poste, arg_max(idcc, ordre) AS idcc,
    arg_max(nature, ordre) AS nature, arg_max(motif, ordre) AS motif,
    max(renouvellements) AS renouvellements,
    arg_max(CASE WHEN motif_fin = '{END_CANCELLED}' THEN struct_pack(fin := NULL::DATE, motif := '')
      ELSE struct_pack(fin := fin, motif := motif_fin) END, ordre)
      FILTER (fin IS NOT NULL OR motif_fin = '{END_CANCELLED}') AS dite
  FROM suivies LEFT JOIN passages USING (suite, site, premier)
  GROUP BY suite, site, coalesce(passage, 0)
), places AS (
  -- A mission that went on at another user's site is one contract at each.
  SELECT * EXCLUDE suivant, CASE WHEN suivant >= revu THEN suivant END AS ailleurs FROM (
    SELECT *, rank() OVER (PARTITION BY suite ORDER BY vu) AS rang_site,
      min(vu) OVER (PARTITION BY suite ORDER BY vu
        RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND UNBOUNDED FOLLOWING) AS suivant
    FROM contrats)
), finis AS (
  SELECT places.*, dernier,
    CASE WHEN rang_site > 1 THEN greatest(places.debut, vu) ELSE places.debut END AS commence,
    last_day(revu) AS fin_de_mois,
    ailleurs IS NOT NULL AND (dite.fin IS NULL OR dite.fin > last_day(ailleurs)) AS parti,
    transferts.changement - INTERVAL 1 DAY AS transfert
  FROM places JOIN employeurs ON employeurs.siret = declarant
  LEFT JOIN transferts ON transferts.siret = declarant AND transferts.salarie_id = places.salarie_id
    AND transferts.numero = places.numero AND transferts.debut = places.debut
), dates AS (
  SELECT *, CASE
    WHEN parti THEN (ailleurs - INTERVAL 1 DAY)::DATE
    WHEN dite.fin IS NOT NULL THEN dite.fin
    WHEN transfert IS NOT NULL THEN transfert::DATE
    WHEN dernier >= revu + INTERVAL {SILENT} MONTH THEN
      CASE WHEN prevue BETWEEN revu AND fin_de_mois THEN prevue ELSE fin_de_mois END
    END AS fin,
    CASE WHEN parti THEN '1' WHEN dite.fin IS NOT NULL OR transfert IS NOT NULL THEN '2'
      WHEN dernier >= revu + INTERVAL {SILENT} MONTH THEN '1' ELSE '' END AS statut
  FROM finis
)
SELECT declarant || '-' || numero || '-' || strftime(commence, '%Y%m%d') ||
    CASE WHEN count(*) OVER memes > 1
      THEN '-' || row_number() OVER (memes ORDER BY vu, revu, salarie_id, site) ELSE '' END AS contrat_id,
  site AS siret, idcc, poste,
  CASE WHEN salarie_id = '' THEN '' ELSE md5(getvariable('secret') || salarie_id) END AS salarie_id,
  nature, motif, commence AS date_debut,
  CASE WHEN prevue >= commence THEN prevue END AS date_fin_prevue,
  CASE WHEN fin >= commence THEN fin END AS date_fin,
  CASE WHEN fin >= commence THEN statut ELSE '' END AS statut_fin, renouvellements,
  coalesce(dite.motif, '') AS motif_fin
FROM dates WINDOW memes AS (PARTITION BY declarant, numero, commence)
"""
"""Of a person, nothing goes into a contract's name: where two have the same number and first day, a rank.
``salarie_id`` tells whether two contracts are of one person, and nothing else."""
