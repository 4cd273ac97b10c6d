"""What customers agreed to, when and to which text; and what they wrote before they did."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import consents, held_messages
from switchboard.outreach.consents import WishBook
from switchboard.outreach.news_wishes import stops_news
from switchboard.welcome.notice_book import NoticeBook

MOST_HELD, MOST_CHARACTERS = 10, 10_000
"""Of messages that wait for an answer, in one conversation; what goes beyond is not kept."""


class ConsentAct(str, Enum):
    """What became of the question."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class ConsentStanding:
    """The latest act; `message_id` is the message that it answers. None: never asked. `agreed`: a
    yes was not taken back, be it to an earlier text, whatever was asked since."""

    act: ConsentAct | None = None
    version: str = ""
    message_id: str = ""
    at: float = 0.0
    agreed: bool = False

    def is_by(self, act: ConsentAct, message_id: str) -> bool:
        """Whether a message was this act: it comes again after a crash."""
        return (self.act, self.message_id) == (act, message_id[:255])


@dataclass(frozen=True)
class HeldMessage:
    """A message as it came, which waits."""

    message_id: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


class ConsentBook:
    """One record for all processes. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock
        self._notices = NoticeBook(engine, clock)
        self._wishes = WishBook(engine, clock)

    def standing(self, conversation_id: str) -> ConsentStanding:
        """What holds for a conversation now."""
        c = consents.c
        mine = c.conversation_id == conversation_id
        latest = sa.select(consents).where(mine).order_by(c.id.desc()).limit(1)
        answered = latest.where(c.act != ConsentAct.ASKED.value)
        with self._engine.connect() as db:
            row = db.execute(latest).first()
            answer = db.execute(answered).first()
        if row is None:
            return ConsentStanding()
        agreed = answer is not None and answer.act == ConsentAct.GIVEN.value
        return ConsentStanding(ConsentAct(row.act), row.version, row.message_id, row.at, agreed)

    def ask(self, conversation_id: str, version: str, message: HeldMessage) -> None:
        """Keep a message waiting, and note that the question was put, which names the machine and
        the notice too. A message that comes again is kept once."""
        mine = held_messages.c.conversation_id == conversation_id
        details = json.dumps(dict(message.metadata), default=str)
        row = {
            "conversation_id": conversation_id,
            "message_id": message.message_id,
            "at": self._clock(),
            "text": message.text[:MOST_CHARACTERS],
            "details": details,
        }
        standing = self.standing(conversation_id)
        with self._engine.begin() as db:
            count = db.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
            if count < MOST_HELD and len(details) <= MOST_CHARACTERS:
                insert_new(db, held_messages, row)
            if (standing.act, standing.version) != (ConsentAct.ASKED, version):
                self._note(db, conversation_id, version, ConsentAct.ASKED, message.message_id)
            self._notices.note(db, conversation_id, version)
            if stops_news(message.text):  # a stop counts at once, also of who has not agreed (anew)
                self._wishes.stop(db, conversation_id)

    def settle(self, conversation_id: str, version: str, act: ConsentAct, message_id: str) -> None:
        """Note an answer, or that it was taken back, once for each message. Without consent nothing
        goes on waiting, and without one that was given nobody is told news."""
        known = self.standing(conversation_id).is_by(act, message_id)
        with self._engine.begin() as db:
            if not known:
                self._note(db, conversation_id, version, act, message_id)
            if act is not ConsentAct.GIVEN:
                self._let_go(db, conversation_id)
            if act is ConsentAct.WITHDRAWN:
                self._wishes.stop(db, conversation_id)

    def held(self, conversation_id: str) -> list[HeldMessage]:
        """What waits, in its order."""
        h = held_messages.c
        query = sa.select(held_messages).where(h.conversation_id == conversation_id).order_by(h.id)
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return [HeldMessage(row.message_id, row.text, json.loads(row.details)) for row in rows]

    def let_go(self, conversation_id: str) -> None:
        """Keep nothing of it any longer."""
        with self._engine.begin() as db:
            self._let_go(db, conversation_id)

    def _let_go(self, db: Connection, conversation_id: str) -> None:
        mine = held_messages.c.conversation_id == conversation_id
        db.execute(sa.delete(held_messages).where(mine))

    def _note(
        self, db: Connection, conversation_id: str, version: str, act: ConsentAct, message_id: str
    ) -> None:
        db.execute(
            sa.insert(consents).values(
                conversation_id=conversation_id,
                at=self._clock(),
                version=version,
                act=act.value,
                message_id=message_id[:255],
            )
        )
