"""Customer satisfaction: one question after a ticket is closed, one score, one comment."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import ratings
from switchboard.references import new_reference
from switchboard.text.storable import clean_text

DAYS = 7
"""Days after the question for which a score is accepted."""
MAX_COMMENT = 2000


class Ratings:
    """The ratings of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def ask(
        self, db: Connection, ticket: str, conversation_id: str, route: str, person_id: int | None
    ) -> bool:
        """Record in the caller's transaction that the customer is asked; False if asked before."""
        row = {
            "ticket": ticket,
            "conversation_id": conversation_id,
            "route": route,
            "person_id": person_id,
            "asked_at": self._clock(),
        }
        return insert_new(db, ratings, row)

    def take(self, ticket: str, conversation_id: str, score: int) -> bool:
        """Store a score, 1 to 5. False unless this customer was asked and has not answered yet."""
        mine = (
            (ratings.c.ticket == ticket)
            & (ratings.c.conversation_id == conversation_id)
            & ratings.c.score.is_(None)
            & (ratings.c.asked_at > self._clock() - DAYS * 86400)
        )
        if not 1 <= score <= 5:
            return False
        with self._engine.begin() as db:
            change = sa.update(ratings).where(mine)
            done = db.execute(change.values(score=score, answered_at=self._clock()))
        return bool(done.rowcount)

    def volunteer(self, conversation_id: str, route: str, score: int, comment: str) -> bool:
        """Store what a customer says of a conversation without being asked; False for no score."""
        if not 1 <= score <= 5:
            return False
        now = self._clock()
        row = {
            "ticket": new_reference("C"),
            "conversation_id": conversation_id,
            "route": route,
            "person_id": None,
            "asked_at": now,
            "answered_at": now,
            "score": score,
            "comment": clean_text(comment[:MAX_COMMENT]) or None,
        }
        with self._engine.begin() as db:
            return insert_new(db, ratings, row)

    def comment(self, ticket: str, conversation_id: str, text: str) -> bool:
        """Store the customer's comment, once."""
        mine = (
            (ratings.c.ticket == ticket)
            & (ratings.c.conversation_id == conversation_id)
            & ratings.c.comment.is_(None)
        )
        with self._engine.begin() as db:
            kept = clean_text(text[:MAX_COMMENT])
            return bool(db.execute(sa.update(ratings).where(mine).values(comment=kept)).rowcount)
