"""Monthly declarations to contracts: ends told or deduced, changes followed, missions at the user's site.

The rules are those of DNUM-SocialGouv/dsn_processing: a contract of which nothing is declared for three
months is closed, at its planned end if that lies in its last month, else on that month's last day; an end
with motive 099 cancels the one before; a change block ties an old key to the new one; whoever is transferred
leaves the old employer on the eve.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from archipel.defis.champollion.law.codes import END_CANCELLED, MISSION
from archipel.defis.champollion.reading import files
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
MOST_CHANGES = 12
"""Changes of one contract that are followed."""


@dataclass
class Rebuilt:
    """``rows``: declarations read; ``contracts``: written; ``rejects``: refused rows, line and reason."""

    rows: int = 0
    contracts: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)


def rebuild(con: duckdb.DuckDBPyConnection, path: Path, to: Path, buckets: int = 1) -> Rebuilt:
    """Write to ``to`` (Parquet) the contracts that `contracts.read` reads, from declarations.

    ``buckets``: employers are taken in so many turns, each read from the file anew: memory for a part.
    Raises `DataRefused` for a file of another form.
    """
    refused = files.load(con, path, COLUMNS, OPTIONAL)
    types = {row[0]: row[1] for row in con.execute("DESCRIBE brut").fetchall()}
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW lues AS SELECT *, {_REASON} AS raison "
        f"FROM (SELECT {_typed(types)} FROM brut)"
    )
    told = Rebuilt(rejects=refused)
    told.rows = con.execute("SELECT count(*) FROM brut").fetchall()[0][0] + len(refused)
    if not told.rows:
        raise DataRefused(f"« {path.name} » : aucune ligne sous l’en-tête")
    told.rejects += [
        {"ligne": line, "motif": reason}
        for line, reason in con.execute(
            "SELECT ligne, raison FROM lues WHERE raison IS NOT NULL ORDER BY ligne"
        ).fetchall()
    ]
    con.execute(f"CREATE OR REPLACE TEMP TABLE transferts AS {_TRANSFERS}")
    parts = [_bucket(con, to, part, buckets, told) for part in range(buckets)]
    _gathered(con, parts, to)
    told.contracts = con.execute(f"SELECT count(*) FROM read_parquet('{_quoted(to)}')").fetchall()[0][0]
    told.rejects.sort(key=lambda row: row["ligne"])
    return told


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _bucket(con: duckdb.DuckDBPyConnection, to: Path, part: int, buckets: int, told: Rebuilt) -> Path:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE mois_lus AS SELECT * FROM lues WHERE raison IS NULL "
        f"AND hash(siret) % {buckets} = {part}"
    )
    told.rejects += [
        {"ligne": line, "motif": f"déclaration déjà lue ligne {first}"}
        for line, first in con.execute(_REPEATED).fetchall()
    ]
    con.execute(f"CREATE OR REPLACE TEMP TABLE cles AS {_KEYS}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE suites AS {_CHANGES}")
    for _ in range(MOST_CHANGES):
        if not con.execute(_FOLLOWED).fetchall()[0][0]:
            break
    beside = to.with_name(f".{to.name}.{part}.part")
    con.execute(f"COPY ({_CONTRACTS}) TO '{_quoted(beside)}' (FORMAT parquet)")
    return beside


def _gathered(con: duckdb.DuckDBPyConnection, parts: Iterable[Path], to: Path) -> None:
    parts = list(parts)
    names = ", ".join(f"'{_quoted(part)}'" for part in parts)
    whole = to.with_name(f".{to.name}.part")
    con.execute(f"COPY (SELECT * FROM read_parquet([{names}])) TO '{_quoted(whole)}' (FORMAT parquet)")
    whole.replace(to)
    for part in parts:
        part.unlink()


_DATES = {
    "date_debut": "debut", "date_fin_prevue": "prevue", "date_fin": "fin",
    "ancienne_date_debut": "ancien_debut", "date_changement": "changement",
}  # fmt: skip


def _typed(types: dict[str, str]) -> str:
    """Every column as what it is; of dates, the text too where it was one, for whoever is told of it."""
    texts = [name for name in (*COLUMNS, *OPTIONAL) if name not in _DATES and name != "renouvellements"]
    told = ["ligne", *(f"coalesce(trim({name}::VARCHAR), '') AS {name}" for name in texts)]
    told.append("coalesce(try_cast(renouvellements::VARCHAR AS INTEGER), 0) AS renouvellements")
    told.append("try_cast(coalesce(trim(mois::VARCHAR), '') || '-01' AS DATE) AS premier")
    for name, short in _DATES.items():
        read = types[name] in ("DATE", "TIMESTAMP")
        told.append(
            f"{name}::DATE AS {short}" if read else f"try_cast(trim({name}::VARCHAR) AS DATE) AS {short}"
        )
        told.append(f"coalesce(trim({name}::VARCHAR), '') AS {name}" if not read else f"'' AS {name}")
    return ", ".join(told)


_REASON = f"""CASE
  WHEN norme NOT IN ({", ".join(f"'{norm}'" for norm in NORMS)})
    THEN 'norme : version ' || left(norme, 20) || ' inconnue ({NORMS[0]} à {NORMS[-1]})'
  WHEN premier IS NULL THEN 'mois : AAAA-MM attendu, reçu « ' || left(mois, 20) || ' »'
  WHEN NOT regexp_full_match(siret, '[0-9]{{14}}')
    THEN 'siret : 14 chiffres attendus, reçu « ' || left(siret, 40) || ' »'
  WHEN siret_utilisateur <> '' AND NOT regexp_full_match(siret_utilisateur, '[0-9]{{14}}')
    THEN 'siret_utilisateur : 14 chiffres attendus, reçu « ' || left(siret_utilisateur, 40) || ' »'
  WHEN numero = '' THEN 'numero : vide'
  WHEN poste = '' THEN 'poste : vide'
  WHEN debut IS NULL
    THEN 'date_debut : date AAAA-MM-JJ attendue, reçu « ' || left(date_debut, 40) || ' »'
  WHEN date_fin <> '' AND fin IS NULL
    THEN 'date_fin : date AAAA-MM-JJ attendue, reçu « ' || left(date_fin, 40) || ' »'
  WHEN fin < debut AND motif_fin <> '{END_CANCELLED}'
    THEN 'date_fin : ' || fin || ' avant date_debut ' || debut
