"""What lets a reader into a live page: once, in time, at one host."""

from __future__ import annotations

import pytest

from archipel.dashboards import tickets
from archipel.dashboards.tickets import Tickets, View, seal, unseal

VIEW = View("pilote", "pilote", "v1", "jeton", {"n": {"kind": "int", "value": 3}})
SECRET = b"s" * 32


def test_a_ticket_opens_one_page_once_at_its_own_host() -> None:
    waiting = Tickets()
    ticket = waiting.issue(VIEW)
    assert waiting.redeem("autre", "pilote") is None
    assert waiting.redeem(ticket, "pilote") == VIEW
    assert waiting.redeem(ticket, "pilote") is None


def test_a_ticket_shown_at_another_host_is_spent() -> None:
    waiting = Tickets()
    ticket = waiting.issue(VIEW)
    assert waiting.redeem(ticket, "bonjour") is None
    assert waiting.redeem(ticket, "pilote") is None


def test_a_ticket_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Tickets()
    ticket = waiting.issue(VIEW)
    late = tickets.time.monotonic() + tickets.TICKET_SECONDS
    monkeypatch.setattr(tickets.time, "monotonic", lambda: late)
    assert waiting.redeem(ticket, "pilote") is None


def test_a_cookie_is_of_one_host_and_of_our_making() -> None:
    cookie = seal(VIEW, SECRET)
    assert unseal(cookie, "pilote", SECRET) == VIEW
    assert unseal(cookie, "bonjour", SECRET) is None
    assert unseal(cookie, "pilote", b"t" * 32) is None
    assert unseal(cookie[:-2] + "00", "pilote", SECRET) is None
    assert unseal("", "pilote", SECRET) is None
