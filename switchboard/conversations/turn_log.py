"""Every turn with its route and reason: recorded, and counted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.conversations.routes import Decision
from switchboard.conversations.turn_result import Result
from switchboard.database.tables import turns


@dataclass(frozen=True)
class Turn:
    """One message of a customer and where it went. `mood` is its anger, 0 to 1; `level` how it was
    said, a value of `moods.Level`."""

    decision: Decision
    intent: str
    mood: float | None = None
    level: str = ""
    result: Result = Result.SILENT


def record_turn(db: Connection, conversation_id: str, at: float, channel: str, turn: Turn) -> None:
    """Write one turn, in the caller's transaction."""
    db.execute(
        sa.insert(turns).values(
            conversation_id=conversation_id,
            at=at,
            channel=channel[:64],
            route=turn.decision.route.value,
            cause=turn.decision.cause.value,
            reason=turn.decision.reason[:255],
            intent=turn.intent[:64],
            mood=turn.mood,
            level=turn.level[:16],
            result=turn.result.value,
        )
    )


def count_routes(engine: Engine, since: float = 0.0) -> dict[str, int]:
    """How many turns went where since a time (seconds since the epoch)."""
    query = (
        sa.select(turns.c.route, sa.func.count())
        .where(turns.c.at >= since)
        .group_by(turns.c.route)
        .order_by(turns.c.route)
    )
    with engine.connect() as db:
        return {route: int(number) for route, number in db.execute(query)}
