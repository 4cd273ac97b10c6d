"""Reads the turns of conversations for those who judge them, open ones with what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from switchboard.conversations.routes import Route
from switchboard.database.tables import open_turns, turns
from switchboard.overview.visits import TurnSeen


def rows_of(
    db: Connection, columns: Iterable[sa.Column], at: sa.Column, begins: Mapping[str, float]
) -> list[Row[Any]]:
    """The rows of these conversations, each from where it begins, oldest first."""
    table = at.table
    query = (
        sa.select(*columns)
        .where(table.c.conversation_id.in_(list(begins)), at >= min(begins.values()))
        .order_by(at, table.c.id)
    )
    return list(db.execute(query))


def read_turns(
    db: Connection, begins: Mapping[str, float], end: float
) -> dict[str, list[TurnSeen]]:
    """The turns of each conversation up to `end`, the open ones with what was found."""
    asked: dict[str, list[Row[Any]]] = defaultdict(list)
    columns = (open_turns.c.conversation_id, open_turns.c.at)
    more = (open_turns.c.question, open_turns.c.outcome)
    for row in rows_of(db, (*columns, *more), open_turns.c.at, begins):
        asked[row.conversation_id].append(row)
    heard: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows_of(db, turns.c, turns.c.at, begins):
        if begins[row.conversation_id] <= row.at <= end:
            heard[row.conversation_id].append(row)
    return {
        conversation_id: with_questions(rows, asked[conversation_id])
        for conversation_id, rows in heard.items()
    }


def with_questions(rows: Sequence[Row[Any]], asked: Sequence[Row[Any]]) -> list[TurnSeen]:
    """Each open turn takes the last question recorded between it and the next turn."""
    found = []
    for index, row in enumerate(rows):
        until = rows[index + 1].at if index + 1 < len(rows) else float("inf")
        mine = [a for a in asked if row.at <= a.at < until] if row.route == Route.OPEN.value else []
        found.append(
            TurnSeen(
                at=row.at,
                channel=row.channel,
                route=row.route,
                intent=row.intent,
                mood=row.mood,
                level=row.level,
                result=row.result,
                question=mine[-1].question if mine else "",
                found=mine[-1].outcome if mine else "",
            )
        )
    return found
