"""The draft of a card: what figures say is there, and the gate asks a person for the rest by its name."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from archipel.defis.twincity import card
from archipel.defis.twincity.audit import card as audited
from archipel.defis.twincity.audit import run
from archipel.models.documents import CARD, Card, read

DAY = date(2026, 11, 27)
SAID = "Un texte assez long pour être lu."


def test_the_gate_asks_for_what_a_person_has_to_say_and_takes_it_then() -> None:
    told = card.draft("un-reseau", DAY, [("AP50", "40 images", 0.5, 0.4, 0.6)], [("des scènes", True)])
    refusals = read(Card, CARD, json.dumps(told).encode())
    assert isinstance(refusals, tuple)
    places = " ".join(str(one) for one in refusals)
    for name in ("responsable", "usage", "limites", "interdits", "ethique", "licence"):
        assert name in places, places
    told |= dict.fromkeys(("responsable", "usage", "limites", "interdits", "ethique"), SAID)
    told["donnees"][0]["licence"] = "MIT"
    taken = read(Card, CARD, json.dumps(told).encode())
    assert isinstance(taken, Card)
    assert taken.donnees_synthetiques
    assert taken.metriques[0].valeur == 0.5


def test_counts_of_two_detectors_leave_a_card_each(tmp_path: Path) -> None:
    path = tmp_path / "comptes.csv"
    path.write_text(
        "detecteur,condition,groupe,n,detectes\nun,heure,jour,100,80\nun,heure,nuit,100,60\n"
        "deux,heure,jour,100,70\ndeux,heure,nuit,100,65\n",
        encoding="utf-8",
    )
    audit = run.audit(run.read(str(path), None, None, "").accept(0.0))
    assert {name: one["detecteur"] for name, one in audited.cards(audit, DAY, synthetic=False).items()} == {
        "un": "un",
        "deux": "deux",
    }
