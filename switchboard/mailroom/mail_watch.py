"""Watches the mail, and has somebody told when a platform refuses us or messages die."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import alarms, inbox, outbox
from switchboard.mailroom.inbox import DEAD
from switchboard.mailroom.outbox import FAILED

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 3600.0
"""How often somebody is told of a fault that goes on."""
RECENT_SECONDS = 3600.0
WAITS_LONG = 600.0
"""Seconds after which a message that waits is a fault of ours."""
NO_ACCESS = "no access"
"""How the reason of a delivery begins whose token or permission failed."""


@dataclass(frozen=True)
class MailTrouble:
    """A fault of a channel: `what` it is, and how many messages it concerns."""

    channel: str
    what: str
    messages: int

    def as_dict(self) -> dict[str, str | int]:
        """For those who are told: no customer's words, no conversation."""
        return {"event": self.what, "channel": self.channel, "messages": self.messages}


class MailWatch:
    """Looks for troubles. `tell` raises nothing, or the trouble is told again the next time."""

    def __init__(
        self,
        engine: Engine,
        tell: Callable[[Mapping[str, str | int]], None],
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._tell, self._clock = engine, tell, clock

    def attend(self) -> None:
        """Tell of each trouble once an hour, whichever process finds it."""
        for trouble in self.troubles():
            name = f"{trouble.what} {trouble.channel}"
            if not self._is_first(name):
                continue
            logger.error("%s: %d messages", name, trouble.messages)
            try:
                self._tell(trouble.as_dict())
            except Exception:
                self._forget(name)
                raise

    def troubles(self) -> list[MailTrouble]:
        """What is wrong now, by channel."""
        now = self._clock()
        recent = now - RECENT_SECONDS
        conditions = (
            ("token_refused", outbox, outbox.c.reason.startswith(NO_ACCESS), outbox.c.waiting_for),
            (
                "answers_died",
                outbox,
                (outbox.c.state == FAILED) & (outbox.c.created_at > recent),
                None,
            ),
            (
                "messages_died",
                inbox,
                (inbox.c.outcome == DEAD) & (inbox.c.received_at > recent),
                None,
            ),
            ("messages_wait", inbox, inbox.c.received_at < now - WAITS_LONG, inbox.c.waiting_for),
        )
        with self._engine.connect() as db:
            return [
                MailTrouble(channel, what, count)
                for what, table, condition, waits in conditions
                for channel, count in self._count(db, table, condition, waits)
            ]

    def _count(
        self,
        db: sa.engine.Connection,
        table: sa.Table,
        condition: sa.sql.ColumnElement,
        waits: sa.Column | None,
    ) -> Iterator[tuple[str, int]]:
        query = sa.select(table.c.channel, sa.func.count()).where(condition)
        if waits is not None:
            query = query.where(waits.is_not(None))
        for channel, count in db.execute(query.group_by(table.c.channel)).all():
            yield str(channel), int(count)

    def _is_first(self, name: str) -> bool:
        now = self._clock()
        mine = (alarms.c.name == name) & (alarms.c.told_at <= now - AGAIN_SECONDS)
        with self._engine.begin() as db:
            if insert_new(db, alarms, {"name": name, "told_at": now}):
                return True
            return bool(db.execute(sa.update(alarms).where(mine).values(told_at=now)).rowcount)

    def _forget(self, name: str) -> None:
        with self._engine.begin() as db:
            db.execute(sa.delete(alarms).where(alarms.c.name == name))