END"""
_SITE = f"CASE WHEN nature = '{MISSION}' AND siret_utilisateur <> '' THEN siret_utilisateur ELSE siret END"
_TRANSFERS = """
  SELECT ancien_siret AS siret, salarie_id, coalesce(nullif(ancien_numero, ''), numero) AS numero,
    coalesce(ancien_debut, debut) AS debut, max(changement) AS changement
  FROM lues WHERE raison IS NULL AND ancien_siret <> '' AND ancien_siret <> siret AND changement IS NOT NULL
  GROUP BY ALL
"""
_REPEATED = """
  SELECT ligne, premiere FROM (
    SELECT ligne, min(ligne) OVER (
      PARTITION BY siret, siret_utilisateur, salarie_id, numero, debut, mois, fin, motif_fin) AS premiere
    FROM mois_lus WHERE hash(siret, siret_utilisateur, salarie_id, numero, debut, mois, fin, motif_fin) IN (
      SELECT hash(siret, siret_utilisateur, salarie_id, numero, debut, mois, fin, motif_fin) FROM mois_lus
      GROUP BY 1 HAVING count(*) > 1)
  ) WHERE ligne > premiere
"""
_KEY = "siret, salarie_id, numero, debut"
_KEYS = f"""
  SELECT {_KEY}, row_number() OVER () AS cle, row_number() OVER () AS suite
  FROM (SELECT DISTINCT {_KEY} FROM mois_lus)
