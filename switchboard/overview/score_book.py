"""Keeps the table of scores up to date with the visits, from a background task or a command.

A visit that is written anew loses its score by the database's own hand, and what people do on a
ticket takes that of its visits away; what has none is scored, the newest first, a batch at a time.
So it goes on where it was interrupted, and holds no more than a batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.clock import epoch_now
from switchboard.conversations.routes import Route
from switchboard.conversations.turns import RATING_INTENT
from switchboard.database.tables import ticket_entries, tickets, visit_scores, visits
from switchboard.overview import visit_book
from switchboard.overview.customer_words import read_words
from switchboard.overview.effort import SameWish, read_effort
from switchboard.overview.marks import SLACK, hold_mark, read_mark, set_mark
from switchboard.overview.mood_course import read_mood
from switchboard.overview.seen_turns import read_turns
from switchboard.overview.ticket_work import TicketWork, read_ticket_work
from switchboard.overview.visit_money import read_money
from switchboard.overview.visit_score import score_visit
from switchboard.overview.visits import Outcome, TurnSeen, Visit, Why, asks
from switchboard.overview.wish_space import WishSpace

MARK = "scores"
BATCH = 200
"""Visits in one transaction, so that no other writer waits long."""
_NEWEST = 2**62
AT_ONCE = 20.0
"""Seconds that one call works at most: a long past is scored over several."""
Tell = Callable[[int, int], object]
"""Is told how many visits are scored, and of how many."""


class ScoreBook:
    """The table of scores. `wishes` opens what tells rephrasings, once it is needed. Methods raise
    SQLAlchemy's errors, and those of opening it."""

    def __init__(
        self,
        engine: Engine,
        wishes: Callable[[], WishSpace | None],
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._open_wishes, self._clock = engine, wishes, clock
        self._wishes: WishSpace | None = None
        self._opened = False

    def refresh(
        self, seconds: float = AT_ONCE, first_day: int = 0, tell: Tell | None = None
    ) -> bool:
        """Score visits from a day on (`date.toordinal`) that have no score, for so long at most;
        whether none is left."""
        self._forget_changed()
        began, done, below = time.monotonic(), 0, _NEWEST
        left = self._count(first_day) if tell else 0
        while time.monotonic() - began < seconds:
            found = self._unscored(first_day, below)
            if not found:
                return True
            below = found[-1].id  # what was written above it meanwhile is for the next call
            done += self._score(found)
            if tell:
                tell(done, max(left, done))
        return False

    def _forget_changed(self) -> None:
        """Take away the scores of visits on whose ticket people did something since the last
        call."""
        mark, now = read_mark(self._engine, MARK), self._clock()
        with self._engine.begin() as db:
            if mark is not None:
                acted = sa.select(ticket_entries.c.ticket_id).where(
                    ticket_entries.c.at >= mark - SLACK
                )
                changed = sa.select(tickets.c.reference).where(tickets.c.id.in_(acted))
                db.execute(sa.delete(visit_scores).where(visit_scores.c.ticket.in_(changed)))
            set_mark(db, MARK, now)

    def _count(self, first_day: int) -> int:
        with self._engine.connect() as db:
            query = sa.select(sa.func.count()).select_from(visits)
            query = query.where(_UNSCORED, visits.c.day >= first_day)
            return int(db.execute(query).scalar() or 0)

    def _unscored(self, first_day: int, below: int) -> Sequence[Row[Any]]:
        """The newest visits without a score, a batch of them."""
        query = sa.select(visits).where(_UNSCORED, visits.c.day >= first_day, visits.c.id < below)
        with self._engine.connect() as db:
            return list(db.execute(query.order_by(visits.c.id.desc()).limit(BATCH)))

    def _score(self, found: Sequence[Row[Any]]) -> int:
        """Score a batch; how many were still what they are."""
        with self._engine.connect() as db:
            rows = self._scored(db, found)
        with self._engine.begin() as db:
            hold_mark(db, MARK)
            hold_mark(db, visit_book.MARK)  # nobody writes visits anew meanwhile
            still = set(db.execute(_same_visits(found)).scalars())
            kept = [row for row in rows if row["visit_id"] in still]
            if kept:
                db.execute(sa.insert(visit_scores), kept)
        return len(kept)

    def _scored(self, db: Connection, found: Sequence[Row[Any]]) -> list[dict[str, Any]]:
        begins: dict[str, float] = {}
        for row in found:
            name = row.conversation_id
            begins[name] = min(row.began_at, begins.get(name, row.began_at))
        heard = read_turns(db, begins, max(row.ended_at for row in found))
        money = read_money(db, found)
        work = read_ticket_work(db, found)
        parts = {row.id: _part(row, heard) for row in found}
        wordy = [row for row in found if _wishes(parts[row.id]) > 1]
        words = read_words(db, wordy) if wordy else {}
        same = self._same_wish() if wordy else None
        return [
            _score(row, parts[row.id], words.get(row.id, {}), same, work.get(row.id), money[row.id])
            for row in found
        ]

    def _same_wish(self) -> SameWish | None:
        if not self._opened:
            self._wishes, self._opened = self._open_wishes(), True
        return self._wishes.is_same if self._wishes else None


_UNSCORED = sa.and_(
    visits.c.outcome != Outcome.GOING_ON.value,
    ~sa.exists().where(visit_scores.c.visit_id == visits.c.id),
)


def _same_visits(found: Sequence[Row[Any]]) -> sa.sql.Select:
    """Those that are still what they were and have no score: SQLite gives the number of a visit
    that is gone to a new one."""
    fresh = sa.tuple_(visits.c.id, visits.c.began_at, visits.c.ended_at, visits.c.why)
    known = [(row.id, row.began_at, row.ended_at, row.why) for row in found]
    return sa.select(visits.c.id).where(_UNSCORED, fresh.in_(known))


def _part(row: Row[Any], heard: Mapping[str, Sequence[TurnSeen]]) -> list[TurnSeen]:
    """The turns of a visit, without answers to a survey: what it says must not be in the score that
    is compared with it."""
    mine = [
        turn
        for turn in heard.get(row.conversation_id, ())
        if row.began_at <= turn.at <= row.ended_at
    ]
    return [
        turn
        for index, turn in enumerate(mine)
        if turn.intent != RATING_INTENT and (not index or mine[index - 1].intent != RATING_INTENT)
    ]


def _wishes(part: Sequence[TurnSeen]) -> int:
    return sum(asks(part, at) for at in range(len(part)))


def _score(
    row: Row[Any],
    part: Sequence[TurnSeen],
    words: Mapping[float, str],
    same_wish: SameWish | None,
    work: TicketWork | None,
    money: float,
) -> dict[str, Any]:
    """A row of the table; a visit whose turns are gone by age is scored by what it came to."""
    visit = Visit(
        row.began_at,
        row.ended_at,
        row.channel,
        Route(row.route),
        Outcome(row.outcome),
        Why(row.why),
    )
    seen = part or [TurnSeen(row.began_at, row.channel, row.route, "")]
    effort = read_effort(seen, [words.get(turn.at, turn.question) for turn in seen], same_wish)
    mood = read_mood(seen)
    score = score_visit(visit, effort, mood, work.people if work else None)
    return {
        "visit_id": row.id,
        "day": row.day,
        "score": score.points,
        "solved": score.solved.value,
        "turns": effort.turns,
        "repeats": effort.repeats,
        "rephrasings": effort.rephrasings,
        "mood_first": mood.first,
        "mood_worst": mood.worst,
        "mood_last": mood.last,
        "reasons": score.told,
        "ticket": work.reference if work else None,
        "seconds": row.ended_at - row.began_at,
        "person_seconds": work.seconds if work else 0.0,
        "model_money": money,
    }
