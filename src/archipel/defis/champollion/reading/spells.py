"""Months declared one after the other become contracts (employment spells): the queries, in order.

They read ``mois_lus`` (rows kept of the employers of a turn), ``lues`` (all rows), and each other's tables.
"""

from __future__ import annotations

from archipel.defis.champollion.law.codes import CDD, END_CANCELLED, MISSION
from archipel.defis.champollion.reading.cells import PERSON, SPACES

SILENT = 3
"""Months without a word of a contract, while its employer declares, after which it is closed."""
_SITE = f"CASE WHEN nature = '{MISSION}' AND siret_utilisateur <> '' THEN siret_utilisateur ELSE siret END"
_CHECKED = f"upper(nature) IN ('{CDD}', '{MISSION}')"
TRANSFERS = """
  SELECT ancien_siret AS siret, salarie_id, coalesce(nullif(ancien_numero, ''), numero) AS numero,
    coalesce(ancien_debut, debut) AS debut, max(changement) AS changement
  FROM lues WHERE raison IS NULL AND ancien_siret <> '' AND ancien_siret <> siret AND changement IS NOT NULL
  GROUP BY ALL
"""
KEPT = (
    "siret, siret_utilisateur, salarie_id, numero, debut, prevue, fin, motif_fin, premier, poste, idcc, "
    "nature, motif, renouvellements, ancien_siret, ancien_numero, ancien_debut, ancien_salarie_id, changement"
)
"""What contracts are made of; a line that says all of it again says nothing. Of two of one month that differ,
the later corrects the earlier."""
REPEATED = f"""
  SELECT ligne, premiere FROM (
    SELECT ligne, min(ligne) OVER (PARTITION BY {KEPT}) AS premiere
    FROM mois_lus WHERE hash({KEPT}) IN (SELECT hash({KEPT}) FROM mois_lus GROUP BY 1 HAVING count(*) > 1)
  ) WHERE ligne > premiere
"""
_KEY = "siret, salarie_id, numero, debut"
KEYS = f"""
  SELECT {_KEY}, row_number() OVER () AS cle, row_number() OVER () AS suite
  FROM (SELECT DISTINCT {_KEY} FROM mois_lus)
"""
"""``suite``: the contract that this key is of, itself at first."""
CHANGES = f"""
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
LOWERED = """
  UPDATE groupes SET suite = voisine.suite FROM (
    SELECT cle, min(suite) AS suite FROM (
      SELECT liens.une AS cle, groupes.suite FROM liens JOIN groupes ON groupes.cle = liens.autre
      UNION ALL SELECT liens.autre, groupes.suite FROM liens JOIN groupes ON groupes.cle = liens.une
    ) GROUP BY cle
  ) AS voisine WHERE groupes.cle = voisine.cle AND voisine.suite < groupes.suite
"""
SHORTENED = """
  UPDATE groupes SET suite = loin.suite FROM groupes AS loin
  WHERE groupes.suite = loin.cle AND loin.suite < groupes.suite
"""
MOBILE = f"""
  SELECT suite FROM mois_lus JOIN cles USING ({_KEY}) GROUP BY suite
  HAVING min({_SITE}) <> max({_SITE}) OR min({_CHECKED}) <> max({_CHECKED})
"""
"""What goes on elsewhere, or as a contract of another kind (a CDD that becomes a CDI), is two contracts."""
STAYS = f"""
  SELECT suite, site, court, premier,
    tour - dense_rank() OVER (PARTITION BY suite, site, court ORDER BY premier) AS passage FROM (
    SELECT DISTINCT suite, {_SITE} AS site, {_CHECKED} AS court, premier,
      dense_rank() OVER (PARTITION BY suite ORDER BY premier) AS tour
    FROM mois_lus JOIN cles USING ({_KEY}) SEMI JOIN mobiles USING (suite)
  )
"""
"""``passage``: the same for months that follow each other at one site; another once it comes back there."""
CONTRACTS = f"""
WITH dites AS (
  SELECT mois_lus.*, {_SITE} AS site, {_CHECKED} AS court FROM mois_lus
), suivies AS (
  SELECT dites.*, cles.suite FROM dites JOIN cles USING ({_KEY})
), employeurs AS (
  SELECT siret, max(premier) AS dernier FROM dites GROUP BY siret
), contrats AS (
  SELECT suite, site, any_value(siret) AS declarant, min(premier) AS vu, max(premier) AS revu,
    arg_max(numero, ordre) AS numero, arg_max(salarie_id, ordre) AS salarie_id,
    arg_max(debut, ordre) AS debut, arg_max(struct_pack(fin := prevue), ordre).fin AS prevue,
    arg_max(poste, ordre) AS poste, arg_max(idcc, ordre) AS idcc,
    arg_max(nature, ordre) AS nature, arg_max(motif, ordre) AS motif,
    max(renouvellements) AS renouvellements,
    arg_max(CASE WHEN motif_fin = '{END_CANCELLED}' THEN struct_pack(fin := NULL::DATE, motif := '')
      ELSE struct_pack(fin := fin, motif := motif_fin) END, ordre)
      FILTER (fin IS NOT NULL OR motif_fin = '{END_CANCELLED}') AS dite
  FROM suivies LEFT JOIN passages USING (suite, site, court, premier)
  GROUP BY suite, site, court, coalesce(passage, 0)
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
    WHEN dite.fin >= commence THEN dite.fin
    WHEN transfert >= commence THEN transfert::DATE
    WHEN dernier >= revu + INTERVAL {SILENT} MONTH THEN
      CASE WHEN prevue BETWEEN revu AND fin_de_mois THEN prevue ELSE fin_de_mois END
    END AS fin,
    CASE WHEN parti THEN '1' WHEN dite.fin >= commence OR transfert >= commence THEN '2'
      WHEN dernier >= revu + INTERVAL {SILENT} MONTH THEN '1' ELSE '' END AS statut
  FROM finis
)
SELECT declarant || '-' ||
    CASE WHEN regexp_matches(translate(numero, '{SPACES}', ''), '{PERSON}')
      THEN left(md5(getvariable('secret') || numero), 12) ELSE numero END || '-' ||
    strftime(commence, '%Y%m%d') ||
    CASE WHEN count(*) OVER memes > 1
      THEN '-' || row_number() OVER (memes ORDER BY vu, revu, salarie_id, site) ELSE '' END AS contrat_id,
  -- What an agency declares is its own branch, not the user's.
  site AS siret, CASE WHEN nature = '{MISSION}' THEN '' ELSE idcc END AS idcc, poste,
  CASE WHEN salarie_id = '' THEN '' ELSE md5(getvariable('secret') || salarie_id) END AS salarie_id,
  nature, motif, commence AS date_debut,
  CASE WHEN prevue >= commence THEN prevue END AS date_fin_prevue,
  CASE WHEN fin >= commence THEN fin END AS date_fin,
  CASE WHEN fin >= commence THEN statut ELSE '' END AS statut_fin, renouvellements,
  CASE WHEN dite.fin >= commence THEN coalesce(dite.motif, '') ELSE '' END AS motif_fin,
  CASE WHEN commence > debut THEN 'oui' ELSE 'non' END AS debut_deduit
FROM dates WINDOW memes AS (PARTITION BY declarant, numero, commence)
"""
"""Of a person, nothing goes into a contract's name: where two have the same number and first day, a rank.
``salarie_id`` tells whether two contracts are of one person, and nothing else."""
