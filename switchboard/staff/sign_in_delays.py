"""How long a wrong try to sign in makes the next one wait.

Tries are counted for an hour by (login, network address) and by address, or, in a browser in which
the person has signed in before, by that browser alone: a stranger keeps nobody out who comes from
where they always come from. Each further wrong try doubles the wait, up to a bound. A right one
counts for nothing.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import sign_in_tries
from switchboard.errors import TooManyTries

WINDOW_SECONDS = 3600.0
LONGEST_WAIT = 300.0
FREE_TRIES, FREE_FROM_AN_ADDRESS = 5, 40
"""Wrong tries before the next one waits. Many people may share an address."""


@dataclass
class Try:
    """An attempt; whoever makes it says if it was `right`."""

    right: bool = False


class SignInDelays:
    """The wrong tries of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    @contextmanager
    def attempt(self, keys: Mapping[str, int]) -> Iterator[Try]:
        """Make a try, unless one has to wait; `keys`: what it is counted by, and how many wrong
        ones are free. A wrong one is counted, a right one forgets those by the first key.

        Raises:
            TooManyTries: one has to wait; this try does not count.
        """
        # Counted before it is made: of many at once, each is seen by the others.
        now = self._clock()
        rows = [{"key": key, "at": now} for key in keys]
        with self._engine.begin() as db:
            old = sign_in_tries.c.at < now - WINDOW_SECONDS
            db.execute(sa.delete(sign_in_tries).where(old))
            ours = [db.execute(sa.insert(sign_in_tries).values(**row)) for row in rows]
            mine = [result.inserted_primary_key[0] for result in ours]
        made = Try()
        kept = False
        try:
            self._require_no_wait(keys, mine)
            yield made
            kept = not made.right
        finally:
            if not kept:
                self._forget(mine, next(iter(keys)) if made.right else None)

    def _require_no_wait(self, keys: Mapping[str, int], mine: list[int]) -> None:
        with self._engine.connect() as db:
            wait = max(self._wait(db, key, free, mine) for key, free in keys.items())
        if wait > 0:
            raise TooManyTries(wait)

    def _wait(self, db: Connection, key: str, free: int, mine: list[int]) -> float:
        """Seconds until the next try."""
        t = sign_in_tries.c
        others = (t.key == key) & t.id.not_in(mine) & (t.at > self._clock() - WINDOW_SECONDS)
        query = sa.select(sa.func.count(), sa.func.max(t.at)).where(others)
        count, latest = db.execute(query).one()
        if count < free:
            return 0.0
        pause = float(min(2 ** min(count - free + 1, 10), LONGEST_WAIT))
        return max(0.0, float(latest) + pause - self._clock())

    def _forget(self, numbers: list[int], key: str | None) -> None:
        t = sign_in_tries.c
        gone = t.id.in_(numbers) if key is None else t.id.in_(numbers) | (t.key == key)
        with self._engine.begin() as db:
            db.execute(sa.delete(sign_in_tries).where(gone))


def by_stranger(login: str, address: str) -> dict[str, int]:
    """The keys of a try in a browser that is not known."""
    # Sixteen bits: what was typed may be a password, and cannot be told from them.
    bucket = hashlib.sha256(login.encode("utf-8", "replace")).hexdigest()[:4]
    network = _network(address)
    return {f"login {bucket} {network}": FREE_TRIES, f"address {network}": FREE_FROM_AN_ADDRESS}


def by_device(token_hash: str) -> dict[str, int]:
    """The key of a try in a browser in which the person has signed in before."""
    return {f"device {token_hash}": FREE_TRIES}


def by_person(person_id: int) -> dict[str, int]:
    """The key of a code for somebody whose password was right."""
    return {f"code {person_id}": FREE_TRIES}


def _network(address: str) -> str:
    """An address, of version 6 the network that one customer of a provider has."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped is None:
        return str(ipaddress.ip_network((read, 64), strict=False))
    return str(read)
