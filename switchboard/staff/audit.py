"""The audit trail: who viewed what and who did what. Records are never changed.

Each row holds a digest over itself and the digest of the row before it, so that a row that was
changed, put in or taken away behind the database's back is found by reading the trail once. Who can
write everything can write all of it anew: only a digest that was noted elsewhere tells that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.clock import epoch_now
from switchboard.database.tables import audit, audit_end

LOOK = "look"
LOOK_SECONDS = 15 * 60.0
"""For this long one record stands for all looks of a person at the same thing."""


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


@dataclass(frozen=True)
class Verification:
    """What reading the whole trail found: `broken` is the first row that does not fit, or None."""

    rows: int
    last: int
    hash: str
    broken: int | None


class AuditTrail:
    """The recorded actions. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def write(
        self, db: Connection, person_id: int | None, act: str, subject: str, detail: str = ""
    ) -> None:
        """Record an action in the caller's transaction: both are committed, or neither.

        Until then nobody else can add to the trail, so it belongs at the end of a transaction.
        """
        # Locks the end before it is read: two rows cannot follow the same one.
        db.execute(sa.update(audit_end).values(last=audit_end.c.last + 1))
        end = db.execute(sa.select(audit_end)).one()
        record = Record(self._clock(), person_id, act[:32], subject[:64], detail[:255])
        digest = link(end.hash, end.last, record)
        db.execute(sa.insert(audit).values(id=end.last, hash=digest, **record.__dict__))
        db.execute(sa.update(audit_end).values(hash=digest))

    def record(self, person_id: int | None, act: str, subject: str, detail: str = "") -> None:
        """Record an action that changes nothing, such as an export."""
        with self._engine.begin() as db:
            self.write(db, person_id, act, subject, detail)

    def look(self, person_id: int | None, subject: str) -> None:
        """Record that somebody saw a customer's words, unless it is on record since a short while:
        a page asks for its parts every few seconds."""
        a = audit.c
        mine = (a.person_id == person_id) & (a.act == LOOK) & (a.subject == subject[:64])
        recent = sa.select(a.id).where(a.at > self._clock() - LOOK_SECONDS, mine).limit(1)
        with self._engine.connect() as db:
            known = db.execute(recent).first() is not None
        if not known:
            self.record(person_id, LOOK, subject)

    def newest(self, limit: int = 200, before: int = 0) -> list[tuple[int, Record]]:
        """The newest records with their numbers, newest first; `before`: only lower numbers."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before:
            query = query.where(audit.c.id < before)
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return [(row.id, _record(row)) for row in rows]

    def verify(self) -> Verification:
        """Read the whole trail, and tell the first row that was changed, put in or is missing.

        Of rows that are missing, the one after them is told.
        """
        rows = number = 0
        digest = ""
        with self._engine.connect() as db:
            # In this order, so that what is added meanwhile is not taken for put in.
            newest = db.execute(sa.select(sa.func.max(audit.c.id))).scalar() or 0
            end = db.execute(sa.select(audit_end)).one()
            known = sa.select(audit).where(audit.c.id <= end.last).order_by(audit.c.id)
            for row in db.execution_options(stream_results=True).execute(known):
                if row.id != number + 1 or row.hash != link(digest, row.id, _record(row)):
                    return Verification(rows, number, digest, row.id)
                rows, number, digest = rows + 1, row.id, row.hash
        whole = (number, digest) == (end.last, end.hash) and newest <= end.last
        return Verification(rows, number, digest, None if whole else number + 1)


def link(former: str, number: int, record: Record) -> str:
    """The digest of a row that follows the one with the digest `former`."""
    told = [former, number, repr(float(record.at)), record.person_id]
    told += [record.act, record.subject, record.detail]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _record(row: Row) -> Record:
    return Record(row.at, row.person_id, row.act, row.subject, row.detail)
