"""Open questions in groups: topics of all of them, and gaps that no article fills.

A background task makes the groups and writes them into a table; the page only reads. The words are
those of `open_turns`, which are redacted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import Enum
from typing import Any, Protocol

import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.answering.gaps import UNANSWERED, group_alike
from switchboard.clock import epoch_now
from switchboard.conversations.turns import EXPLAINED
from switchboard.database.tables import open_turns, question_days, question_groups
from switchboard.embedding.encoder import default_encoder
from switchboard.embedding.stored_vectors import StoredVectors
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit, change
from switchboard.overview.marks import hold_mark, read_mark, set_mark
from switchboard.overview.period import Period, local_day
from switchboard.overview.topics import MOST_WORDS, find_topics, is_rising
from switchboard.text.normal import plain_text

MARK = "questions since"
"""From here on all questions are counted; what is older was too much."""
MOST_DIFFERENT, MOST_ROWS = 5000, 50_000
MOST_GROUPS = 200
"""Of each kind, the most frequent."""


class Vectors(Protocol):
    """Encodes texts, and keeps what it encoded."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Unit vectors, one row a text."""

    def keep(self) -> None:
        """Write them for the next time."""


def stored_vectors() -> Vectors:
    """The encoder of articles and gaps, with what it encoded before."""
    encoder = default_encoder()
    return StoredVectors(encoder, encoder.store("questions"))


class GroupKind(str, Enum):
    """What questions are grouped for."""

    TOPIC = "topic"
    GAP = "gap"
    ALL = "all"
    """One group of all questions: what the others are a part of."""


@dataclass
class _Asked:
    """A question in one wording: how often on which days, and how often without an answer."""

    question: str
    language: str
    passage: str
    days: Counter[int] = field(default_factory=Counter)
    unanswered: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class QuestionGroup:
    """A group of questions with how often it came in a period and in the one before."""

    id: int
    question: str
    language: str
    words: str
    now: int
    before: int
    rising: bool = False


