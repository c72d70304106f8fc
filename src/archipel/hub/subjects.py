"""Who of the identity provider is whom here: one subject, one name, for ever, in the hub's own database.

A name is never given twice: who has somebody's name has their files. The rows outlive the accounts.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Column, MetaData, Table, Unicode, insert, select
from sqlalchemy.exc import IntegrityError

from archipel.errors import Conflict

SUBJECTS = Table(
    "archipel_subjects",
    MetaData(),
    Column("name", Unicode(64), primary_key=True),
    # The hash says whether it is the same person, and nothing else of them.
    Column("subject", Unicode(64), unique=True, nullable=False),
)


class Subjects:
    def __init__(self, session: Any) -> None:
        """``session``: of SQLAlchemy, on the hub's database."""
        self._session = session
        SUBJECTS.create(bind=session.get_bind(), checkfirst=True)

    def name_of(self, issuer: str, subject: str) -> str | None:
        """The account of a subject that has signed in before."""
        row = self._session.execute(
            select(SUBJECTS.c.name).where(SUBJECTS.c.subject == _digest(issuer, subject))
        ).first()
        return str(row[0]) if row else None

    def names(self) -> set[str]:
        """Every account that the provider vouches for, or did."""
        return {str(row[0]) for row in self._session.execute(select(SUBJECTS.c.name))}

    def bind(self, issuer: str, subject: str, name: str) -> None:
        """Give ``name`` to a subject that has none. Raises `Conflict` where it is somebody else's."""
        try:
            self._session.execute(insert(SUBJECTS).values(name=name, subject=_digest(issuer, subject)))
            self._session.commit()
        except IntegrityError:
            self._session.rollback()
            raise name_taken(name) from None


def name_taken(name: str) -> Conflict:
    return Conflict(
        "oidc.name-taken",
        "votre compte s’appellerait « {name} », et ce nom est déjà celui de quelqu’un d’autre",
        hint="Qui administre cet espace peut dire lequel des deux est le vôtre (docs/operations.md).",
        name=name,
    )


def _digest(issuer: str, subject: str) -> str:
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()
