"""Announcements between processes: something was stored for a conversation.

PostgreSQL carries them (`NOTIFY`, with the transaction that stored it), so that the process which
has the conversation need not look for it. SQLite has none: there the look each second finds it.
"""

from __future__ import annotations

import json
import logging
import selectors
import threading
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.failures import place_of

logger = logging.getLogger(__name__)

CHANNEL = "switchboard_mail"
_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 2.0


def announce(db: Connection, channel: str, conversations: Iterable[str], worker: str) -> None:
    """Tell every process, when the caller's transaction is committed; `worker` is who stored it."""
    if db.dialect.name != "postgresql":
        return
    for conversation in conversations:
        told = json.dumps([channel, conversation, worker])
        db.execute(sa.text("SELECT pg_notify(:c, :t)"), {"c": CHANNEL, "t": told})


class Listener:
    """Hears, in a thread of its own, what other workers announce for a channel."""

    def __init__(
        self, engine: Engine, channel: str, worker: str, heard: Callable[[str], None]
    ) -> None:
        self._engine, self._channel, self._worker = engine, channel, worker
        self._heard = heard
        self._over, self._listening = threading.Event(), False
        self._thread: threading.Thread | None = None

    @property
    def listening(self) -> bool:
        """Whether announcements are heard now; else somebody has to look."""
        return self._listening

    def start(self) -> None:
        """Begin, on a database that carries announcements."""
        if self._engine.dialect.name == "postgresql":
            self._thread = threading.Thread(target=self._run, name="mail-listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; returns within a second or so."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(2 * _LOOK_SECONDS)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._listen()
            except Exception as error:  # the database will be back
                logger.warning("announcements are not heard: %s", place_of(error))
            self._listening = False
            self._over.wait(_AGAIN_SECONDS)

    def _listen(self) -> None:
        connection = self._engine.raw_connection()
        raw = connection.connection
        try:
            connection.detach()  # it is never given back to the pool
            raw.autocommit = True
            with raw.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self._listening = True
            # Not `select()`, which refuses a socket of a process that has 1,024 others open.
            with selectors.DefaultSelector() as selector:
                selector.register(raw, selectors.EVENT_READ)
                while not self._over.is_set():
                    if selector.select(_LOOK_SECONDS):
                        self._hear(raw)
        finally:
            raw.close()

    def _hear(self, raw: Any) -> None:
        raw.poll()
        for notice in raw.notifies:
            self._tell(notice.payload)
        raw.notifies.clear()

    def _tell(self, payload: str) -> None:
        channel, conversation, worker = json.loads(payload)
        if channel == self._channel and worker != self._worker:
            self._heard(conversation)
