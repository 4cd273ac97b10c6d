"""What the order system told by itself: kept once, and passed on to those who asked for it."""

from __future__ import annotations

import json
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import outreach_events
from switchboard.outreach.consents import WishBook
from switchboard.outreach.due_messages import plan
from switchboard.outreach.news_kinds import News, NewsTopic

_E = outreach_events.c


class NewsInbox:
    """News of the order system. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def keep(self, news: News) -> bool:
        """Keep a piece of news; False if it is known."""
        row = {
            "id": news.id,
            "topic": news.topic.value,
            "subject": news.subject,
            "facts": json.dumps(dict(news.facts)),
            "received_at": self._clock(),
        }
        with self._engine.begin() as db:
            return insert_new(db, outreach_events, row)

    def pass_on(self, consents: WishBook, limit: int) -> int:
        """Plan a message for each customer who asked for a piece of news; how many there are."""
        with self._engine.connect() as db:
            new = sa.select(outreach_events).where(_E.done_at.is_(None)).order_by(_E.received_at)
            rows = db.execute(new.limit(limit)).all()
        planned = 0
        for row in rows:
            with self._engine.begin() as db:
                mine = sa.update(outreach_events).where(_E.id == row.id, _E.done_at.is_(None))
                if not db.execute(mine.values(done_at=self._clock())).rowcount:
                    continue  # another process did
                topic = NewsTopic(row.topic)
                for one in consents.of_news(db, topic.kind, row.subject):
                    planned += plan(
                        db,
                        f"{row.id}:{one.id}",
                        one.conversation,
                        one.channel,
                        topic.value,
                        self._clock(),
                        subject=row.subject,
                        consent_id=one.id,
                        facts=json.loads(row.facts),
                    )
        return planned
