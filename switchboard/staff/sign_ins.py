"""Signing in: limited attempts, a session cookie, a CSRF token for every form."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import people, sign_in_tries, sign_ins
from switchboard.errors import TooManyTries
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Directory, Person

IDLE_SECONDS, MOST_SECONDS = 2 * 3600, 12 * 3600
"""A sign-in ends after this long without a request, and after this long in any case."""
WINDOW_SECONDS = 900
TRIES_BY_LOGIN, TRIES_BY_ADDRESS = 8, 40


@dataclass(frozen=True)
class SignIn:
    """A signed-in person. Each of their forms must send `csrf` back."""

    person: Person
    csrf: str

    def owns(self, form_token: str) -> bool:
        """Whether a form's token is this person's; compared in constant time."""
        return hmac.compare_digest(form_token.encode(), self.csrf.encode())


class SignIns:
    """The sign-ins of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock
        self._directory, self._audit = Directory(engine, clock), AuditTrail(engine, clock)

    def authenticate(self, login: str, password: str, address: str) -> str | None:
        """The token for the cookie; None if login or password is wrong.

        Raises:
            TooManyTries: for this login or from this address; the password was not checked.
        """
        login = login.strip().lower()[:64]
        keys = {f"login {login}": TRIES_BY_LOGIN, f"address {address}": TRIES_BY_ADDRESS}
        self._count_try(keys)
        person = self._directory.verify(login, password)
        if person is None:
            self._audit.record(None, "wrong sign-in", login, address)
            return None
        token, now = secrets.token_urlsafe(32), self._clock()
        row = {
            "token_hash": _digest(token),
            "person_id": person.id,
            "csrf": secrets.token_urlsafe(24),
            "created_at": now,
            "seen_at": now,
        }
        with self._engine.begin() as db:
            db.execute(sa.insert(sign_ins).values(**row))
            mine = sign_in_tries.c.key == f"login {login}"
            db.execute(sa.delete(sign_in_tries).where(mine))
            self._audit.write(db, person.id, "sign in", person.login, address)
        return token

    def find(self, token: str) -> SignIn | None:
        """The sign-in of a cookie; None if it is unknown or expired."""
        now, mine = self._clock(), sign_ins.c.token_hash == _digest(token)
        alive = (sign_ins.c.seen_at > now - IDLE_SECONDS) & (
            sign_ins.c.created_at > now - MOST_SECONDS
        )
        query = sa.select(sign_ins.c.csrf, sign_ins.c.seen_at, people).join(
            people, people.c.id == sign_ins.c.person_id
        )
        with self._engine.begin() as db:
            row = db.execute(query.where(mine, alive, people.c.active)).first()
            if row is None:
                return None
            if now - row.seen_at > 60:  # at most once a minute, not with every request
                db.execute(sa.update(sign_ins).where(mine).values(seen_at=now))
        person = self._directory.find(row.id)
        return SignIn(person, row.csrf) if person else None

    def end(self, token: str) -> None:
        """Sign out."""
        with self._engine.begin() as db:
            mine = sign_ins.c.token_hash == _digest(token)
            row = db.execute(sa.select(sign_ins.c.person_id).where(mine)).first()
            db.execute(sa.delete(sign_ins).where(mine))
            if row is not None:
                self._audit.write(db, row.person_id, "sign out", "")

    def _count_try(self, keys: dict[str, int]) -> None:
        now = self._clock()
        with self._engine.begin() as db:
            old = sign_in_tries.c.at < now - WINDOW_SECONDS
            db.execute(sa.delete(sign_in_tries).where(old))
            for key, most in keys.items():
                mine = sa.select(sa.func.count()).where(sign_in_tries.c.key == key)
                if db.execute(mine).scalar_one() >= most:
                    raise TooManyTries(key.partition(" ")[0])
            db.execute(sa.insert(sign_in_tries), [{"key": key, "at": now} for key in keys])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
