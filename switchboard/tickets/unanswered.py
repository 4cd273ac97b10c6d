"""Unassigned open tickets: applies the customer's choices and escalates overdue tickets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.turns import RESUME_INTENT
from switchboard.database.tables import tickets
from switchboard.errors import NotifyError
from switchboard.privacy.personal_data import find_personal
from switchboard.shop.policy import Policy
from switchboard.shop.replies import Replies
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.notifier import Notifier
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import Ticket, TicketBook
from switchboard.tickets.waiting import opening_minutes

logger = logging.getLogger(__name__)

_CONTACT_KINDS = ("email", "phone")


class UnansweredTickets:
    """Processes unassigned tickets, once a second.

    Methods raise SQLAlchemy's errors and `TicketError`.
    """

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        replies: Replies,
        notifier: Notifier,
        wait_minutes: float,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._policy, self._replies = engine, policy, replies
        self._notifier, self._wait_minutes, self._clock = notifier, wait_minutes, clock
        self._tickets, self._acts = TicketBook(engine, clock), TicketActs(engine, replies, clock)
        self._log = ConversationLog(engine)
        self._last_heard: dict[int, float] = {}

    def attend(self) -> None:
        """Process new customer messages since the last call; escalate overdue tickets."""
        waiting = [t for t in self._tickets.waiting() if t.assignee_id is None and not t.follow_up]
        heard = self._log.last_heard([ticket.conversation_id for ticket in waiting])
        for ticket in waiting:
            at = heard.get(ticket.conversation_id, 0.0)
            if at == self._last_heard.get(ticket.id):  # no new message since the last call
                self._escalate_if_overdue(ticket)
            else:
                self._apply_new_messages(ticket)
        self._last_heard = {ticket.id: heard.get(ticket.conversation_id, 0.0) for ticket in waiting}

    def _apply_new_messages(self, ticket: Ticket) -> None:
        latest = self._log.latest(ticket.conversation_id, "user", 20)
        since = [event for event in latest if float(event["timestamp"]) > ticket.opened_at]
        contact = ticket.contact or self._keep_contact(ticket, since)
        if any(_intent(event) == RESUME_INTENT for event in since):
            if contact:  # they wait for an answer there
                self._acts.follow_up(ticket, "say_followed_up")
            else:
                self._acts.finish(
                    ticket, None, EntryKind.GIVEN_BACK, "the customer's choice", "say_resumed"
                )
            return
        self._escalate_if_overdue(ticket)

    def _escalate_if_overdue(self, ticket: Ticket) -> None:
        if ticket.escalated_at is None and self._waited(ticket) >= self._wait_minutes:
            self._escalate(ticket)

    def _keep_contact(self, ticket: Ticket, since: list[dict[str, Any]]) -> str:
        """Put an address that was left with the ticket; empty without one."""
        said = " ".join(str(event.get("text") or "")[:2000] for event in since)
        found = [said[p.start : p.end] for p in find_personal(said) if p.kind in _CONTACT_KINDS]
        if not found:
            return ""
        kept = ", ".join(dict.fromkeys(found))[:500]
        reply = self._replies.say("say_contact_kept", ticket.language)
        self._acts.change_and_send(ticket, [reply], tickets.c.contact.is_(None), contact=kept)
        return kept

    def _escalate(self, ticket: Ticket) -> None:
        now = {"escalated_at": self._clock()}
        if not self._acts.change_and_send(ticket, [], tickets.c.escalated_at.is_(None), **now):
            return  # another process was first
        told = bool(self._notifier.ways)
        try:
            self._notifier.escalate(ticket, self._waited(ticket))
        except NotifyError as error:
            told = False
            logger.error("nobody could be told of %s: %s", ticket.reference, error)
        name = "say_handoff_told_again" if told else "say_handoff_waiting"
        reply = self._replies.say(name, ticket.language, reference=ticket.reference)
        self._acts.change_and_send(ticket, [reply], sa.true())

    def _waited(self, ticket: Ticket) -> float:
        """Minutes of opening hours since the ticket was opened."""
        return opening_minutes(self._policy, ticket.opened_at, self._clock(), self._wait_minutes)


def _intent(event: dict[str, Any]) -> str:
    return str(((event.get("parse_data") or {}).get("intent") or {}).get("name") or "")
