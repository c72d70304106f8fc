"""Audiences, durations, amounts of memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.catalog.cron import problem
from archipel.catalog.models import Audience, Resources, Text, parse_duration


@pytest.mark.parametrize(
    ("audience", "person", "groups", "admitted"),
    [
        (Audience(access="public"), None, set(), True),
        (Audience(), None, set(), False),
        (Audience(), "alice", set(), True),
        (Audience(access="groups", groups=("pilotage",)), "alice", {"pilotage", "autre"}, True),
        (Audience(access="groups", groups=("pilotage",)), "alice", {"autre"}, False),
        (Audience(access="groups", groups=("pilotage",)), None, {"pilotage"}, False),
    ],
)
def test_who_is_of_an_audience(
    audience: Audience, person: str | None, groups: set[str], admitted: bool
) -> None:
    assert audience.admits(person, frozenset(groups)) is admitted


def test_durations_and_memory() -> None:
    assert parse_duration("90s") == timedelta(seconds=90)
    assert parse_duration("365j") == timedelta(days=365)
    assert Resources(memory="1.5G").memory_bytes == 1536 * 1024**2
    assert Resources(memory="512M").memory_bytes == 512 * 1024**2


def test_a_text_falls_back_on_french() -> None:
    assert Text(fr="Bonjour", en="Hello").in_language("en") == "Hello"
    assert Text(fr="Bonjour").in_language("en") == "Bonjour"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 6 * * 1", ""),
        ("*/15 8-18 1,15 jan-mar mon-fri", ""),
        ("0 6 * *", "cinq champs attendus, 4 reçus"),
        ("60 6 * * 1", "minute : « 60 » hors de 0 à 59"),
        ("0 6 0 * 1", "jour du mois : « 0 » hors de 1 à 31"),
        ("0 6 * mon 1", "mois : « mon » hors de 1 à 12"),
        ("0 6 * * 5-1", "jour de la semaine : « 5-1 » va à rebours"),
        ("*/0 6 * * 1", "minute : pas nul dans « */0 »"),
        ("@daily 6 * * 1", "minute : « @daily » illisible"),
        ("0 6 * * 1#2", "jour de la semaine : « 1#2 » illisible"),
    ],
)
def test_a_cron_expression_is_judged_field_by_field(expression: str, reason: str) -> None:
    assert problem(expression) == reason
