"""Establishments of the synthetic country, their sectors and the risk that each truly bears.

Nothing here was fitted to anybody's records: shares and lengths are orders of magnitude, SIRENs are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from archipel.defis.champollion.reading.siret import siren_with_key, with_key


@dataclass(frozen=True)
class Sector:
    """``missions``: share of temporary-agency work among contracts. ``days``: median length of a contract.

    ``lift``: what the sector adds to the logit of an abuse.
    """

    naf: str
    name: str
    idcc: str
    share: float
    missions: float
    days: float
    lift: float
    season: bool
    jobs: tuple[str, ...]


SECTORS = (
    Sector("4711D", "supermarchés", "2216", 0.16, 0.15, 18, 0.2, False,
           ("caissier", "employé libre service", "boucher", "manutentionnaire")),
    Sector("5610A", "restauration", "1979", 0.16, 0.05, 12, 0.5, True,
           ("serveur", "cuisinier", "plongeur", "commis de cuisine")),
    Sector("5510Z", "hôtels", "1979", 0.08, 0.10, 15, 0.3, True,
           ("réceptionniste", "agent d’entretien", "serveur", "gouvernant")),
    Sector("8121Z", "nettoyage", "3043", 0.12, 0.10, 10, 0.7, False,
           ("agent d’entretien", "chef d’équipe", "laveur de vitres")),
    Sector("5210B", "entreposage", "16", 0.12, 0.70, 6, 0.6, False,
           ("préparateur de commande", "cariste", "manutentionnaire", "conducteur de ligne")),
    Sector("1013A", "industrie de la viande", "1586", 0.08, 0.60, 9, 0.4, False,
           ("ouvrier de production", "désosseur", "conducteur de ligne")),
    Sector("2932Z", "équipements automobiles", "3248", 0.07, 0.75, 20, 0.1, False,
           ("ouvrier de production", "technicien de maintenance", "contrôleur qualité")),
    Sector("8610Z", "santé", "51", 0.10, 0.20, 8, -0.6, False,
           ("infirmier", "aide-soignant", "agent d’entretien", "brancardier")),
    Sector("0121Z", "viticulture", "7024", 0.05, 0.10, 14, -0.2, True,
           ("ouvrier viticole", "tractoriste", "caviste")),
    Sector("6201Z", "informatique", "1486", 0.06, 0.10, 60, -0.8, False,
           ("développeur", "assistant administratif", "technicien support")),
)  # fmt: skip
DEPARTEMENTS = tuple(
    [f"{number:02d}" for number in range(1, 96) if number != 20]
    + ["2A", "2B", "971", "972", "973", "974", "976"]
)
AGENCY_IDCC = "2378"
BASE = -4.4
"""Logit of an abuse at a transition of an ordinary establishment."""


def sites(seed: int, first: int, number: int) -> pd.DataFrame:
    """Establishments ``first`` to ``first + number - 1``: the same whatever is drawn beside them.

    Columns: ``siret``, ``siren`` (whole numbers), ``secteur`` (rank in `SECTORS`), ``departement``,
    ``effectif``, ``postes`` (jobs that fixed-term contracts fill), ``risque``: the true probability that a
    contract is abusive.
    """
    if first % 3 or number % 3:
        raise ValueError(f"sites by threes, the second and third of one firm: got {first}, {number}")
    draw = np.random.default_rng([seed, 1, first])
    rank = np.arange(first, first + number)
    firm = rank // 3 * 2 + (rank % 3 > 0)
    # Spread over the eight digits without a repeat: the factor is prime to their number.
    siren = siren_with_key(10_000_000 + firm * 48_611_723 % 90_000_000)
    siret = with_key(siren, 10 + rank % 3)
    shares = np.array([one.share for one in SECTORS])
    sector = draw.choice(len(SECTORS), number, p=shares / shares.sum())
    staff = np.maximum(1, np.exp(draw.normal(2.6, 1.1, number))).astype(int)
    jobs = np.clip(1 + staff // 15, 1, 8)
    departement = draw.integers(0, len(DEPARTEMENTS), number)
    lift = np.array([one.lift for one in SECTORS])[sector]
    local = np.sin(departement * 2.399) * 0.4
    own = draw.normal(0, 0.9, number)
    logit = BASE + lift + local + 0.35 * (np.log(staff) - 2.6) + own
    return pd.DataFrame(
        {
            "siret": siret, "siren": siren, "secteur": sector,
            "departement": np.array(DEPARTEMENTS)[departement], "effectif": staff, "postes": jobs,
            "risque": 1 / (1 + np.exp(-logit)),
        }
    )  # fmt: skip
