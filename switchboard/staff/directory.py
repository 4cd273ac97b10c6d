"""Agents and supervisors, and their passwords."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection, Engine, Row
from sqlalchemy.exc import IntegrityError

from switchboard.clock import epoch_now
from switchboard.database.tables import known_devices, people, sign_ins
from switchboard.errors import StaffError
from switchboard.staff.audit import AuditTrail

MIN_PASSWORD, MAX_PASSWORD = 12, 200
HERE_SECONDS = 15 * 60
"""Since somebody's last request; a ticket's page makes one every 3 s, a quiet queue none."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_hasher = PasswordHasher()
# Each check takes 64 MiB.
_checking = threading.BoundedSemaphore(4)
# Verified for an unknown login, so that it takes as long as a wrong password.
_DUMMY_HASH = _hasher.hash("nobody has this password")


class Role(str, Enum):
    """What a person may do."""

    AGENT = "agent"
    """Sees the queue and works on tickets."""
    SUPERVISOR = "supervisor"
    """Also sees people, the overview and the audit trail."""


@dataclass(frozen=True)
class Person:
    """A person at the desk."""

    id: int
    login: str
    name: str
    role: Role
    active: bool
    away: bool = False
    language: str = ""
    """Of the pages; empty: the browser's."""
    email: str = ""
    """What an OpenID provider knows them by; empty: it lets nobody in as them."""


def _person(row: Row) -> Person:
    return Person(
        row.id,
        row.login,
        row.name,
        Role(row.role),
        bool(row.active),
        bool(row.away),
        row.language,
        row.email or "",
    )


class Directory:
    """The people of a deployment. Methods also raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock
        self._audit = AuditTrail(engine, clock)

    def add(
        self, login: str, name: str, role: Role, password: str, by: int | None, email: str = ""
    ) -> Person:
        """Add a person; `by` is the person who adds them, None for the command line.

        Raises:
            StaffError: login or e-mail is taken or invalid, or the password too short or too long.
        """
        login, name = login.strip().lower(), " ".join(name.split())[:128]
        email = _email(email)
        if not _LOGIN.fullmatch(login) or not name:
            raise StaffError("a login has 2 to 64 of a-z, 0-9, dot, dash; a name is not empty")
        values = {
            "login": login,
            "name": name,
            "role": role.value,
            "password_hash": _hash(password),
            "active": True,
            "created_at": self._clock(),
            "email": email or None,
        }
        try:
            with self._engine.begin() as db:
                number = db.execute(sa.insert(people).values(**values)).inserted_primary_key[0]
                self._audit.write(db, by, "add person", login, role.value)
        except IntegrityError:
            raise StaffError(f"the login {login} or the e-mail is taken") from None
        return Person(number, login, name, role, True, email=email)

    def set_password(self, person: Person, password: str, by: int | None) -> None:
        """Set a person's password and end their sign-ins.

        Raises:
            StaffError: it is too short or too long.
        """
        hashed = _hash(password)
        with self._engine.begin() as db:
            mine = people.c.id == person.id
            db.execute(sa.update(people).where(mine).values(password_hash=hashed))
            _forget(db, person)
            self._audit.write(db, by, "set password", person.login)

    def set_active(self, person: Person, active: bool, by: int | None) -> None:
        """Activate or deactivate a person, with immediate effect.

        Raises:
            StaffError: it would deactivate the last active supervisor.
        """
        with self._engine.begin() as db:
            change = sa.update(people).where(people.c.id == person.id).values(active=active)
            db.execute(change)
            if not active:
                _forget(db, person)
                lead = (people.c.role == Role.SUPERVISOR.value) & people.c.active
                if not db.execute(sa.select(sa.func.count()).where(lead)).scalar_one():
                    raise StaffError("the last supervisor stays")
            self._audit.write(db, by, "activate" if active else "deactivate", person.login)

    def set_email(self, person: Person, email: str, by: int | None) -> None:
        """Set what an OpenID provider knows a person by; empty: it lets nobody in as them.

        Raises:
            StaffError: it is no address, or somebody else's.
        """
        change = sa.update(people).where(people.c.id == person.id)
        try:
            with self._engine.begin() as db:
                db.execute(change.values(email=_email(email) or None))
                self._audit.write(db, by, "set e-mail", person.login)
        except IntegrityError:
            raise StaffError("the e-mail is somebody else's") from None

    def verify(self, login: str, password: str) -> Person | None:
        """The active person with this login and password, else None; both take equally long."""
        row = self._row(people.c.login == login.strip().lower())
        with _checking:
            right = _matches(row.password_hash if row else _DUMMY_HASH, password)
        return _person(row) if row is not None and right and row.active else None

    def find_login(self, login: str) -> Person | None:
        """A person by login, active or not."""
        row = self._row(people.c.login == login)
        return _person(row) if row else None

    def find_email(self, email: str) -> Person | None:
        """A person by e-mail, active or not."""
        row = self._row(people.c.email == email.strip().lower())
        return _person(row) if row else None

    def everybody(self) -> list[Person]:
        """All people, sorted by name."""
        with self._engine.connect() as db:
            return [_person(r) for r in db.execute(sa.select(people).order_by(people.c.name))]

    def set_away(self, person: Person, away: bool) -> None:
        """Whether they take tickets at present, as they say themselves."""
        self._set(person, away=away)

    def set_language(self, person: Person, language: str) -> None:
        """The language of their pages."""
        self._set(person, language=language[:8])

    def _set(self, person: Person, **values: object) -> None:
        with self._engine.begin() as db:
            db.execute(sa.update(people).where(people.c.id == person.id).values(**values))

    def may_work(self, db: Connection, person_id: int) -> bool:
        """Whether somebody may sign in, seen in the caller's transaction."""
        found = sa.select(people.c.active).where(people.c.id == person_id)
        return bool(db.execute(found).scalar())

    def is_here(self, person_id: int | None) -> bool:
        """Whether somebody is at the desk: active, not away, and seen a short while ago."""
        return person_id in self.here()

    def here(self) -> set[int]:
        """The ids of all who are at the desk."""
        seen = sign_ins.c.seen_at > self._clock() - HERE_SECONDS
        at_the_desk = people.c.active & people.c.away.is_(False) & seen
        at_the_desk &= sign_ins.c.awaits_code.is_(False)
        query = sa.select(people.c.id).join(sign_ins, sign_ins.c.person_id == people.c.id)
        with self._engine.connect() as db:
            return set(db.execute(query.where(at_the_desk)).scalars())

    def name(self, person_id: int | None) -> str:
        """A person's name; empty for nobody."""
        found = self.find(person_id) if person_id is not None else None
        return found.name if found else ""

    def find(self, person_id: int) -> Person | None:
        """A person by id."""
        row = self._row(people.c.id == person_id)
        return _person(row) if row else None

    def _row(self, condition: sa.sql.ColumnElement) -> Row | None:
        with self._engine.connect() as db:
            return db.execute(sa.select(people).where(condition)).first()


def _forget(db: Connection, person: Person) -> None:
    """End a person's sign-ins, and know none of their browsers any more."""
    for table in (sign_ins, known_devices):
        db.execute(sa.delete(table).where(table.c.person_id == person.id))


def _email(address: str) -> str:
    address = address.strip().lower()
    if address and (len(address) > 255 or not _EMAIL.fullmatch(address)):
        raise StaffError("this is no e-mail address")
    return address


def _hash(password: str) -> str:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise StaffError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return _hasher.hash(password)


def _matches(hashed: str, password: str) -> bool:
    try:
        return len(password) <= MAX_PASSWORD and _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
