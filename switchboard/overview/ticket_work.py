"""What people did for each visit: its ticket, how long its customer waited, and how long they
worked on it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from switchboard.database.tables import ticket_entries, tickets, visits
from switchboard.overview.handling_time import work_spans
from switchboard.overview.visit_score import PersonsPart
from switchboard.overview.visits import PAUSE, Outcome

_COLUMNS = (
    tickets.c.id,
    tickets.c.reference,
    tickets.c.conversation_id,
    tickets.c.opened_at,
    tickets.c.first_answer_at,
    tickets.c.resolved_at,
    tickets.c.merged_into,
)


@dataclass(frozen=True)
class TicketWork:
    """The ticket of a visit, the latest if it had several. `seconds` of people's work: 0 if nobody
    did anything yet, None if somebody did and nothing tells how long."""

    reference: str
    people: PersonsPart
    seconds: float | None


def read_ticket_work(db: Connection, found: Sequence[Row[Any]]) -> dict[int, TicketWork]:
    """The work of each visit that went to a person and had a ticket, by the visit's id."""
    went = [row for row in found if row.outcome == Outcome.PERSON.value]
    if not went:
        return {}
    names = sorted({row.conversation_id for row in went})
    mine = db.execute(sa.select(*_COLUMNS).where(tickets.c.conversation_id.in_(names))).all()
    merged = _merged(db, mine)
    acts = _acts(db, [ticket.id for ticket in mine])
    began = _beginnings(db, names)
    of_customer: dict[str, list[Row[Any]]] = defaultdict(list)
    for ticket in sorted(mine, key=lambda one: one.opened_at):
        of_customer[ticket.conversation_id].append(ticket)
    work = {}
    for row in went:
        held = [ticket for ticket in of_customer[row.conversation_id] if _was_open(ticket, row)]
        if held:
            seconds = _seconds(row, held, acts, began[row.conversation_id])
            work[row.id] = TicketWork(held[-1].reference, _people(held[-1], merged), seconds)
    return work


def _merged(db: Connection, mine: Sequence[Row[Any]]) -> Mapping[int, Row[Any]]:
    """The tickets of which others became a part, by their ids."""
    into = [ticket.merged_into for ticket in mine if ticket.merged_into is not None]
    if not into:
        return {}
    rows = db.execute(sa.select(*_COLUMNS).where(tickets.c.id.in_(into)))
    return {row.id: row for row in rows}


def _acts(db: Connection, numbers: Sequence[int]) -> Mapping[int, list[float]]:
    """When people did something on each ticket, oldest first."""
    table = ticket_entries.c
    query = sa.select(table.ticket_id, table.at).where(
        table.ticket_id.in_(numbers), table.person_id.is_not(None)
    )
    acts: dict[int, list[float]] = defaultdict(list)
    for number, at in db.execute(query.order_by(table.at, table.id)):
        acts[number].append(float(at))
    return acts


def _beginnings(db: Connection, names: Sequence[str]) -> Mapping[str, list[float]]:
    """When each visit of these customers began that went to a person."""
    query = (
        sa.select(visits.c.conversation_id, visits.c.began_at)
        .where(visits.c.conversation_id.in_(names), visits.c.outcome == Outcome.PERSON.value)
        .order_by(visits.c.began_at)
    )
    began: dict[str, list[float]] = defaultdict(list)
    for name, at in db.execute(query):
        began[name].append(float(at))
    return began


def _was_open(ticket: Row[Any], row: Row[Any]) -> bool:
    if ticket.opened_at >= row.ended_at + PAUSE:
        return False
    return ticket.resolved_at is None or bool(ticket.resolved_at >= row.began_at)


def _people(ticket: Row[Any], merged: Mapping[int, Row[Any]]) -> PersonsPart:
    """The customer's wait; of a ticket that became a part of another, by what was done on that."""
    whole = merged.get(ticket.merged_into, ticket)
    answers = [at for at in (ticket.first_answer_at, whole.first_answer_at) if at is not None]
    waited = max(0.0, min(answers) - ticket.opened_at) if answers else None
    return PersonsPart(waited, whole.resolved_at is not None)


def _seconds(
    row: Row[Any],
    held: Sequence[Row[Any]],
    acts: Mapping[int, list[float]],
    began: Sequence[float],
) -> float | None:
    """The work of a visit: on its tickets, from its beginning until the next that went to a
    person."""
    total, unknown = 0.0, False
    for ticket in held:
        spans = work_spans(acts.get(ticket.id, ()))
        if spans is None:
            handled = ticket.first_answer_at is not None or ticket.resolved_at is not None
            unknown = unknown or (handled and _is_of(ticket.opened_at, row, began))
        else:
            total += sum(seconds for at, seconds in spans if _is_of(at, row, began))
    return None if unknown and not total else total


def _is_of(at: float, row: Row[Any], began: Sequence[float]) -> bool:
    """Whether a time belongs to a visit: the latest that had begun, or the first of all."""
    latest = began[max(0, bisect_right(began, at) - 1)]
    return bool(latest == row.began_at)
