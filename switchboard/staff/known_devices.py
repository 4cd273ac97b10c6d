"""Browsers in which somebody has signed in before, told by a secret that they keep in a cookie.

Whoever signs in from one of theirs does not wait for the wrong tries of others.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import DAY, epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import known_devices

DEVICE_DAYS = 365
"""A browser in which somebody has not signed in for so long is as good as new."""


def digest_of(token: str) -> str:
    """What is kept of a secret that a browser holds."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class KnownDevices:
    """The browsers of a deployment's people. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def knows(self, token: str, person_id: int) -> bool:
        """Whether somebody has signed in where this secret is kept."""
        if not token:
            return False
        d = known_devices.c
        mine = (d.token_hash == digest_of(token)) & (d.person_id == person_id)
        recent = d.seen_at > self._clock() - DEVICE_DAYS * DAY
        with self._engine.connect() as db:
            return db.execute(sa.select(d.person_id).where(mine, recent)).first() is not None

    def remember(self, db: Connection, token: str, person_id: int) -> str:
        """Note that somebody has signed in; the secret that their browser is to keep.

        A secret that another person's browser holds is kept, too: two may share a machine.
        """
        d, now = known_devices.c, self._clock()
        ours = sa.select(d.token_hash).where(d.token_hash == digest_of(token)).limit(1)
        if not token or db.execute(ours).first() is None:  # never one that was made elsewhere
            token = secrets.token_urlsafe(32)
        row = {"token_hash": digest_of(token), "person_id": person_id, "seen_at": now}
        if not insert_new(db, known_devices, row):
            mine = (d.token_hash == row["token_hash"]) & (d.person_id == person_id)
            db.execute(sa.update(known_devices).where(mine).values(seen_at=now))
        return token
