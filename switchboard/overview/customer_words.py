"""What customers wrote in visits, from the events of their conversations, by the time of the turn.

The words stay in the process: they are compared with each other, and nothing of them is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from switchboard.database.tables import events
from switchboard.text.storable import clean_text

MOST = 1000
"""Characters of a message that are read."""
_AT_ONCE = 100
"""Events in memory; one may be large, since it holds all that was read of a message."""


def read_words(db: Connection, found: Sequence[Row[Any]]) -> dict[int, dict[float, str]]:
    """The words of each visit's turns, by its id and the turn's time; empty for a button."""
    names = sorted({row.conversation_id for row in found})
    first, last = min(row.began_at for row in found), max(row.ended_at for row in found)
    query = (
        sa.select(events.c.conversation_id, events.c.at, events.c.data)
        .where(
            events.c.conversation_id.in_(names),
            events.c.kind == "user",
            events.c.at >= first,
            events.c.at <= last,
        )
        .order_by(events.c.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    heard: dict[str, dict[float, str]] = defaultdict(dict)
    for row in db.execute(query):
        # Further events of one time are the same message, read in another way.
        heard[row.conversation_id].setdefault(float(row.at), _text(row.data))
    return {
        row.id: {
            at: text
            for at, text in heard[row.conversation_id].items()
            if row.began_at <= at <= row.ended_at
        }
        for row in found
    }


def _text(data: str) -> str:
    text = clean_text(str(json.loads(data).get("text") or "")[:MOST])
    return "" if text.startswith("/") else text
