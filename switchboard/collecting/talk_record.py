"""All that the database knows of one conversation in a period, read at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.collecting.consenting import Collected
from switchboard.database.tables import events, open_turns, ratings, tickets, turns
from switchboard.overview.seen_turns import with_questions
from switchboard.overview.visits import Visit, read_visits

MOST_EVENTS = 20_000
"""Of one conversation: a flood is cut."""


@dataclass(frozen=True)
class TalkRecord:
    """`events` as Rasa serialises them; rows of turns, open questions and ratings by time."""

    events: Sequence[Mapping[str, Any]]
    turns: Sequence[Row[Any]]
    asked: Sequence[Row[Any]]
    opened: Sequence[float]
    ratings: Sequence[Row[Any]]
    visits: Sequence[Visit]


def read_record(engine: Engine, conversation_id: str, wanted: Collected, now: float) -> TalkRecord:
    """The record of one conversation."""
    e = events.c
    query = (
        sa.select(e.data)
        .where(e.conversation_id == conversation_id, e.at >= wanted.since, e.at < wanted.until)
        .where(e.kind.in_(("user", "bot", "slot")))
        .order_by(e.id)
        .limit(MOST_EVENTS)
    )
    with engine.connect() as db:
        said = [json.loads(data) for data in db.execute(query).scalars()]
        heard = _rows(db, turns, turns.c.at, conversation_id, wanted)
        asked = _rows(db, open_turns, open_turns.c.at, conversation_id, wanted)
        opened = _rows(db, tickets, tickets.c.opened_at, conversation_id, wanted)
        rated = _rows(db, ratings, ratings.c.asked_at, conversation_id, wanted)
    times = [float(row.opened_at) for row in opened]
    visits = list(read_visits(with_questions(heard, asked), times, now)) if heard else []
    return TalkRecord(said, heard, asked, times, [r for r in rated if r.score], visits)


def _rows(
    db: Connection, table: sa.Table, at: sa.Column, conversation_id: str, wanted: Collected
) -> list[Row[Any]]:
    mine = table.c.conversation_id == conversation_id
    query = sa.select(table).where(mine, at >= wanted.since, at < wanted.until)
    return list(db.execute(query.order_by(at, table.c.id).limit(MOST_EVENTS)))
