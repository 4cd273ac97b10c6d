"""What the demo's people say that misread messages meant, and how that goes with the demo."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import events, learning_evidence, learning_proposals
from switchboard.learning.doubtful import correction
from switchboard.learning.heard_messages import HeardMessage, heard_at
from switchboard.learning.proposal_book import ProposalBook


class DemoCorrections:
    """Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._book = engine, ProposalBook(engine)

    def correct(self, conversation_id: str, meant: str, by: str) -> bool:
        """Say what the customer's latest words meant, as on the desk's page; False if there are
        none, or they were read so."""
        message = self._latest(conversation_id)
        if message is None or message.intent == meant:
            return False
        self._book.correct(correction(message, meant, by), by)
        return True

    def forget(self, conversations: Collection[str]) -> int:
        """Delete proposals that rest on these conversations alone, whatever was decided on them;
        how many. What is in the shop's files stays there."""
        evidence = learning_evidence.c
        with self._engine.begin() as db:
            rows = db.execute(sa.select(evidence.proposal_id, evidence.conversation_id)).all()
            others = {row.proposal_id for row in rows if row.conversation_id not in conversations}
            ours = {row.proposal_id for row in rows} - others
            for number in ours:
                db.execute(sa.delete(learning_proposals).where(learning_proposals.c.id == number))
                db.execute(sa.delete(learning_evidence).where(evidence.proposal_id == number))
        return len(ours)

    def _latest(self, conversation_id: str) -> HeardMessage | None:
        mine = (events.c.conversation_id == conversation_id) & (events.c.kind == "user")
        newest = sa.select(events.c.id).where(mine).order_by(events.c.id.desc()).limit(5)
        with self._engine.connect() as db:
            numbers = list(db.execute(newest).scalars())
        found = (heard_at(self._engine, number) for number in numbers)
        return next((message for message in found if message is not None), None)
