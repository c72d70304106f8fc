"""What a session believes of a token without asking again: its own person, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("jupyterhub", reason="a session's own packages")

from jupyterhub.services.auth import HubOAuth

from archipel.sessions.believed import OwnersAnswers


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"kind": "user", "name": "alice"}, True),
        ({"kind": "user", "name": "chef", "admin": True}, False),
        ({"kind": "service", "name": "alice"}, False),
        (None, False),
    ],
)
def test_only_the_owner_is_believed_and_no_refusal(said: dict[str, Any] | None, kept: bool) -> None:
    asked = HubOAuth()
    asked.cache = OwnersAnswers("alice", asked.cache_max_age)
    asked.cache["token:x:y"] = said
    assert ("token:x:y" in asked.cache) is kept