"""
"""``suite``: the key that this one became, itself at first."""
_CHANGES = f"""
  SELECT vieille.cle AS ancienne, neuve.cle AS nouvelle FROM (
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
_FOLLOWED = """
  UPDATE cles SET suite = suivante.nouvelle FROM (
    SELECT ancienne, max(nouvelle) AS nouvelle FROM suites GROUP BY ancienne
  ) AS suivante WHERE cles.suite = suivante.ancienne
"""
_CONTRACTS = f"""
WITH dites AS (
  SELECT mois_lus.*, {_SITE} AS site FROM mois_lus
), suivies AS (
  SELECT dites.*, cles.suite FROM dites JOIN cles USING ({_KEY})
), employeurs AS (
  SELECT siret, max(premier) AS dernier FROM dites GROUP BY siret
), contrats AS (
  SELECT suite, site, any_value(siret) AS declarant, min(premier) AS vu, max(premier) AS revu,
    arg_max(numero, (premier, ligne)) AS numero, arg_max(salarie_id, (premier, ligne)) AS salarie_id,
    arg_max(debut, (premier, ligne)) AS debut, arg_max(prevue, (premier, ligne)) AS prevue,
    arg_max(poste, (premier, ligne)) AS poste, arg_max(idcc, (premier, ligne)) AS idcc,
    arg_max(nature, (premier, ligne)) AS nature, arg_max(motif, (premier, ligne)) AS motif,
    max(renouvellements) AS renouvellements,
    arg_max(CASE WHEN motif_fin = '{END_CANCELLED}' THEN struct_pack(fin := NULL::DATE, motif := '')
      ELSE struct_pack(fin := fin, motif := motif_fin) END, (premier, ligne))
      FILTER (fin IS NOT NULL OR motif_fin = '{END_CANCELLED}') AS dite
  FROM suivies GROUP BY suite, site
), places AS (
  -- A mission that went on at another user's site is one contract at each.
  SELECT *, row_number() OVER (PARTITION BY suite ORDER BY vu) AS rang_site,
    lead(vu) OVER (PARTITION BY suite ORDER BY vu) AS ailleurs
  FROM contrats
), finis AS (
  SELECT places.*, dernier,
    CASE WHEN rang_site > 1 THEN greatest(places.debut, vu) ELSE places.debut END AS commence,
    last_day(revu) AS fin_de_mois,
    transferts.changement - INTERVAL 1 DAY AS transfert
  FROM places JOIN employeurs ON employeurs.siret = declarant
  LEFT JOIN transferts ON transferts.siret = declarant AND transferts.salarie_id = places.salarie_id
    AND transferts.numero = places.numero AND transferts.debut = places.debut
), dates AS (
  SELECT *, CASE
    WHEN ailleurs IS NOT NULL THEN (ailleurs - INTERVAL 1 DAY)::DATE
    WHEN dite.fin IS NOT NULL THEN dite.fin
    WHEN transfert IS NOT NULL THEN transfert::DATE
    WHEN dernier >= revu + INTERVAL {SILENT} MONTH THEN
      CASE WHEN prevue BETWEEN revu AND fin_de_mois THEN prevue ELSE fin_de_mois END
    END AS fin,
    CASE WHEN ailleurs IS NOT NULL THEN '1' WHEN dite.fin IS NOT NULL OR transfert IS NOT NULL THEN '2'
      WHEN dernier >= revu + INTERVAL {SILENT} MONTH THEN '1' ELSE '' END AS statut
  FROM finis
)
SELECT declarant || '-' || numero || '-' || strftime(commence, '%Y%m%d') ||
    CASE WHEN count(*) OVER memes > 1
      THEN '-' || row_number() OVER (memes ORDER BY vu, revu, salarie_id, site) ELSE '' END AS contrat_id,
  site AS siret, idcc, poste, salarie_id, nature, motif, commence AS date_debut,
  CASE WHEN prevue >= commence THEN prevue END AS date_fin_prevue,
  CASE WHEN fin >= commence THEN fin END AS date_fin,
  CASE WHEN fin >= commence THEN statut ELSE '' END AS statut_fin, renouvellements,
  coalesce(dite.motif, '') AS motif_fin
FROM dates WINDOW memes AS (PARTITION BY declarant, numero, commence)
"""
"""Of a person, nothing goes into a contract's name: where two have the same number and first day, a rank."""
