"""Codes of the DSN norm (NEODeS, cahier technique 2023.1) that the rules read, with their French labels."""

from __future__ import annotations

CDD, MISSION = "02", "03"
CHECKED = (CDD, MISSION)
"""Natures of contract (S21.G00.40.007) that the rules judge."""

REPLACEMENT, INCREASE, SEASON, HARVEST, CUSTOM, PROJECT = "01", "02", "03", "04", "05", "06"
HEAD, FARM_HEAD, DIFFICULTY, TRAINING, APPRENTICE = "07", "08", "09", "10", "11"
PART_TIME, DEPARTURE, VOYAGE, DISABLED = "12", "13", "14", "15"

MOTIVES = {
    REPLACEMENT: "remplacement d’un salarié",
    INCREASE: "accroissement temporaire d’activité",
    SEASON: "emploi saisonnier",
    HARVEST: "vendanges",
    CUSTOM: "contrat d’usage",
    PROJECT: "objet défini",
    HEAD: "remplacement d’un chef d’entreprise",
    FARM_HEAD: "remplacement d’un chef d’exploitation agricole",
    DIFFICULTY: "recrutement de personnes sans emploi en difficulté",
    TRAINING: "complément de formation professionnelle",
    APPRENTICE: "formation par apprentissage",
    PART_TIME: "remplacement d’un salarié passé provisoirement à temps partiel",
    DEPARTURE: "attente de la suppression définitive du poste",
    VOYAGE: "engagement maritime au voyage",
    DISABLED: "intérim d’un bénéficiaire de l’obligation d’emploi",
}
"""Motives of recourse (S21.G00.40.021)."""

DECLARED, INFERRED = "2", "1"
"""Status of an end date: told by the employer, or deduced from declarations that stopped."""

ENDED_BY_EMPLOYEE = frozenset({"035", "037", "059"})
"""Ends (S21.G00.62.002) that the employee chose before term: trial period, early break, resignation."""
ECONOMIC_DISMISSALS = frozenset({"011", "012", "014", "025", "026"})
"""Ends for an economic reason: liquidation, closure, economic dismissal or its agreements."""
END_CANCELLED = "099"
