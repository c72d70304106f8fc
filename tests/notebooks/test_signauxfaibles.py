"""Signaux faibles' execution and dashboard as the platform runs them."""

from __future__ import annotations

import re
from typing import Any

from support.attempts import Attempt, Prepare, dashboard

FAILED = 3
SMALL = {"entreprises": ("int", 1200), "graine": ("int", 1), "pas": ("int", 6), "tirages": ("int", 50)}


def run(prepare: Prepare, **more: Any) -> Attempt:
    attempt = prepare(
        defi="signauxfaibles",
        notebook="notebooks/signauxfaibles/execution.ipynb",
        parameters=SMALL | more,
    )
    attempt.run()
    return attempt


def test_the_run_and_its_dashboard(prepare: Prepare) -> None:
    ran = run(prepare)
    told = ran.metrics()
    assert told["entreprises"] == 1200
    assert 0.6 < told["temps_archipel_auc"] < 1
    result = ran.json("result.json")
    assert result["donnees_synthetiques"] is True
    assert (result["dernier_apprentissage"], result["coupure"], result["dernier_essai"]) == (
        "2021-07", "2023-01", "2024-06",
    )  # fmt: skip
    firms = ran.table("entreprises.csv")
    assert len(firms) == told["entreprises_suivies"]
    assert min(int(firm["effectif"]) for firm in firms) >= 10
    assert not {firm["section"] for firm in firms} & {"O", "P"}
    chances = [float(firm["probabilite"]) for firm in firms]
    assert chances == sorted(chances, reverse=True)
    rates = {(row["decoupage"], row["modele"]) for row in ran.table("evaluation.csv")}
    assert len(rates) == 12
    months = [row for row in ran.table("mois.csv") if row["siren"] == firms[0]["siren"]]
    assert months[-1]["mois"] == result["dernier_mois"] == "2025-12"
    assert all(row["donnees_synthetiques"] == "True" for row in ran.table("secteurs.csv"))

    def page(**parameters: str) -> str:
        board = dashboard(prepare, "signauxfaibles", ran, **parameters)
        return str(board.failed()["message"]) if board.code else board.page()

    def spaced(siren: str) -> str:
        return "SIREN " + "\u202f".join((siren[:3], siren[3:6], siren[6:]))

    text = page()
    assert spaced(firms[0]["siren"]) in text
    assert text.count("données synthétiques") >= 2
    assert text.count("<svg") >= 6
    assert not re.search(r"\bnan\b", text.partition('<div class="arc">')[2].partition("</body>")[0])
    other = firms[-1]["siren"]
    assert spaced(other) in page(siren=f"{other[:3]} {other[3:]}")
    assert "Aucune entreprise suivie du SIREN « 000000000 »" in page(siren="000000000")


def test_a_time_too_short_is_refused_and_nothing_is_left(prepare: Prepare) -> None:
    attempt = run(prepare, debut=("date", {"date": "2020-01-01"}))
    assert attempt.code == FAILED
    assert "72 mois reçus ; de 96 à 240 attendus" in attempt.failed()["message"]
    assert not list(attempt.folder.glob("*.csv"))
