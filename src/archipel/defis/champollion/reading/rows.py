"""Each row of a file of contracts, as SQL: its cells read, and the first thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

from archipel.defis.champollion.law.codes import MISSION, MOTIVES
from archipel.defis.champollion.reading import cells
from archipel.defis.champollion.reading.cells import EARLIEST, LATEST, shown


def typed(types: dict[str, str]) -> str:
    """Each column read, beside its text: `NULL` where it cannot be."""

    def told(name: str) -> str:
        return cells.text(name, types[name])

    def code(name: str, width: int) -> str:
        return cells.code(name, types[name], width)

    own, user = (cells.siret(name, types[name]) for name in ("siret", "siret_utilisateur"))
    site = f"CASE WHEN {code('nature', 2)} = '{MISSION}' AND {user} <> '' THEN {user} ELSE {own} END"
    columns = {
        "ligne": "ligne",
        "contrat_id": told("contrat_id"),
        "siret_lu": site,
        "siret": f"CASE WHEN regexp_full_match({site}, '[0-9]{{14}}') THEN ({site})::BIGINT END",
        "idcc": f"ltrim({cells.numeral('idcc', types['idcc'])}, '0')",
        "poste": told("poste"),
        "salarie_id": told("salarie_id"),
        "nature": f"upper({code('nature', 2)})",
        "motif": code("motif", 2),
        "statut": cells.numeral("statut_fin", types["statut_fin"]),
        "renouv_lu": cells.numeral("renouvellements", types["renouvellements"]),
        "renouv": cells.count("renouvellements", types["renouvellements"]),
        "rupture": code("motif_fin", 3),
        "deduit": f"lower({told('debut_deduit')})",
    }
    for name, column in (("debut", "date_debut"), ("prevue", "date_fin_prevue"), ("fin", "date_fin")):
        columns[f"{name}_lu"] = told(column)
        columns[name] = cells.day(column, types[column])
    return ", ".join(f"{value} AS {name}" for name, value in columns.items())


def reason(*, strict: bool) -> str:
    """The first thing that is wrong with a row, in French; NULL for none."""
    low, high = f"DATE '{EARLIEST}'", f"DATE '{LATEST}'"
    cases = [
        ("contrat_id = ''", "'contrat_id : vide'"),
        ("premiere IS NOT NULL", "'contrat_id : déjà déclaré ligne ' || premiere"),
        ("siret IS NULL", f"'siret : 14 chiffres attendus, reçu ' || {shown('siret_lu')}"),
        ("poste = ''", "'poste : vide'"),
        (
            "NOT regexp_full_match(nature, '[0-9A-Z]{2}')",
            f"'nature : code de deux caractères attendu, reçu ' || {shown('nature')}",
        ),
        (
            f"motif <> '' AND motif NOT IN ({listed(MOTIVES)})",
            f"'motif : code de 01 à 15 attendu, reçu ' || {shown('motif')}",
        ),
        (
            "rupture <> '' AND NOT regexp_full_match(rupture, '[0-9]{3}')",
            f"'motif_fin : code de trois chiffres attendu, reçu ' || {shown('rupture')}",
        ),
        ("debut_lu = ''", "'date_debut : vide'"),
    ]
    if strict:
        cases.insert(3, ("fausse", f"'siret : clé fausse, reçu ' || {shown('siret_lu')}"))
    for name, column in (("debut", "date_debut"), ("prevue", "date_fin_prevue"), ("fin", "date_fin")):
        cases += [
            (
                f"{name}_lu <> '' AND {name} IS NULL",
                f"'{column} : date AAAA-MM-JJ attendue, reçu ' || {shown(f'{name}_lu')}",
            ),
            (
                f"{name} NOT BETWEEN {low} AND {high}",
                f"'{column} : entre {EARLIEST} et {LATEST}, reçu ' || {name}",
            ),
        ]
    cases += [
        ("fin < debut", "'date_fin : ' || fin || ' avant date_debut ' || debut"),
        ("prevue < debut", "'date_fin_prevue : ' || prevue || ' avant date_debut ' || debut"),
        ("statut NOT IN ('', '1', '2')", f"'statut_fin : 1 ou 2 attendu, reçu ' || {shown('statut')}"),
        (
            "deduit NOT IN ('', 'oui', 'non')",
            f"'debut_deduit : oui ou non attendu, reçu ' || {shown('deduit')}",
        ),
        (
            "renouv IS NULL",
            f"'renouvellements : entier de 0 à 99 attendu, reçu ' || {shown('renouv_lu')}",
        ),
    ]
    return "CASE " + " ".join(f"WHEN {test} THEN {reason}" for test, reason in cases) + " END"


def listed(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(codes))
