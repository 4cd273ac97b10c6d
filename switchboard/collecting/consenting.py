"""Which conversations may be collected: by period, by consent, and none that was erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.database.tables import consents, events
from switchboard.demo.demo_marks import number_of
from switchboard.privacy.subjects import ERASED
from switchboard.welcome.consent_book import ConsentAct

BATCH = 200


@dataclass(frozen=True)
class Collected:
    """What is to be collected: messages from `since` to before `until` (seconds since the epoch).

    `asks`: the shop asks for consent, so that silence is none. Whoever refused it, took it back or
    has not answered yet is left out, whether the shop asks today or not. `demo`: the demo's
    conversations, rather than the real ones.
    """

    since: float
    until: float
    asks: bool
    demo: bool = False


@dataclass(frozen=True)
class Page:
    """Some of the conversations in order of their ids: those that may be collected, and how many
    were left out for want of consent."""

    allowed: tuple[str, ...]
    without_consent: int
    last: str


def pages(engine: Engine, wanted: Collected, after: str = "") -> Iterator[Page]:
    """The conversations behind an id, a page at a time."""
    while True:
        with engine.connect() as db:
            ids = _ids(db, wanted, after)
            if not ids:
                return
            mine = [
                name
                for name in ids
                if (number_of(name) is not None) is wanted.demo and not name.startswith(ERASED)
            ]
            allowed = tuple(allowed_of(db, mine, wanted.asks))
        after = ids[-1]
        yield Page(allowed, len(mine) - len(allowed), after)


def allowed_of(db: Connection, ids: list[str], asks: bool) -> list[str]:
    """Those of some conversations that consented, as far as consent is asked for."""
    c = consents.c
    latest = (
        sa.select(sa.func.max(c.id)).where(c.conversation_id.in_(ids)).group_by(c.conversation_id)
    )
    rows = db.execute(sa.select(c.conversation_id, c.act).where(c.id.in_(latest)))
    acts = {row.conversation_id: row.act for row in rows}
    good = {ConsentAct.GIVEN.value} if asks else {ConsentAct.GIVEN.value, None}
    return [name for name in ids if acts.get(name) in good]


def still_there(engine: Engine, ids: list[str], asks: bool) -> set[str]:
    """Those of some conversations that have not been erased since, and still consent."""
    kept: set[str] = set()
    for at in range(0, len(ids), BATCH):
        part = ids[at : at + BATCH]
        with engine.connect() as db:
            there = sa.select(events.c.conversation_id).where(events.c.conversation_id.in_(part))
            left = list(db.execute(there.distinct()).scalars())
            kept.update(allowed_of(db, left, asks))
    return kept


def _ids(db: Connection, wanted: Collected, after: str) -> list[str]:
    e = events.c
    query = (
        sa.select(e.conversation_id)
        .where(
            e.conversation_id > after,
            e.kind == "user",
            e.at >= wanted.since,
            e.at < wanted.until,
        )
        .distinct()
        .order_by(e.conversation_id)
        .limit(BATCH)
    )
    return list(db.execute(query).scalars())


def count_conversations(engine: Engine, wanted: Collected) -> int:
    """How many conversations have a message in the period, those included that are left out."""
    e = events.c
    query = sa.select(sa.func.count(e.conversation_id.distinct())).where(
        e.kind == "user", e.at >= wanted.since, e.at < wanted.until
    )
    with engine.connect() as db:
        return int(db.execute(query).scalar_one())
