"""Signing in: by password and second factor or by a provider, a session cookie, a CSRF token for
every form."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import people, second_factors, sign_ins
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Directory, Person
from switchboard.staff.known_devices import KnownDevices, digest_of
from switchboard.staff.second_factor import SecondFactors
from switchboard.staff.sign_in_delays import SignInDelays, by_device, by_person, by_stranger

IDLE_SECONDS, MOST_SECONDS = 2 * 3600, 12 * 3600
"""A sign-in ends after this long without a request, and after this long in any case."""
CODE_SECONDS = 600
"""For so long a right password waits for the code."""
UNKNOWN_LOGIN = "unknown login"
"""Stands on the trail for a login that nobody has: what was typed may be a password."""


@dataclass(frozen=True)
class Cookies:
    """What a browser keeps: the sign-in's secret, and its own as a known device. A sign-in that
    `awaits_code` lets nobody in yet."""

    token: str
    device: str
    awaits_code: bool = False


@dataclass(frozen=True)
class SignIn:
    """A signed-in person. Each of their forms must send `csrf` back."""

    person: Person
    csrf: str
    awaits_code: bool = False
    by_provider: bool = False
    has_factor: bool = False

    def owns(self, form_token: str) -> bool:
        """Whether a form's token is this person's; compared in constant time."""
        return hmac.compare_digest(form_token.encode(), self.csrf.encode())


class SignIns:
    """The sign-ins of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock
        self._directory, self._audit = Directory(engine, clock), AuditTrail(engine, clock)
        self._delays, self._devices = SignInDelays(engine, clock), KnownDevices(engine, clock)
        self._factors = SecondFactors(engine, clock)

    def authenticate(
        self, login: str, password: str, address: str, device: str = ""
    ) -> Cookies | None:
        """What the browser keeps from now on; None if login or password is wrong.

        Raises:
            TooManyTries: the next try has to wait; the password was not checked.
        """
        login = login.strip().lower()[:64]
        known = self._directory.find_login(login)
        at_home = known is not None and self._devices.knows(device, known.id)
        keys = by_device(digest_of(device)) if at_home else by_stranger(login, address)
        with self._delays.attempt(keys) as made:
            person = self._directory.verify(login, password)
            made.right = person is not None
        if person is None:
            told = known.login if known else UNKNOWN_LOGIN
            self._audit.record(None, "wrong sign-in", told, address)
            return None
        if self._factors.has(person.id):
            with self._engine.begin() as db:
                return Cookies(self._begin(db, person, awaits_code=True), device, True)
        return self.let_in(person, address, device)

    def give_code(self, token: str, code: str, address: str, device: str = "") -> Cookies | None:
        """Let somebody in whose password was right, and whose code is; None if it is not.

        Raises:
            TooManyTries: the next try has to wait; the code was not checked.
        """
        found = self.find(token)
        if found is None or not found.awaits_code:
            return None
        person = found.person
        at_home = self._devices.knows(device, person.id)
        with self._delays.attempt(
            by_device(digest_of(device)) if at_home else by_person(person.id)
        ) as made:
            made.right = self._factors.accept(person.id, code)
        if not made.right:
            self._audit.record(None, "wrong code", person.login, address)
            return None
        self._drop(token)
        return self.let_in(person, address, device)

    def let_in(
        self, person: Person, address: str, device: str = "", by_provider: bool = False
    ) -> Cookies:
        """Begin the sign-in of somebody who has proved who they are."""
        with self._engine.begin() as db:
            token = self._begin(db, person, by_provider=by_provider)
            device = self._devices.remember(db, device, person.id)
            detail = f"{address}, by the provider" if by_provider else address
            self._audit.write(db, person.id, "sign in", person.login, detail)
        return Cookies(token, device)

    def refused(self, person: Person | None, address: str) -> None:
        """Record that the provider vouched for somebody who is not let in."""
        told = person.login if person else UNKNOWN_LOGIN
        self._audit.record(None, "wrong sign-in", told, f"{address}, by the provider")

    def find(self, token: str) -> SignIn | None:
        """The sign-in of a cookie; None if it is unknown or expired."""
        now, mine = self._clock(), sign_ins.c.token_hash == digest_of(token)
        query = (
            sa.select(sign_ins, second_factors.c.confirmed_at)
            .join(people, people.c.id == sign_ins.c.person_id)
            .outerjoin(second_factors, second_factors.c.person_id == people.c.id)
        )
        with self._engine.begin() as db:
            row = db.execute(query.where(mine, self._alive(), people.c.active)).first()
            if row is None:
                return None
            if now - row.seen_at > 60:  # at most once a minute, not with every request
                db.execute(sa.update(sign_ins).where(mine).values(seen_at=now))
        person = self._directory.find(row.person_id)
        if person is None:
            return None
        has_factor = row.confirmed_at is not None
        return SignIn(person, row.csrf, bool(row.awaits_code), bool(row.by_provider), has_factor)

    def still_in(self, tokens: Iterable[str]) -> set[str]:
        """Those of some cookies whose people are signed in. It counts as no sign of life."""
        asked = {digest_of(token): token for token in tokens}
        query = sa.select(sign_ins.c.token_hash).join(people, people.c.id == sign_ins.c.person_id)
        ours = sign_ins.c.token_hash.in_(list(asked)) & sign_ins.c.awaits_code.is_(False)
        with self._engine.connect() as db:
            found = db.execute(query.where(ours, self._alive(), people.c.active)).scalars()
            return {asked[digest] for digest in found}

    def end(self, token: str) -> None:
        """Sign out."""
        with self._engine.begin() as db:
            mine = sign_ins.c.token_hash == digest_of(token)
            row = db.execute(sa.select(sign_ins.c.person_id).where(mine)).first()
            db.execute(sa.delete(sign_ins).where(mine))
            if row is not None:
                self._audit.write(db, row.person_id, "sign out", "")

    def _begin(
        self, db: Connection, person: Person, awaits_code: bool = False, by_provider: bool = False
    ) -> str:
        token, now = secrets.token_urlsafe(32), self._clock()
        row = {
            "token_hash": digest_of(token),
            "person_id": person.id,
            "csrf": secrets.token_urlsafe(24),
            "created_at": now,
            "seen_at": now,
            "awaits_code": awaits_code,
            "by_provider": by_provider,
        }
        db.execute(sa.insert(sign_ins).values(**row))
        return token

    def _alive(self) -> sa.sql.ColumnElement:
        now, s = self._clock(), sign_ins.c
        in_time = (s.seen_at > now - IDLE_SECONDS) & (s.created_at > now - MOST_SECONDS)
        return in_time & (s.awaits_code.is_(False) | (s.created_at > now - CODE_SECONDS))

    def _drop(self, token: str) -> None:
        with self._engine.begin() as db:
            db.execute(sa.delete(sign_ins).where(sign_ins.c.token_hash == digest_of(token)))
