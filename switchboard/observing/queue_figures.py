"""What waits, and what models have cost today: read from the database when somebody asks.

Bounded: each query reads what waits, by an index, and of that at most `MOST` rows; what was
found is told again for some seconds; PostgreSQL gives up after two.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from time import monotonic

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import inbox, model_spending, open_turns, outbox, tickets
from switchboard.failures import place_of
from switchboard.observing.figures import known_channel

logger = logging.getLogger(__name__)

MOST = 50_000
KEPT_SECONDS = 5.0
SETTLED_SECONDS = 3600.0
_PREFIX = "switchboard_"
_CHANNEL = ("channel",)


class DatabaseFigures(Collector):
    """Figures that any process reads alike: of several that tell them, take one, not the sum."""

    def __init__(
        self, open_engine: Callable[[], Engine], clock: Callable[[], float] = epoch_now
    ) -> None:
        self._open, self._clock = open_engine, clock
        self._found: list[Metric] = []
        self._until = 0.0

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures; without a database only that there is none."""
        if monotonic() >= self._until:
            self._found = self._look()
            self._until = monotonic() + KEPT_SECONDS
        yield from self._found

    def _look(self) -> list[Metric]:
        found: list[Metric] = []
        try:
            with self._open().connect() as db:
                if db.dialect.name == "postgresql":
                    db.execute(sa.text("SET LOCAL statement_timeout = 2000"))
                now = self._clock()
                found = [*self._waiting(db, now), *_settled(db, now), *_tickets(db, now)]
                found += _spending(db, now)
        except SQLAlchemyError as error:
            logger.error("no figures of the database: %s", place_of(error))
            found = []
        up = _gauge("database_up", "Whether these figures could be read.")
        up.add_metric([], float(bool(found)))
        return [up, *found]

    def _waiting(self, db: Connection, now: float) -> Iterator[Metric]:
        for name, table, since in (
            ("inbox", inbox, inbox.c.received_at),
            ("outbox", outbox, outbox.c.created_at),
        ):
            some = (
                sa.select(table.c.channel, since.label("since"))
                .where(table.c.waiting_for.is_not(None))
                .limit(MOST)
                .subquery()
            )
            query = sa.select(some.c.channel, sa.func.count(), sa.func.min(some.c.since))
            rows = db.execute(query.group_by(some.c.channel)).all()
            waiting = [((channel,), float(count)) for channel, count, _ in rows]
            oldest = [((channel,), max(0.0, now - at)) for channel, _, at in rows]
            yield _by_labels(f"{name}_waiting", "Messages that wait.", _CHANNEL, waiting)
            yield _by_labels(
                f"{name}_oldest_seconds", "How long the oldest of them waits.", _CHANNEL, oldest
            )


def _gauge(name: str, told: str, labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, told, labels=labels)


def _by_labels(
    name: str, told: str, labels: tuple[str, ...], rows: Sequence[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    """One sample for each set of labels, a channel that is not ours among others."""
    metric, sums = _gauge(name, told, labels), dict[tuple[str, ...], float]()
    for (channel, *others), value in rows:
        key = (known_channel(channel), *others)
        sums[key] = sums.get(key, 0.0) + value
    for key, value in sums.items():
        metric.add_metric(key, value)
    return metric


def _settled(db: Connection, now: float) -> Iterator[Metric]:
    """What came to no good within the last hour: turns given up, messages not delivered."""
    since = now - SETTLED_SECONDS
    for name, told, outcome, at, bad in (
        ("inbox_failed", "Messages without an answer.", inbox.c.outcome, inbox.c.received_at,
         ("failed",)),
        ("outbox_undelivered", "Messages not delivered.", outbox.c.state, outbox.c.created_at,
         ("failed", "refused")),
    ):  # fmt: skip
        channel = outcome.table.c.channel
        recent = sa.select(channel, outcome.label("outcome")).where(at > since).limit(MOST)
        some = recent.subquery()
        query = (
            sa.select(some.c.channel, some.c.outcome, sa.func.count())
            .where(some.c.outcome.in_(bad))
            .group_by(some.c.channel, some.c.outcome)
        )
        rows = [((row[0], str(row[1])), float(row[2])) for row in db.execute(query)]
        yield _by_labels(f"{name}_last_hour", told, (*_CHANNEL, "outcome"), rows)


def _tickets(db: Connection, now: float) -> Iterator[Metric]:
    """Open tickets, and the longest wait for a first answer of a person."""
    is_open = tickets.c.open_for.is_not(None)
    unanswered = is_open & tickets.c.first_answer_at.is_(None)
    for name, told, condition in (
        ("tickets_open", "Tickets that are open.", is_open),
        ("tickets_waiting", "Open tickets that nobody has answered.", unanswered),
    ):
        metric = _gauge(name, told)
        count = sa.select(sa.func.count()).select_from(tickets).where(condition)
        metric.add_metric([], float(db.execute(count).scalar_one()))
        yield metric
    metric = _gauge("tickets_oldest_seconds", "How long the longest of the waiting ones waits.")
    oldest = db.execute(sa.select(sa.func.min(tickets.c.opened_at)).where(unanswered)).scalar()
    metric.add_metric([], 0.0 if oldest is None else max(0.0, now - oldest))
    yield metric


def _spending(db: Connection, now: float) -> Iterator[Metric]:
    """Of the day (UTC): what counts against its ceiling, without one what open questions cost."""
    day = int(now // DAY)
    counted = sa.select(model_spending.c.tokens, model_spending.c.money)
    row = db.execute(counted.where(model_spending.c.day == day)).first()
    if row is None:
        both = (open_turns.c.prompt_tokens + open_turns.c.completion_tokens).label("tokens")
        today = sa.select(both, open_turns.c.money).where(open_turns.c.at >= day * DAY)
        some = today.limit(MOST).subquery()
        row = db.execute(sa.select(sa.func.sum(some.c.tokens), sa.func.sum(some.c.money))).first()
    for index, name in enumerate(("tokens", "money")):
        metric = _gauge(f"model_{name}_today", f"The day's {name} of models that count (UTC).")
        metric.add_metric([], float(row[index] or 0.0) if row else 0.0)
        yield metric
