"""The audit trail: who viewed what and who did what. Records are never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import audit


@dataclass(frozen=True)
class Record:
    """One action.

    `person_id` is None for actions without a signed-in person; `subject` is its object.
    """

    at: float
    person_id: int | None
    act: str
    subject: str
    detail: str


class AuditTrail:
    """The recorded actions. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def write(
        self, db: Connection, person_id: int | None, act: str, subject: str, detail: str = ""
    ) -> None:
        """Record an action in the caller's transaction: both are committed, or neither."""
        db.execute(
            sa.insert(audit).values(
                at=self._clock(),
                person_id=person_id,
                act=act[:32],
                subject=subject[:64],
                detail=detail[:255],
            )
        )

    def record(self, person_id: int | None, act: str, subject: str, detail: str = "") -> None:
        """Record an action that changes nothing, such as viewing a ticket."""
        with self._engine.begin() as db:
            self.write(db, person_id, act, subject, detail)

    def newest(self, limit: int = 200, before: int = 0) -> list[tuple[int, Record]]:
        """The newest records with their numbers, newest first; `before`: only lower numbers."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before:
            query = query.where(audit.c.id < before)
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return [
            (row.id, Record(row.at, row.person_id, row.act, row.subject, row.detail))
            for row in rows
        ]
