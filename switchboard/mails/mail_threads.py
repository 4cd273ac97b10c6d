"""Where an e-mail conversation's answers go, and how far a mailbox is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import inbox, mail_threads, mailboxes

CHANNEL = "email"


@dataclass(frozen=True)
class MailThread:
    """What the next answer of a conversation answers. `thread`: the ids before `message_id`."""

    address: str
    subject: str
    message_id: str
    thread: tuple[str, ...] = ()


class MailThreads:
    """Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def remember(self, conversation: str, thread: MailThread) -> None:
        """Answers of the conversation answer this from now on."""
        values = {
            "address": thread.address,
            "subject": thread.subject,
            "message_id": thread.message_id,
            "thread": " ".join(thread.thread),
            "at": self._clock(),
        }
        with self._engine.begin() as db:
            if not insert_new(db, mail_threads, {"conversation_id": conversation, **values}):
                mine = mail_threads.c.conversation_id == conversation
                db.execute(sa.update(mail_threads).where(mine).values(**values))

    def get(self, conversation: str) -> MailThread | None:
        """What the next answer answers; None for a conversation that is unknown or erased."""
        mine = mail_threads.c.conversation_id == conversation
        with self._engine.connect() as db:
            row = db.execute(sa.select(mail_threads).where(mine)).first()
        if row is None:
            return None
        return MailThread(row.address, row.subject, row.message_id, tuple(row.thread.split()))

    def taken_since(self, prefix: str, since: float) -> int:
        """Messages taken in since a time by conversations that begin with `prefix`."""
        mine = inbox.c.conversation.startswith(prefix, autoescape=True)
        recent = (inbox.c.channel == CHANNEL) & (inbox.c.received_at > since) & mine
        with self._engine.connect() as db:
            return int(db.execute(sa.select(sa.func.count()).where(recent)).scalar_one())

    def read_to(self, name: str) -> tuple[int, int] | None:
        """The validity of a mailbox's numbers and the last one read; None before the first time."""
        with self._engine.connect() as db:
            row = db.execute(sa.select(mailboxes).where(mailboxes.c.name == name)).first()
        return None if row is None else (row.validity, row.last_uid)

    def note_read(self, name: str, validity: int, number: int) -> None:
        """Note how far a mailbox is read; another process that is further stays so."""
        values = {"validity": validity, "last_uid": number, "at": self._clock()}
        with self._engine.begin() as db:
            if insert_new(db, mailboxes, {"name": name, **values}):
                return
            behind = (mailboxes.c.validity != validity) | (mailboxes.c.last_uid < number)
            mine = (mailboxes.c.name == name) & behind
            db.execute(sa.update(mailboxes).where(mine).values(**values))
