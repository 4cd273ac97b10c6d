"""The day's ceiling for language models: reserved before each call, corrected after it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import model_spending, open_turns
from switchboard.failures import place_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ceiling:
    """The daily (UTC) spending limit; 0 means unlimited."""

    money: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class Spending:
    """What was set aside for one call, or what it came to; `day` counts from 1970, in UTC."""

    day: int
    tokens: int
    money: float


class DailyCeiling:
    """Sets aside what a call may cost, so that many calls at once cannot exceed the ceiling.

    All processes of a deployment share it through the database. While that is away, each counts for
    itself, from what it has seen.
    """

    def __init__(
        self, engine: Engine, ceiling: Ceiling = Ceiling(), now: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._ceiling, self._now = engine, ceiling, now
        self._counting = threading.Lock()
        self._seen = Spending(0, 0, 0.0)
        self._warned_on = -1

    @property
    def unlimited(self) -> bool:
        """Whether there is no ceiling."""
        return not self._ceiling.money and not self._ceiling.tokens

    def reserve(self, tokens: int, money: float) -> Spending | None:
        """Set an amount aside; None, and a line in the log once a day, beyond the ceiling."""
        wanted = Spending(int(self._now() // DAY), tokens, money)
        if self.unlimited:
            return wanted
        try:
            given = self._add(wanted, within=True)
        except SQLAlchemyError as error:
            logger.error("spending not written down: %s", place_of(error))
            given = self._fits_here(wanted)
        if not given:
            self._warn(wanted.day)
            return None
        self._count_here(wanted)
        return wanted

    def settle(self, reserved: Spending, tokens: int, money: float) -> None:
        """Replace what was set aside for a call by what it came to."""
        if self.unlimited:
            return
        change = Spending(reserved.day, tokens - reserved.tokens, money - reserved.money)
        self._count_here(change)
        try:
            self._add(change, within=False)
        except SQLAlchemyError as error:
            logger.error("spending not written down: %s", place_of(error))

    def _add(self, amount: Spending, within: bool) -> bool:
        """Add to the day in one statement, which no other process can come between."""
        table = model_spending.c
        tokens, money = table.tokens + amount.tokens, table.money + amount.money
        update = sa.update(model_spending).where(table.day == amount.day)
        if within and self._ceiling.tokens:
            update = update.where(tokens <= self._ceiling.tokens)
        if within and self._ceiling.money:
            update = update.where(money <= self._ceiling.money)
        with self._engine.begin() as db:
            known = db.execute(sa.select(table.day).where(table.day == amount.day)).first()
        if known is None:
            self._begin(amount.day)
        with self._engine.begin() as db:
            return bool(db.execute(update.values(tokens=tokens, money=money)).rowcount)

    def _begin(self, day: int) -> None:
        """The row of a day, with what was spent before there was one."""
        table = open_turns.c
        spent = sa.select(
            sa.func.coalesce(sa.func.sum(table.prompt_tokens + table.completion_tokens), 0),
            sa.func.coalesce(sa.func.sum(table.money), 0.0),
        ).where(table.at >= day * DAY, table.at < (day + 1) * DAY)
        try:
            with self._engine.begin() as db:
                tokens, money = db.execute(spent).one()
                row = {"day": day, "tokens": int(tokens), "money": float(money)}
                db.execute(sa.insert(model_spending), row)
        except IntegrityError:
            pass  # another process was first

    def _fits_here(self, wanted: Spending) -> bool:
        with self._counting:
            seen = self._seen if self._seen.day == wanted.day else Spending(wanted.day, 0, 0.0)
        ceiling = self._ceiling
        return not (
            (ceiling.tokens and seen.tokens + wanted.tokens > ceiling.tokens)
            or (ceiling.money and seen.money + wanted.money > ceiling.money)
        )

    def _count_here(self, amount: Spending) -> None:
        with self._counting:
            seen = self._seen if self._seen.day == amount.day else Spending(amount.day, 0, 0.0)
            self._seen = Spending(
                amount.day, seen.tokens + amount.tokens, seen.money + amount.money
            )

    def _warn(self, day: int) -> None:
        if self._warned_on != day:
            self._warned_on = day
            logger.error(
                "today's ceiling for the language model is reached: the articles answer until "
                "midnight UTC"
            )
