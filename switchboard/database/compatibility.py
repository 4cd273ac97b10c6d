"""Whether this code can work on a database that another version has upgraded.

Versions of two ages share a database while a new one comes in. A migration therefore names the
oldest revision whose code can work beside it (`works_from`), and leaves that in the database, where
a process that does not know the migration can read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.database.tables import compatibility
from switchboard.errors import ConfigurationError

_REVISIONS = sa.table("alembic_version", sa.column("version_num"))


class State(Enum):
    """How a database stands to this code."""

    OLDER = "older"
    """Or empty: it has to be upgraded first."""
    CURRENT = "current"
    NEWER = "newer"
    """But this code can work on it."""
    TOO_NEW = "too new"


@dataclass(frozen=True)
class Fit:
    """A database's revision beside that of the code; `found` is None for an empty database."""

    found: str | None
    works_from: str
    wanted: str

    @property
    def state(self) -> State:
        """What may be done with it."""
        if self.found is None or self.found < self.wanted:
            return State.OLDER
        if self.found == self.wanted:
            return State.CURRENT
        return State.NEWER if self.works_from <= self.wanted else State.TOO_NEW

    def require(self) -> None:
        """Check that this code can work on the database.

        Raises:
            ConfigurationError: the database is too new.
        """
        if self.state is State.TOO_NEW:
            raise ConfigurationError(
                f"the database is of a newer version (revision {self.found}, this code is of "
                f"{self.wanted} and it needs {self.works_from}); upgrade Switchboard"
            )


def how_it_fits(db: Connection, wanted: str) -> Fit:
    """Read how a database stands to code of the revision `wanted`; changes nothing."""
    there = sa.inspect(db)
    if not there.has_table(_REVISIONS.name):
        return Fit(None, "", wanted)
    found = db.execute(sa.select(_REVISIONS.c.version_num)).scalar()
    if not there.has_table(compatibility.name):
        return Fit(found, found or "", wanted)
    works_from = db.execute(sa.select(sa.func.max(compatibility.c.works_from))).scalar()
    return Fit(found, works_from or found or "", wanted)


def write_works_from(db: Connection, works_from: str) -> None:
    """Leave word for older processes: the oldest revision whose code can work on it."""
    db.execute(sa.delete(compatibility))
    db.execute(sa.insert(compatibility).values(works_from=works_from))
