"""The rules, each an object: articles by date, what it reads, formula, message, what remains to check.

Sources: Code du travail, L1242-1 to L1251-37-1, as the law of 17 August 2015 (no 2015-994), then the order of
22 September 2017 (no 2017-1387) left them; Cass. soc. 10 October 2018, 17-18.294 (each of the two contracts
must be exempt) and 27 September 2023, 21-21.154 (a mission, then a CDD).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archipel.defis.champollion.law.codes import CDD, MISSION

MOTIVE, LENGTH, RENEWALS, WAITING, BAN, TERM = (
    "motif", "duree_totale", "renouvellements", "carence", "interdiction", "terme",
)  # fmt: skip
ALWAYS = date(2008, 5, 1)
"""The Code du travail as it is numbered now. A contract that began before is not judged."""
TWO_RENEWALS = date(2015, 8, 19)
BRANCHES_FIRST = date(2017, 9, 24)
PERIODS = (ALWAYS, TWO_RENEWALS, BRANCHES_FIRST)
"""First days of the three states of this law. A contract is judged by the state of the day it begins."""


@dataclass(frozen=True)
class Rule:
    """``articles``: by nature of contract, (first day, article), the latest last.

    ``reads``: columns of the contracts. ``formula``, ``finding``, ``checks``: French, for the inspector;
    ``finding`` is filled in by `messages`.
    """

    name: str
    title: str
    articles: dict[str, tuple[tuple[date, str], ...]]
    reads: tuple[str, ...]
    unit: str
    formula: str
    finding: str
    checks: tuple[str, ...]

    def article(self, nature: str, day: date) -> str:
        """The article in force on ``day``; the first one for a day before it."""
        return in_force(self.articles[nature], day)


def in_force(articles: tuple[tuple[date, str], ...], day: date) -> str:
    """Of (first day, article), the one of ``day``; the first for a day before it."""
    return next((name for since, name in reversed(articles) if since <= day), articles[0][1])


def _always(cdd: str, mission: str) -> dict[str, tuple[tuple[date, str], ...]]:
    return {CDD: ((ALWAYS, cdd),), MISSION: ((ALWAYS, mission),)}


def _branch(cdd: str, mission: str) -> dict[str, tuple[tuple[date, str], ...]]:
    """Articles that an order moved behind the branch agreements, under a number with « -1 »."""
    return {
        nature: ((ALWAYS, article), (BRANCHES_FIRST, f"{article}-1"))
        for nature, article in ((CDD, cdd), (MISSION, mission))
    }


_UNDECIDED = (
    "travaux urgents nécessités par des mesures de sécurité",
    "contrat exécuté à l’étranger",
    "commande exceptionnelle à l’exportation",
)

RULES = {
    rule.name: rule
    for rule in (
        Rule(
            MOTIVE,
            "Motif de recours",
            _always("L1242-2", "L1251-6"),
            ("nature", "motif"),
            "",
            "le motif est l’un des cas de recours ouverts à cette nature de contrat",
            "le motif déclaré ({observe}) n’ouvre pas droit à un contrat de cette nature",
            ("le motif écrit au contrat, que l’employeur peut avoir mal déclaré",),
        ),
        Rule(
            LENGTH,
            "Durée totale",
            _branch("L1242-8", "L1251-12"),
            (
                "idcc", "nature", "motif", "date_debut", "date_fin", "date_fin_prevue", "statut_fin",
                "debut_deduit",
            ),
            "mois",
            "fin ≤ dernier jour de la période de tant de mois, renouvellements inclus, contrat par contrat",
            "durée totale de {observe} mois, renouvellements inclus, pour {attendu} mois au plus",
            (*_UNDECIDED, "attente d’un salarié recruté en CDI (neuf mois au plus)"),
        ),
        Rule(
            RENEWALS,
            "Renouvellements",
            _branch("L1243-13", "L1251-35"),
            ("idcc", "nature", "motif", "date_debut", "renouvellements"),
            "renouvellements",
            "renouvellements déclarés ≤ maximum",
            "renouvellements déclarés : {observe}, pour {attendu} au plus",
            ("les avenants signés avant le terme, et ceux qui n’ont pas été déclarés",),
        ),
        Rule(
            WAITING,
            "Délai de carence",
            _branch("L1244-3", "L1251-36"),
            (
                "siret", "poste", "idcc", "nature", "motif", "date_debut", "date_fin", "date_fin_prevue",
                "statut_fin", "motif_fin", "debut_deduit",
            ),
            "jours d’ouverture",
            "jours d’ouverture entre les deux contrats ≥ durée du contrat expiré (jours calendaires) ÷ 3 à "
            "partir de 14 jours, ÷ 2 en dessous",
            "jours d’ouverture depuis la fin du contrat précédent ({precedent}, {duree} jusqu’au {fin}) : "
            "{observe}, pour {attendu} au moins",
            (
                "qu’il s’agit du même poste",
                "travaux urgents nécessités par des mesures de sécurité",
                "refus par le salarié d’un renouvellement",
                "les jours d’ouverture de l’établissement",
            ),
        ),
        Rule(
            BAN,
            "Interdiction après un licenciement économique",
            _always("L1242-5", "L1251-9"),
            (
                "siret", "poste", "motif", "date_debut", "date_fin", "date_fin_prevue", "statut_fin",
                "renouvellements", "motif_fin", "debut_deduit",
            ),
            "mois",
            "aucun accroissement temporaire sur le poste dans les six mois d’un licenciement économique, "
            "sauf trois mois au plus sans renouvellement",
            "accroissement temporaire {observe} mois après un licenciement économique sur ce poste, pour "
            "{attendu} attendus",
            ("commande exceptionnelle à l’exportation", "les postes que le licenciement concernait"),
        ),
        Rule(
            TERM,
            "Terme précis",
            _always("L1242-7", "L1251-11"),
            ("nature", "motif", "date_fin_prevue"),
            "",
            "un terme est fixé dès la conclusion, sauf remplacement, saison, usage ou objet défini",
            "aucun terme prévu n’est déclaré, et ce motif en demande un",
            ("le terme écrit au contrat, souvent absent de la déclaration",),
        ),
    )
}  # fmt: skip

MISSING_MOTIVE = {CDD: "L1242-12", MISSION: "L1251-16"}
"""A written contract tells its motive; without one it is deemed open-ended."""
PROJECT = (
    (ALWAYS, "loi n° 2008-596, article 6"),
    (date(2014, 12, 22), "L1242-8-1"),
    (BRANCHES_FIRST, "L1242-8-2"),
)
"""By first day: a contract for a defined project lasts 36 months at most, and is not renewed."""
NEVER_DECIDED = (
    "remplacement de salariés grévistes (L1242-6, L1251-10)",
    "travaux particulièrement dangereux (L1242-6, L1251-10)",
    "emploi durable, lié à l’activité normale et permanente (L1242-1, L1251-5)",
    "contrat écrit, remis dans les deux jours ouvrables (L1242-12, L1242-13, L1251-16, L1251-17)",
    "indemnité de fin de contrat (L1243-8, L1251-32)",
)
"""What no declaration shows: for every establishment's list."""
