"""Which conversations and people belong to the demo: their own names say so, and nothing else.

A conversation of the page is `web:` with 32 hexadecimal digits, one of a platform has its number;
`web:demo-7` is neither.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import events, people, tickets, turns
from switchboard.demo.demo_script import CHANNELS

_MARK = "demo-"
_OURS = re.compile(rf"(?:{'|'.join(CHANNELS)}):{_MARK}(\d+)")
LOGINS = {"ada": ("demo.ada", "Ada (demo)"), "bob": ("demo.bob", "Bob (demo)")}
"""Login and name of the demo's people, by how `customers.yml` calls them."""


def conversation_name(kind: str, number: int) -> str:
    """The id of a demo conversation."""
    return f"{kind}:{_MARK}{number}"


def number_of(conversation_id: str) -> int | None:
    """Which of the demo's customers it is; None for a real one."""
    found = _OURS.fullmatch(conversation_id)
    return int(found[1]) if found else None


def conversations_by_mark(engine: Engine) -> tuple[list[str], list[str]]:
    """The ids of the demo's conversations, and those of all others."""
    ids: set[str] = set()
    with engine.connect() as db:
        for table in (events, turns, tickets):
            ids.update(db.execute(sa.select(table.c.conversation_id).distinct()).scalars())
    ours = [name for name in ids if number_of(name) is not None]
    return sorted(ours), sorted(ids.difference(ours))


def demo_people(engine: Engine) -> dict[str, int]:
    """The ids of the demo's people in the database, by login."""
    logins = [login for login, _name in LOGINS.values()]
    query = sa.select(people.c.login, people.c.id).where(people.c.login.in_(logins))
    with engine.connect() as db:
        return {login: int(number) for login, number in db.execute(query)}
