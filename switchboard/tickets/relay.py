"""Synchronises an external support desk with our tickets: messages and closings, both ways."""

from __future__ import annotations

import json
import logging

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.connection import insert_new
from switchboard.database.tables import desk_links, events
from switchboard.errors import HumanDeskError
from switchboard.shop.replies import Replies
from switchboard.tickets.chatwoot import AgentMessage, AgentResolution
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.human_desk import HumanDesk
from switchboard.tickets.story import read_lines
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import Ticket, TicketBook

logger = logging.getLogger(__name__)


class Relay:
    """Connects the tickets to a `HumanDesk`. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, desk: HumanDesk, replies: Replies) -> None:
        self._engine, self._desk = engine, desk
        self._tickets, self._acts = TicketBook(engine), TicketActs(engine, replies)

    def synchronise(self) -> None:
        """Send the desk new tickets, messages and closings; failures are retried next time."""
        open_ones = self._tickets.waiting()
        for ticket in (t for t in open_ones if not t.follow_up):
            try:
                self._forward(ticket)
            except HumanDeskError as error:
                logger.error("%s is not at the desk yet: %s", ticket.reference, error)
                return  # the desk is down: the rest would fail too
        self._close_at_desk({ticket.id for ticket in open_ones})

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
            try:
                self._desk.close_ticket(link.there)
            except HumanDeskError as error:
                logger.error("a ticket is still open at the desk: %s", error)
                return
            with self._engine.begin() as db:
                of_ticket = desk_links.c.ticket_id == link.ticket_id
                db.execute(sa.update(desk_links).where(of_ticket).values(closed=True))

    def _find_ticket(self, desk_ticket_id: str) -> Ticket | None:
        with self._engine.connect() as db:
            of_ticket = sa.select(desk_links.c.ticket_id).where(
                desk_links.c.there == desk_ticket_id
            )
            number = db.execute(of_ticket.order_by(desk_links.c.ticket_id.desc())).scalar()
        return None if number is None else self._tickets.open_by_id(number)
