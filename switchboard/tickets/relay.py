"""Synchronises an external support desk with our tickets: messages and closings, both ways."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import desk_links, events
from switchboard.errors import HumanDeskError
from switchboard.failures import place_of
from switchboard.shop.replies import Replies
from switchboard.tickets.chatwoot import AgentMessage, AgentResolution
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.human_desk import HumanDesk
from switchboard.tickets.story import read_lines
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import Ticket, TicketBook

logger = logging.getLogger(__name__)

FIRST_SECONDS, MOST_SECONDS = 5.0, 600.0
"""Until something that the desk refused is tried again; the delay doubles."""
_NOT_A_REFUSAL = (401, 403, 408, 429)
"""Of the whole desk, not of one ticket: a token, too many calls."""


@dataclass(frozen=True)
class _Refused:
    """Something that the desk refused, and until when it is left alone."""

    until: float
    seconds: float


class Relay:
    """Connects the tickets to a `HumanDesk`. Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        desk: HumanDesk,
        replies: Replies,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._desk, self._clock = engine, desk, clock
        self._refused: dict[str, _Refused] = {}
        self._tickets, self._acts = TicketBook(engine), TicketActs(engine, replies)

    def synchronise(self) -> None:
        """Send the desk new tickets, messages and closings; failures are retried later.

        What the desk refuses holds up nothing else; while it is down, nothing is tried.
        """
        open_ones = self._tickets.waiting()
        for ticket in (t for t in open_ones if not t.follow_up):
            if not self._try(ticket.reference, self._forward, ticket):
                return
        self._close_at_desk({ticket.id for ticket in open_ones})

    def _try(self, name: str, work: Callable[..., None], *given: object) -> bool:
        """Do something at the desk unless it was refused lately; False if the desk is down."""
        now = self._clock()
        refused = self._refused.get(name)
        if refused is not None and now < refused.until:
            return True
        try:
            work(*given)
        except HumanDeskError as error:
            logger.error("%s is not at the desk as it is here: %s", name, place_of(error))
            if not 400 <= error.status < 500 or error.status in _NOT_A_REFUSAL:
                return False
            seconds = min(refused.seconds * 2, MOST_SECONDS) if refused else FIRST_SECONDS
            self._refused[name] = _Refused(now + seconds, seconds)
        else:
            self._refused.pop(name, None)
        return True

    def take(self, news: AgentMessage | AgentResolution | None) -> bool:
        """Apply an agent's message or resolution; False for a duplicate or without open ticket."""
        if news is None:
            return False
        ticket = self._find_ticket(news.desk_ticket_id)
        if ticket is None:
            return False
        if isinstance(news, AgentMessage):
            return self._acts.relay(ticket, news.agent, news.text, news.key)
        return self._acts.finish(ticket, None, EntryKind.CLOSED, "at the desk")

    def _forward(self, ticket: Ticket) -> None:
        with self._engine.connect() as db:
            of_ticket = desk_links.c.ticket_id == ticket.id
            link = db.execute(sa.select(desk_links).where(of_ticket)).first()
        desk_ticket_id, forwarded = (
            (link.there, link.told) if link else (self._desk.open_ticket(ticket), 0)
        )
        if link is None:
            row = {
                "ticket_id": ticket.id,
                "there": desk_ticket_id,
                "told": forwarded,
                "closed": False,
            }
            with self._engine.begin() as db:
                insert_new(db, desk_links, row)
        new = sa.select(events.c.id, events.c.data).where(
            events.c.conversation_id == ticket.conversation_id,
            events.c.kind == "user",
            events.c.at > ticket.opened_at,
            events.c.id > forwarded,
        )
        with self._engine.connect() as db:
            rows = db.execute(new.order_by(events.c.id)).all()
        for row in rows:
            for line in read_lines([json.loads(row.data)]):
                self._desk.forward_message(
                    desk_ticket_id, line.text, f"{ticket.reference}-{row.id}"
                )
            with self._engine.begin() as db:
                change = sa.update(desk_links).where(desk_links.c.ticket_id == ticket.id)
                db.execute(change.values(told=row.id))

    def _close_at_desk(self, still_open: set[int]) -> None:
        """Close at the desk what was closed here, for instance by the customer's choice."""
        with self._engine.connect() as db:
            links = db.execute(sa.select(desk_links).where(desk_links.c.closed.is_(False))).all()
        for link in links:
            if link.ticket_id in still_open:
                continue
            if not self._try(
                f"closed ticket {link.ticket_id}", self._close, link.ticket_id, link.there
            ):
                return

    def _close(self, ticket_id: int, there: str) -> None:
        self._desk.close_ticket(there)
        with self._engine.begin() as db:
            of_ticket = desk_links.c.ticket_id == ticket_id
            db.execute(sa.update(desk_links).where(of_ticket).values(closed=True))

    def _find_ticket(self, desk_ticket_id: str) -> Ticket | None:
        with self._engine.connect() as db:
            of_ticket = sa.select(desk_links.c.ticket_id).where(
                desk_links.c.there == desk_ticket_id
            )
            number = db.execute(of_ticket.order_by(desk_links.c.ticket_id.desc())).scalar()
        return None if number is None else self._tickets.open_by_id(number)
