"""The ledger of open questions: outcome, cost, and the daily spending ceiling."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from switchboard.answering.question import Answer, Question
from switchboard.answering.trace import Trace
from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import open_turns
from switchboard.privacy.redaction import redact

logger = logging.getLogger(__name__)

_REMEMBERED = 5.0


@dataclass(frozen=True)
class Ceiling:
    """The daily (UTC) spending limit; 0 means unlimited."""

    money: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class Spent:
    """The turns, tokens and money spent in a period."""

    turns: int
    tokens: int
    money: float


class Ledger:
    """The ledger of open turns. Database failures are logged and never cost a customer an answer.

    Several processes share a day's ceiling through the database; each reads it every five seconds.
    """

    def __init__(
        self, engine: Engine, ceiling: Ceiling = Ceiling(), now: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._ceiling, self._now = engine, ceiling, now
        self._known: tuple[float, Spent] | None = None
        self._warned_on = -1

    def may_spend(self) -> bool:
        """Whether the daily ceiling permits a model call; logs once a day when it is reached."""
        ceiling = self._ceiling
        if not ceiling.money and not ceiling.tokens:
            return True
        spent = self._today()
        over = (ceiling.money and spent.money >= ceiling.money) or (
            ceiling.tokens and spent.tokens >= ceiling.tokens
        )
        day = int(self._now() // DAY)
        if over and self._warned_on != day:
            self._warned_on = day
            logger.error(
                "today's ceiling for the language model is reached (%d tokens, %.2f in money): "
                "the articles answer until midnight UTC",
                spent.tokens,
                spent.money,
            )
        return not over

    def record(self, question: Question, answer: Answer, trace: Trace) -> None:
        """Record one open turn, redacted."""
        best = trace.hits[0] if trace.hits else None
        row = {
            "conversation_id": question.conversation_id[:255],
            "at": self._now(),
            "language": question.language[:16],
            "question": redact(question.text[:500]).replace("\x00", ""),
            "outcome": answer.origin.value,
            "reason": redact(answer.reason)[:255],
            "passage": best.passage.id if best else "",
            "score": best.score if best else 0.0,
            "model": trace.model,
            "cached": trace.cached,
            "prompt_tokens": trace.usage.prompt,
            "completion_tokens": trace.usage.completion,
            "money": trace.money,
            "milliseconds": sum(trace.milliseconds.values()),
        }
        try:
            with self._engine.begin() as db:
                db.execute(sa.insert(open_turns), row)
        except SQLAlchemyError as error:
            logger.error("open turn not recorded: %s", type(error).__name__)
        if self._known is not None:
            at, spent = self._known
            tokens = spent.tokens + trace.usage.prompt + trace.usage.completion
            self._known = at, Spent(spent.turns + 1, tokens, spent.money + trace.money)

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

    def _today(self) -> Spent:
        now = self._now()
        if self._known is None or now - self._known[0] > _REMEMBERED:
            try:
                self._known = now, self.spent(now // DAY * DAY)
            except SQLAlchemyError as error:
                logger.error("spending unknown: %s", type(error).__name__)
                self._known = now, self._known[1] if self._known else Spent(0, 0, 0.0)
        return self._known[1]
