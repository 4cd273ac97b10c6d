"""What has to be seen to while cases wait: the customer's choice, their address, nobody coming."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from time import time
from typing import Any

from sqlalchemy.engine import Engine

from switchboard.conversations import ConversationLog
from switchboard.errors import NotifyError
from switchboard.handoff.casework import Casework
from switchboard.handoff.entries import Act
from switchboard.handoff.notifying import Notifier
from switchboard.handoff.tickets import Ticket, TicketBook
from switchboard.policy import Policy
from switchboard.privacy.patterns import find_personal
from switchboard.replies import Replies
from switchboard.tables import tickets
from switchboard.turns import RESUME_INTENT

logger = logging.getLogger(__name__)

_REACHED_AT = ("email", "phone")


class Attendant:
    """Goes round the open cases. Methods raise SQLAlchemy's errors and `TicketError`."""

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        replies: Replies,
        notifier: Notifier,
        wait_minutes: float,
        clock: Callable[[], float] = time,
    ) -> None:
        self._engine, self._policy, self._replies = engine, policy, replies
        self._notifier, self._wait_minutes, self._clock = notifier, wait_minutes, clock
        self._tickets, self._casework = TicketBook(engine, clock), Casework(engine, clock)
        self._log = ConversationLog(engine)
        self._heard: dict[int, float] = {}

    def go_round(self) -> None:
        """See to every open case that nobody has taken."""
        waiting = [t for t in self._tickets.waiting() if t.assignee_id is None]
        heard = self._log.last_heard([ticket.sender_id for ticket in waiting])
        for ticket in waiting:
            at = heard.get(ticket.sender_id, 0.0)
            if at == self._heard.get(ticket.id):  # nothing new since the last round
                self._mind_the_time(ticket)
            else:
                self._see_to(ticket)
        self._heard = {ticket.id: heard.get(ticket.sender_id, 0.0) for ticket in waiting}

    def _see_to(self, ticket: Ticket) -> None:
        latest = self._log.latest(ticket.sender_id, "user", 20)
        since = [event for event in latest if float(event["timestamp"]) > ticket.opened_at]
        if any(_intent(event) == RESUME_INTENT for event in since):
            told = self._replies.say("say_resumed", ticket.language, reference=ticket.reference)
            self._casework.finish(ticket, None, Act.GIVEN_BACK, [told], "the customer's choice")
            return
        if ticket.contact is None:
            self._keep_contact(ticket, since)
        self._mind_the_time(ticket)

    def _mind_the_time(self, ticket: Ticket) -> None:
        if ticket.escalated_at is None and self._waited(ticket) >= self._wait_minutes:
            self._escalate(ticket)

    def _keep_contact(self, ticket: Ticket, since: list[dict[str, Any]]) -> None:
        said = " ".join(str(event.get("text") or "")[:2000] for event in since)
        found = [said[p.start : p.end] for p in find_personal(said) if p.kind in _REACHED_AT]
        if not found:
            return
        kept = ", ".join(dict.fromkeys(found))[:500]
        told = self._replies.say("say_contact_kept", ticket.language)
        self._casework.tell(ticket, [told], tickets.c.contact.is_(None), contact=kept)

    def _escalate(self, ticket: Ticket) -> None:
        reply = self._replies.say(
            "say_handoff_waiting", ticket.language, reference=ticket.reference
        )
        now = {"escalated_at": self._clock()}
        if not self._casework.tell(ticket, [reply], tickets.c.escalated_at.is_(None), **now):
            return  # another process did
        try:
            self._notifier.escalate(ticket, self._waited(ticket))
        except NotifyError as error:
            logger.error("nobody could be told of %s: %s", ticket.reference, error)

    def _waited(self, ticket: Ticket) -> float:
        """Minutes of opening hours since the case was opened; whole ones of a long wait."""
        at = datetime.fromtimestamp(ticket.opened_at, timezone.utc)
        now = datetime.fromtimestamp(self._clock(), timezone.utc)
        if now - at < timedelta(minutes=1):
            return (now - at).total_seconds() / 60 if self._policy.open_at(now) else 0.0
        minutes = 0
        while at < now and minutes <= self._wait_minutes:
            minutes += self._policy.open_at(at)
            at += timedelta(minutes=1)
        return float(minutes)


def _intent(event: dict[str, Any]) -> str:
    return str(((event.get("parse_data") or {}).get("intent") or {}).get("name") or "")
