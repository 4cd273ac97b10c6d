"""Proposes once a day what the conversations of a deployment teach, by whichever of its processes
comes first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import DAY, epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import overview_marks
from switchboard.learning.proposing import propose_all
from switchboard.overview.marks import read_mark, set_mark

DUE, UNTIL = "learning due", "learned until"
"""Marks: when the next look may be, and until when messages were looked through."""
DAYS = 30
"""Of conversations that are looked at."""
HOUR = 3600.0
"""Seconds after which a look that failed is tried again, and before the last one that are looked
through again, since conversations were going on."""

Propose = Callable[[float, float, float], object]
"""Proposes what teaches from a moment on and until one; messages heard from a third one on."""


class DailyLearning:
    """The daily look of a deployment with the shop's files in `data`. Methods raise what
    `propose_all` raises."""

    def __init__(
        self,
        engine: Engine,
        data: Path,
        clock: Callable[[], float] = epoch_now,
        propose: Propose | None = None,
    ) -> None:
        self._engine, self._clock = engine, clock
        self._propose = propose or (
            lambda since, until, heard: propose_all(engine, data, since, until, heard)
        )

    def attend(self) -> bool:
        """Look, if a day has passed since the last look of any process; whether it was done."""
        now = self._clock()
        if not self._take(now):
            return False
        until = read_mark(self._engine, UNTIL) or 0.0
        try:
            self._propose(now - DAYS * DAY, now, until - HOUR)
        except Exception:
            self._set(DUE, now + HOUR)
            raise
        self._set(UNTIL, now)
        return True

    def _take(self, now: float) -> bool:
        """Whether it is this process that looks."""
        name, value = overview_marks.c.name, overview_marks.c.value
        with self._engine.begin() as db:
            insert_new(db, overview_marks, {"name": DUE, "value": 0.0})
            due = sa.update(overview_marks).where(name == DUE, value <= now)
            return bool(db.execute(due.values(value=now + DAY)).rowcount)

    def _set(self, name: str, value: float) -> None:
        with self._engine.begin() as db:
            set_mark(db, name, value)
