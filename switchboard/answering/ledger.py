"""The ledger of open questions: outcome and cost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from switchboard.answering.question import Answer, Question
from switchboard.answering.trace import Trace
from switchboard.clock import epoch_now
from switchboard.database.tables import open_turns
from switchboard.failures import place_of
from switchboard.privacy.redaction import redact
from switchboard.text.storable import clean_text, storable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spent:
    """The turns, tokens and money spent in a period."""

    turns: int
    tokens: int
    money: float


class Ledger:
    """The ledger of open turns. A failure of the database is logged and costs no answer."""

    def __init__(self, engine: Engine, now: Callable[[], float] = epoch_now) -> None:
        self._engine, self._now = engine, now

    def record(self, question: Question, answer: Answer, trace: Trace) -> None:
        """Record one open turn, redacted."""
        best = trace.hits[0] if trace.hits else None
        row = {
            "conversation_id": storable(question.conversation_id),
            "at": self._now(),
            "language": question.language[:16],
            "question": clean_text(redact(question.text[:500])),
            "outcome": answer.origin.value,
            "reason": clean_text(redact(answer.reason))[:255],
            "passage": best.passage.id if best else "",
            "score": best.score if best else 0.0,
            "model": trace.model,
            "cached": trace.cached,
            "prompt_tokens": trace.usage.prompt,
            "completion_tokens": trace.usage.completion,
            "money": trace.money,
            "milliseconds": sum(trace.milliseconds.values()),
        }
        logger.info(
            "an open question was answered by %s in %.0f ms: model %s, tokens %d, trace %s",
            answer.origin.value,
            row["milliseconds"],
            trace.model or "none",
            trace.usage.prompt + trace.usage.completion,
            trace.turn or "none",
        )
        try:
            with self._engine.begin() as db:
                db.execute(sa.insert(open_turns), row)
        except SQLAlchemyError as error:
            logger.error("open turn not recorded: %s", place_of(error))

    def spent(self, since: float, until: float = 1e12, conversation_id: str | None = None) -> Spent:
        """The spending from `since` until `until`, of one conversation or of all."""
        table = open_turns.c
        query = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(table.prompt_tokens + table.completion_tokens), 0),
            sa.func.coalesce(sa.func.sum(table.money), 0.0),
        ).where(table.at >= since, table.at < until)
        if conversation_id is not None:
            query = query.where(table.conversation_id == conversation_id)
        with self._engine.connect() as db:
            turns, tokens, money = db.execute(query).one()
        return Spent(int(turns), int(tokens), float(money))

    def outcomes(self, since: float) -> dict[str, int]:
        """The number of open turns by outcome."""
        query = (
            sa.select(open_turns.c.outcome, sa.func.count())
            .where(open_turns.c.at >= since)
            .group_by(open_turns.c.outcome)
            .order_by(sa.func.count().desc())
        )
        with self._engine.connect() as db:
            return {outcome: int(number) for outcome, number in db.execute(query)}
