"""Conversations as a sequence of what customers wrote, how it was read and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.conversations.routes import decided
from switchboard.conversations.turn_result import Result
from switchboard.conversations.turns import CONTINUES, EXPLAINED, LANGUAGE, THIS_MESSAGE
from switchboard.database.tables import consents, events, turns
from switchboard.text.storable import clean_text
from switchboard.tickets.story import original_intent

BATCH = 200
"""Conversations that are read at once."""
LONGEST = 500
"""Characters of one message: a longer one is a story, and teaches no wording."""
_KINDS = ("user", "bot", "active_loop")
_OFFER = re.compile(r"/([a-z_]{1,64})")


@dataclass(frozen=True)
class HeardMessage:
    """One message of a customer. `intent`: the classifier's own; `pressed`: a button, no words;
    `form`: the one that goes on after it; `offered`: intents that the answer lets choose from."""

    event: int
    conversation: str
    at: float
    text: str
    intent: str
    confidence: float
    language: str
    route: str
    result: Result = Result.SILENT
    pressed: bool = False
    form: str = ""
    offered: frozenset[str] = frozenset()


def read_heard(
    engine: Engine, since: float, until: float, ask_consent: bool = False
) -> Iterator[list[HeardMessage]]:
    """The customers' messages of a period, one conversation after the other, oldest first.

    `ask_consent`: only of conversations whose customer agreed, and did not withdraw it since.
    """
    with engine.connect() as db:
        ids = iter(_conversations(db, since, until, ask_consent))
        while batch := list(islice(ids, BATCH)):
            yield from _read_batch(db, batch, since, until)


def heard_at(engine: Engine, event: int) -> HeardMessage | None:
    """One message by the id of its event; None if there is none."""
    table = events.c
    query = sa.select(table.id, table.conversation_id, table.at, table.data)
    with engine.connect() as db:
        row = db.execute(query.where(table.id == event, table.kind == "user")).first()
    found: list[HeardMessage] = []
    if row is not None:
        _add(found, row, json.loads(row.data), {})
    return found[0] if found else None


def has_agreed(conversation: sa.Column) -> sa.sql.ColumnElement:
    """Whether the customer of a conversation agreed, and did not withdraw it since."""
    newest = sa.select(sa.func.max(consents.c.id)).group_by(consents.c.conversation_id)
    agreed = sa.select(consents.c.conversation_id).where(
        consents.c.id.in_(newest), consents.c.act == "given"
    )
    return conversation.in_(agreed)


def _conversations(db: Connection, since: float, until: float, ask_consent: bool) -> list[str]:
    heard = (events.c.kind == "user") & (events.c.at >= since) & (events.c.at < until)
    query = sa.select(events.c.conversation_id).where(heard, events.c.conversation_id != EXPLAINED)
    if ask_consent:
        query = query.where(has_agreed(events.c.conversation_id))
    ordered = query.distinct().order_by(events.c.conversation_id)
    return [str(one) for one in db.execute(ordered).scalars()]


def _read_batch(
    db: Connection, ids: Sequence[str], since: float, until: float
) -> Iterator[list[HeardMessage]]:
    results = _results(db, ids, since, until)
    query = (
        sa.select(events.c.id, events.c.conversation_id, events.c.at, events.c.data)
        .where(
            events.c.conversation_id.in_(ids),
            events.c.kind.in_(_KINDS),
            events.c.at >= since,
            events.c.at < until,
        )
        .order_by(events.c.conversation_id, events.c.id)
    )
    for _, rows in groupby(db.execute(query), key=lambda row: str(row.conversation_id)):
        found: list[HeardMessage] = []
        for row in rows:
            _add(found, row, json.loads(row.data), results)
        if found:
            yield found


def _results(
    db: Connection, ids: Sequence[str], since: float, until: float
) -> dict[tuple[str, float], str]:
    query = sa.select(turns.c.conversation_id, turns.c.at, turns.c.result).where(
        turns.c.conversation_id.in_(ids), turns.c.at >= since, turns.c.at < until
    )
    return {(row.conversation_id, float(row.at)): row.result for row in db.execute(query)}


def _add(
    found: list[HeardMessage],
    row: Any,
    event: Mapping[str, Any],
    results: Mapping[tuple[str, float], str],
) -> None:
    kind = event.get("event")
    if kind != "user":
        if not found:
            return
        if kind == "active_loop":
            found[-1] = replace(found[-1], form=str(event.get("name") or ""))
        elif offered := _offered(event):
            found[-1] = replace(found[-1], offered=offered)
        return
    parsed = event.get("parse_data") or {}
    if parsed.get(CONTINUES):  # no new words: this message, or an earlier one, read in another way
        if parsed[CONTINUES] == THIS_MESSAGE and found:
            found[-1] = replace(found[-1], intent=original_intent(parsed))
        return
    text = clean_text(str(event.get("text") or "")).strip()
    if not text or len(text) > LONGEST:
        return
    decision = decided(parsed)
    at = float(row.at)
    found.append(
        HeardMessage(
            int(row.id),
            str(row.conversation_id),
            at,
            text,
            original_intent(parsed),
            float((parsed.get("intent") or {}).get("confidence") or 0.0),
            str(parsed.get(LANGUAGE) or ""),
            decision.route.value if decision else "",
            Result(results.get((str(row.conversation_id), at), "")),
            text.startswith("/"),
            found[-1].form if found else "",
        )
    )


def _offered(event: Mapping[str, Any]) -> frozenset[str]:
    buttons = (event.get("data") or {}).get("buttons") or ()
    found = (_OFFER.match(str(button.get("payload") or "")) for button in buttons)
    return frozenset(one[1] for one in found if one)
