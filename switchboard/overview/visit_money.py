"""What the language model cost in each visit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from switchboard.database.tables import open_turns

LATEST = 600.0
"""Seconds after a visit's last message within which its answer may still be counted."""


def read_money(db: Connection, found: Sequence[Row[Any]]) -> dict[int, float]:
    """The money of each visit by its id: that of its open questions."""
    names = sorted({row.conversation_id for row in found})
    table = open_turns.c
    query = sa.select(table.conversation_id, table.at, table.money).where(
        table.conversation_id.in_(names),
        table.money > 0,
        table.at >= min(row.began_at for row in found),
        table.at <= max(row.ended_at for row in found) + LATEST,
    )
    spent: dict[str, list[tuple[float, float]]] = {}
    for name, at, money in db.execute(query):
        spent.setdefault(name, []).append((float(at), float(money)))
    return {
        row.id: sum(
            money
            for at, money in spent.get(row.conversation_id, ())
            if row.began_at <= at <= row.ended_at + LATEST
        )
        for row in found
    }
