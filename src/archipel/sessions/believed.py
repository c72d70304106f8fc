"""What the hub said of a token, kept for a while: of the session's own person, and of nobody else."""

from __future__ import annotations

from typing import Any

from jupyterhub.services.auth import _ExpiringDict


class OwnersAnswers(_ExpiringDict):
    """The cache of `HubOAuth`, which is its kind alone.

    Whoever administers may open anybody's session: nothing ends that session when they leave, so the hub is
    asked about them each time. Nor is a « no » kept: the hub says it of everyone while its database is away.
    """

    def __init__(self, owner: str, max_age: int) -> None:
        super().__init__(max_age)
        self._owner = owner

    def __setitem__(self, key: str, value: dict[str, Any] | None) -> None:
        if value is not None and value.get("kind") == "user" and value.get("name") == self._owner:
            super().__setitem__(key, value)