class QuestionGroups:
    """The table of groups. Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        zone: tzinfo,
        vectors: Callable[[], Vectors] = stored_vectors,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._zone, self._clock = engine, zone, clock
        self._open_vectors = vectors

    def refresh(self) -> None:
        """Group the newest different questions anew."""
        asked, since = self._read()
        if not asked and read_mark(self._engine, MARK) is None:
            return
        rows, days = self._grouped(asked)
        with self._engine.begin() as db:
            set_mark(db, MARK, since)
            hold_mark(db, MARK)
            db.execute(sa.delete(question_groups))
            db.execute(sa.delete(question_days))
            if rows:
                db.execute(sa.insert(question_groups), rows)
                db.execute(sa.insert(question_days), days)

    def _read(self) -> tuple[list[_Asked], float]:
        """The newest different questions, newest first, and since when all are among them."""
        table = open_turns.c
        query = (
            sa.select(table.at, table.question, table.language, table.passage, table.outcome)
            .where(table.question != "", table.conversation_id != EXPLAINED)
            .order_by(table.at.desc())
            .limit(MOST_ROWS)
        )
        found: dict[str, _Asked] = {}
        rows, at = 0, 0.0
        with self._engine.connect() as db:
            for row in db.execute(query):
                key = plain_text(row.question).lower().strip(" ?？!！.。")
                if key not in found and len(found) == MOST_DIFFERENT:
                    return list(found.values()), float(row.at)
                new = _Asked(row.question, row.language, row.passage)
                one = found.setdefault(key, new)
                day, rows, at = local_day(row.at, self._zone), rows + 1, row.at
                one.days[day] += 1
                one.unanswered[day] += row.outcome in UNANSWERED
        found.pop("", None)
        return list(found.values()), float(at) if rows == MOST_ROWS else 0.0

    def _grouped(
        self, asked: Sequence[_Asked]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        if not asked:
            return [], []
        store = self._open_vectors()
        vectors = encode_gently(store, [plain_text(one.question) for one in asked])
        store.keep()
        times = [sum(one.days.values()) for one in asked]
        topics = find_topics([one.question for one in asked], vectors, times)
        groups = [
            (GroupKind.TOPIC, topic.members, ", ".join(topic.words))
            for topic in topics[:MOST_GROUPS]
        ]
        open_ones = [at for at, one in enumerate(asked) if sum(one.unanswered.values())]
        gaps = [[open_ones[at] for at in group] for group in group_alike(vectors[open_ones])]
        gaps.sort(key=lambda gap: -sum(sum(asked[at].unanswered.values()) for at in gap))
        groups += [(GroupKind.GAP, tuple(gap), "") for gap in gaps[:MOST_GROUPS]]
        groups.append((GroupKind.ALL, tuple(range(len(asked))), ""))
        return _as_rows(asked, groups)


def encode_gently(store: Vectors, texts: Sequence[str]) -> NDArray[Any]:
    """The vectors of texts, new ones one after the other: on one core, since customers are being
    answered meanwhile."""
    for text in texts:
        store.encode([text])
    return store.encode(texts)


def _as_rows(
    asked: Sequence[_Asked], groups: Sequence[tuple[GroupKind, tuple[int, ...], str]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows, days = [], []
    for number, (kind, members, words) in enumerate(groups, start=1):
        first = asked[members[0]]
        rows.append(
            {
                "id": number,
                "kind": kind.value,
                "language": first.language,
                "question": first.question,
                "words": words[:MOST_WORDS],
                "passage": first.passage,
            }
        )
        counts: Counter[int] = Counter()
        for member in members:
            counts.update(asked[member].unanswered if kind is GroupKind.GAP else asked[member].days)
        days += [
            {"group_id": number, "day": day, "times": times}
            for day, times in counts.items()
            if times
        ]
    return rows, days


def find_group(db: Connection, number: int, kind: GroupKind) -> QuestionGroup | None:
    """A group by its number, if it is still there."""
    table = question_groups.c
    query = sa.select(table.id, table.question, table.language, table.words)
    row = db.execute(query.where(table.id == number, table.kind == kind.value)).first()
    return None if row is None else _group(row, 0, 0)


def read_groups(db: Connection, period: Period, kind: GroupKind) -> list[QuestionGroup]:
    """The groups that came up in a period: rising ones first, then by how often they came."""
    now, before = _counts(db, period, kind), _counts(db, period.before, kind)
    all_now, all_before = count_questions(db, period), count_questions(db, period.before)
    told = is_compared(db, period)
    table = question_groups.c
    query = sa.select(table.id, table.question, table.language, table.words)
    groups = [
        _group(
            row,
            now[row.id],
            before[row.id],
            told and is_rising(now[row.id], before[row.id], all_now, all_before),
        )
        for row in db.execute(query.where(table.kind == kind.value).order_by(table.id))
        if now[row.id]
    ]
    return sorted(groups, key=lambda group: (not group.rising, -group.now))


def _group(row: Row[Any], now: int, before: int, rising: bool = False) -> QuestionGroup:
    return QuestionGroup(row.id, row.question, row.language, row.words, now, before, rising)


def _counts(db: Connection, period: Period, kind: GroupKind) -> Counter[int]:
    joined = question_days.join(question_groups, question_groups.c.id == question_days.c.group_id)
    query = (
        sa.select(question_days.c.group_id, sa.func.sum(question_days.c.times))
        .select_from(joined)
        .where(
            question_groups.c.kind == kind.value,
            question_days.c.day.between(period.first, period.last),
        )
        .group_by(question_days.c.group_id)
    )
    return Counter({group: int(times) for group, times in db.execute(query)})


def count_questions(db: Connection, period: Period) -> int:
    """How many of the period's questions were counted, in a group or in none."""
    return sum(_counts(db, period, GroupKind.ALL).values())


def counted_since(db: Connection) -> float | None:
    """Since when all questions are in the groups; None before there are any groups."""
    return read_mark(db.engine, MARK)


def is_compared(db: Connection, period: Period) -> bool:
    """Whether all questions of the period before were counted too."""
    return (counted_since(db) or 0.0) <= period.before.since


def topic_table(groups: Sequence[QuestionGroup], compared: bool) -> FigureTable:
    """Topics; `compared`: with the period before."""
    rows: list[list[Cell]] = [
        [
            one.question,
            one.words,
            one.now,
            one.before if compared else None,
            change(one.now, one.before) if compared else None,
            "rising" if one.rising else "",
        ]
        for one in groups
    ]
    columns = [
        Column("For instance", Unit.TEXT),
        Column("Words", Unit.TEXT),
        Column("times"),
        Column("before"),
        Column("change", Unit.CHANGE),
        Column("trend", Unit.WORD),
    ]
    return FigureTable("topics", columns, rows)


def gap_table(groups: Sequence[QuestionGroup]) -> FigureTable:
    """Questions that found no article."""
    rows: list[list[Cell]] = [[one.question, one.language, one.now] for one in groups]
    columns = [Column("Question", Unit.TEXT), Column("language", Unit.TEXT), Column("times")]
    return FigureTable("gaps", columns, rows)
