"""The second factor at sign-in: codes of six digits from an authenticator (TOTP), each good once,
and recovery codes for who has lost it.

The secret is kept as it is, since the codes are made from it; of recovery codes only digests are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

import pyotp
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import recovery_codes, second_factors, sign_ins
from switchboard.errors import StaffError
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Person

STEP_SECONDS = 30
RECOVERY_CODES = 10
ISSUER = "Switchboard"


class SecondFactors:
    """The second factors of a deployment's people. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock
        self._audit = AuditTrail(engine, clock)

    def has(self, person_id: int) -> bool:
        """Whether somebody is asked for a code."""
        with self._engine.connect() as db:
            row = _row(db, person_id)
        return row is not None and row.confirmed_at is not None

    def everybody(self) -> set[int]:
        """The ids of all who are asked for a code."""
        with self._engine.connect() as db:
            asked = second_factors.c.confirmed_at.is_not(None)
            return set(db.execute(sa.select(second_factors.c.person_id).where(asked)).scalars())

    def begin(self, person: Person) -> str:
        """The secret for an authenticator, the same until a code of it was given.

        Raises:
            StaffError: the person has a second factor already.
        """
        with self._engine.begin() as db:
            row = _row(db, person.id)
            if row is not None and row.confirmed_at is not None:
                raise StaffError("there is a second factor already")
            if row is not None:
                return str(row.secret)
            secret = pyotp.random_base32()
            values = {"person_id": person.id, "secret": secret, "used_step": 0}
            db.execute(sa.insert(second_factors).values(**values))
        return secret

    def confirm(self, person: Person, code: str) -> list[str] | None:
        """Ask for codes from now on, since this one is right; the recovery codes, which are told
        this once. None if the code is wrong."""
        with self._engine.begin() as db:
            row = _row(db, person.id)
            if row is None or row.confirmed_at is not None or not self._use(db, person.id, code):
                return None
            mine = second_factors.c.person_id == person.id
            db.execute(sa.update(second_factors).where(mine).values(confirmed_at=self._clock()))
            told = _renew(db, person.id)
            self._audit.write(db, person.id, "add second factor", person.login)
        return told

    def accept(self, person_id: int, code: str) -> bool:
        """Whether a code is right, of the authenticator or for recovery; it is used up then."""
        with self._engine.begin() as db:
            row = _row(db, person_id)
            if row is None or row.confirmed_at is None:
                return False
            if self._use(db, person_id, code):
                return True
            r = recovery_codes.c
            mine = (r.person_id == person_id) & (r.code_hash == _digest(code))
            if not db.execute(sa.delete(recovery_codes).where(mine)).rowcount:
                return False
            left = sa.select(sa.func.count()).where(r.person_id == person_id)
            told = f"{db.execute(left).scalar_one()} left"
            self._audit.write(db, person_id, "use recovery code", "", told)
        return True

    def renew_codes(self, person: Person) -> list[str]:
        """New recovery codes in place of the old ones."""
        with self._engine.begin() as db:
            told = _renew(db, person.id)
            self._audit.write(db, person.id, "renew recovery codes", person.login)
        return told

    def remove(self, person: Person, by: int | None) -> bool:
        """Ask for no codes any more; whether any were asked for. Somebody else's `by` ends the
        person's sign-ins as well."""
        with self._engine.begin() as db:
            row = _row(db, person.id)
            for table in (second_factors, recovery_codes):
                db.execute(sa.delete(table).where(table.c.person_id == person.id))
            if row is None or row.confirmed_at is None:
                return False
            if by != person.id:
                db.execute(sa.delete(sign_ins).where(sign_ins.c.person_id == person.id))
            self._audit.write(db, by, "remove second factor", person.login)
        return True

    def _use(self, db: Connection, person_id: int, code: str) -> bool:
        """Whether a code is that of now, or of half a minute before or after, and unused."""
        given = "".join(code.split())
        row = _row(db, person_id)
        if row is None or not (given.isascii() and given.isdigit()):
            return False
        now, totp = int(self._clock()) // STEP_SECONDS, pyotp.TOTP(row.secret)
        for step in (now - 1, now, now + 1):
            if hmac.compare_digest(totp.generate_otp(step), given):
                f = second_factors.c
                unused = (f.person_id == person_id) & (f.used_step < step)
                change = sa.update(second_factors).where(unused).values(used_step=step)
                return bool(db.execute(change).rowcount)
        return False


def authenticator_link(person: Person, secret: str) -> str:
    """What an authenticator takes the secret from: `otpauth://…`."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=ISSUER)


def _row(db: Connection, person_id: int) -> sa.engine.Row | None:
    mine = second_factors.c.person_id == person_id
    return db.execute(sa.select(second_factors).where(mine)).first()


def _renew(db: Connection, person_id: int) -> list[str]:
    db.execute(sa.delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
    told = [_new_code() for _ in range(RECOVERY_CODES)]
    rows = [{"person_id": person_id, "code_hash": _digest(code)} for code in told]
    db.execute(sa.insert(recovery_codes), rows)
    return told


def _new_code() -> str:
    """80 bits, in groups that can be read aloud."""
    text = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _digest(code: str) -> str:
    plain = "".join(char for char in code.upper() if char.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
