"""How long customers wait: from their first message that nobody has answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import events, ticket_entries, tickets
from switchboard.shop.policy import Policy
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.ticket_book import Ticket

_ENDED = (EntryKind.CLOSED.value, EntryKind.GIVEN_BACK.value)


def opening_minutes(policy: Policy, since: float, now: float, most: float) -> float:
    """Minutes of opening hours between two times, counted up to `most`; whole ones from one on."""
    at = datetime.fromtimestamp(since, timezone.utc)
    until = datetime.fromtimestamp(now, timezone.utc)
    if until - at < timedelta(minutes=1):
        return (until - at).total_seconds() / 60 if policy.open_at(until) else 0.0
    minutes = 0
    while at < until and minutes <= most:
        minutes += policy.open_at(at)
        at += timedelta(minutes=1)
    return float(minutes)


class Waiting:
    """Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        wait_minutes: float,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._policy, self._clock = engine, policy, clock
        self._wait_minutes = wait_minutes

    def since(self, listed: Sequence[Ticket]) -> dict[int, float]:
        """Since when each open ticket waits for a person; those that do not are left out.

        What was said before the ticket is part of its story: an unanswered one waits from its
        opening. Writing again does not begin the wait anew. While the bot has the conversation, a
        message there waits for nobody.
        """
        answered = [t for t in listed if t.is_open and t.answered_at is not None]
        asked = self._first_unanswered([t.id for t in answered if not t.follow_up])
        mailed = self._first_mail([t.id for t in answered])
        unanswered = {t.id: t.opened_at for t in listed if t.is_open and t.answered_at is None}
        both = {n: min(asked.get(n, at), at) for n, at in mailed.items()}
        return {**unanswered, **asked, **both}

    def is_overdue(self, since: float) -> bool:
        """Whether a wait has lasted longer than the shop allows, in opening hours."""
        now = self._clock()
        waited = opening_minutes(self._policy, since, now, self._wait_minutes)
        return waited >= self._wait_minutes

    def _first_mail(self, ids: Sequence[int]) -> dict[int, float]:
        came = (
            (ticket_entries.c.ticket_id == tickets.c.id)
            & (ticket_entries.c.kind == EntryKind.MAIL_CAME.value)
            & (ticket_entries.c.at > tickets.c.answered_at)
        )
        return self._earliest(tickets.join(ticket_entries, came), ticket_entries.c.at, ids)

    def _first_unanswered(self, ids: Sequence[int]) -> dict[int, float]:
        turning = sa.and_(
            ticket_entries.c.ticket_id == tickets.c.id,
            ticket_entries.c.kind.in_([*_ENDED, EntryKind.REOPENED.value]),
            ticket_entries.c.at <= events.c.at,
        )
        last = sa.select(ticket_entries.c.kind).where(turning).order_by(ticket_entries.c.id.desc())
        before = last.limit(1).correlate(tickets, events).scalar_subquery()
        said = (
            (events.c.conversation_id == tickets.c.conversation_id)
            & (events.c.kind == "user")
            & (events.c.at > tickets.c.answered_at)
            & sa.func.coalesce(before, "").not_in(_ENDED)  # what was said to the bot meanwhile
        )
        return self._earliest(tickets.join(events, said), events.c.at, ids)

    def _earliest(
        self, joined: sa.sql.FromClause, at: sa.Column, ids: Sequence[int]
    ) -> dict[int, float]:
        query = sa.select(tickets.c.id, sa.func.min(at)).select_from(joined)
        chosen = query.where(tickets.c.id.in_(ids)).group_by(tickets.c.id)
        with self._engine.connect() as db:
            return {number: float(first) for number, first in db.execute(chosen)}
