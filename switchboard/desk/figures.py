"""Figures of desk and bot: waiting, answer and resolution times, moods, satisfaction."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, RowMapping

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import people, ratings, tickets, turns


@dataclass(frozen=True)
class Span:
    """Durations in seconds: count, median and 90th percentile."""

    count: int
    median: float
    ninety: float


@dataclass(frozen=True)
class Figures:
    """The figures of the last `days` days."""

    days: int
    waiting: Span
    first_answer: Span
    resolution: Span
    by_reason: list[tuple[str, int]]
    by_day: list[tuple[str, int]]
    by_route: list[tuple[str, int]]
    scores: list[tuple[str, int]]
    satisfaction: float | None
    asked: int
    mood_before: float | None
    mood_after: float | None
    conversations: int
    without_a_person: float | None


def _span(values: Iterable[float]) -> Span:
    ordered = sorted(values)
    if not ordered:
        return Span(0, 0.0, 0.0)
    ninety = ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]
    return Span(len(ordered), statistics.median(ordered), ninety)


def _since(row: RowMapping, name: str) -> Iterable[float]:
    return [row[name] - row["opened_at"]] if row[name] is not None else []


def read_figures(engine: Engine, days: int) -> Figures:
    """Compute the figures of the last `days` days, including today."""
    since = epoch_now() - days * DAY
    with engine.connect() as db:
        opened = db.execute(sa.select(tickets).where(tickets.c.opened_at > since)).mappings().all()
        rated = (
            db.execute(sa.select(ratings.c.score).where(ratings.c.asked_at > since)).scalars().all()
        )
        routes = db.execute(
            sa.select(turns.c.route, sa.func.count())
            .where(turns.c.at > since)
            .group_by(turns.c.route)
        ).all()
        served = sa.select(turns.c.conversation_id).where(turns.c.at > since).distinct()
        all_ids = set(db.execute(served).scalars())
        after = _moods_after(db, opened)
    handed = {row["conversation_id"] for row in opened}
    scores = Counter(score for score in rated if score is not None)
    before = [row["mood"] for row in opened if row["mood"] is not None]
    return Figures(
        days=days,
        waiting=_span(w for row in opened for w in _since(row, "taken_at")),
        first_answer=_span(w for row in opened for w in _since(row, "first_answer_at")),
        resolution=_span(w for row in opened for w in _since(row, "resolved_at")),
        by_reason=Counter(row["reason"] for row in opened).most_common(),
        by_day=_by_day(opened, since, days),
        by_route=[(route, int(count)) for route, count in routes],
        scores=[(str(score), scores[score]) for score in range(1, 6)],
        satisfaction=float(statistics.mean(scores.elements())) if scores else None,
        asked=len(rated),
        mood_before=statistics.mean(before) if before else None,
        mood_after=statistics.mean(after) if after else None,
        conversations=len(all_ids),
        without_a_person=1 - len(handed & all_ids) / len(all_ids) if all_ids else None,
    )


def _moods_after(db: Any, opened: Sequence[RowMapping]) -> list[float]:
    """The anger in each customer's last message after a person first answered."""
    found = []
    for row in opened:
        if row["first_answer_at"] is None:
            continue
        query = (
            sa.select(turns.c.mood)
            .where(
                turns.c.conversation_id == row["conversation_id"],
                turns.c.at > row["first_answer_at"],
                turns.c.mood.is_not(None),
            )
            .order_by(turns.c.at.desc())
        )
        mood = db.execute(query.limit(1)).scalar()
        if mood is not None:
            found.append(float(mood))
    return found


def _by_day(opened: Sequence[RowMapping], since: float, days: int) -> list[tuple[str, int]]:
    counts = Counter(_date(row["opened_at"]) for row in opened)
    listed = [_date(since + (number + 1) * DAY) for number in range(days)]
    return [(day, counts[day]) for day in listed]


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).date().isoformat()


COLUMNS = (
    "reference channel language reason urgency opened_at taken_at first_answer_at resolved_at "
    "mood agent score"
).split()


def write_csv(engine: Engine, days: int) -> str:
    """One line per ticket of the last `days` days, without the customer's data."""
    query = (
        sa.select(tickets, people.c.login.label("agent"), ratings.c.score)
        .select_from(
            tickets.outerjoin(people, people.c.id == tickets.c.assignee_id).outerjoin(
                ratings, ratings.c.ticket == tickets.c.reference
            )
        )
        .where(tickets.c.opened_at > epoch_now() - days * DAY)
        .order_by(tickets.c.id)
    )
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(COLUMNS)
    with engine.connect() as db:
        for row in db.execute(query).mappings():
            lines.writerow([_cell(name, row[name]) for name in COLUMNS])
    return written.getvalue()


def _cell(name: str, value: Any) -> Any:
    if name.endswith("_at") and value is not None:
        return datetime.fromtimestamp(value, timezone.utc).isoformat(timespec="seconds")
    return "" if value is None else value
