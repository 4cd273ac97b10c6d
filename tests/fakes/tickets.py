"""Ticket work for tests that are about something else."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.project import PROJECT
from switchboard.shop.policy import load_policy
from switchboard.shop.replies import Replies
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import Ticket


@lru_cache(maxsize=1)
def replies() -> Replies:
    """The shop's own."""
    return Replies(PROJECT / "data" / "replies", load_policy(PROJECT / "data" / "policy.yml"))


def acts(engine: Any, *clock: Any) -> TicketActs:
    """What people do with tickets, on a database."""
    return TicketActs(engine, replies(), *clock)


def close(engine: Any, ticket: Ticket, resolution: str = "") -> bool:
    """End a ticket as the terminal does; False if it was closed."""
    return acts(engine).finish(ticket, None, EntryKind.CLOSED, resolution)


ASKED = Decision(Route.PERSON, Cause.ASKED)
THREAT = Decision(Route.PERSON, Cause.THREAT)


def angry(detail: str = "0.97") -> Decision:
    """The route of an angry message."""
    return Decision(Route.PERSON, Cause.ANGER, detail)
