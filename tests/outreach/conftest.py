"""A shop that says things by itself, on each kind of database, with a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.conversations.turn_log import Turn, record_turn
from switchboard.conversations.turn_result import Result
from switchboard.database.tables import identity_proofs, outbox, outreach_due
from switchboard.mailroom.message import load_response
from switchboard.outreach.news_inbox import NewsInbox
from switchboard.outreach.news_kinds import News, NewsKind, NewsTopic
from switchboard.outreach.outreach_rules import OutreachRules, outreach_rules
from switchboard.outreach.telling import Outreach
from tests.fakes.clock import Clock
from tests.fakes.tickets import replies

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=timezone.utc).timestamp()
MAYA = "telegram:5"
SESSION = 3600.0


class Shop:
    """A conversation of MAYA's on a channel, and what is said to her by itself."""

    def __init__(self, engine: Any, phrasebook: Any, clock: Clock, rules: OutreachRules) -> None:
        self.engine, self.phrasebook, self.clock, self.rules = engine, phrasebook, clock, rules
        self.log, self.news = ConversationLog(engine), NewsInbox(engine, clock)
        self.outreach = self.process()

    def process(self, **more: Any) -> Outreach:
        """Another process on the same database."""
        made = (self.phrasebook, replies(), self.rules)
        return Outreach(self.engine, *made, SESSION, self.clock, **more)

    def hears(self, text: str, conversation: str = MAYA, **more: Any) -> None:
        said = {"event": "user", "timestamp": self.clock.now, "text": text, **more}
        with self.engine.begin() as db:
            self.log.append(db, conversation, [said])

    def slot(self, name: str, value: Any, conversation: str = MAYA) -> None:
        event = {"event": "slot", "timestamp": self.clock.now, "name": name, "value": value}
        with self.engine.begin() as db:
            self.log.append(db, conversation, [event])

    def asks(self, conversation: str = MAYA, channel: str = "telegram") -> None:
        """A turn that ends with a form's question."""
        self.hears("cancel my order", conversation)
        events = [
            {"event": "active_loop", "name": "cancel_order_form"},
            {"event": "bot", "text": "What is the order number?", "data": {}, "metadata": {}},
        ]
        decision = Decision(Route.KNOWN, Cause.INTENT, "cancel_order")
        with self.engine.begin() as db:
            dated = [{**event, "timestamp": self.clock.now} for event in events]
            self.log.append(db, conversation, dated)
            turn = Turn(decision, "cancel_order", result=Result.ASKING)
            record_turn(db, conversation, self.clock.now, channel, turn)

    def proves(self, number: str = "4711", conversation: str = MAYA) -> None:
        row = {"conversation_id": conversation, "order_number": number, "used_at": self.clock.now}
        with self.engine.begin() as db:
            db.execute(sa.insert(identity_proofs).values(**row))

    def agrees(
        self,
        kind: NewsKind = NewsKind.DELIVERY,
        subject: str = "4711",
        conversation: str = MAYA,
        channel: str = "telegram",
    ) -> bool:
        return self.outreach.consents.agree(conversation, channel, kind, subject)

    def tells(self, id: str = "e-1", topic: NewsTopic = NewsTopic.LATE, **more: Any) -> bool:
        news = News(f"shop:{id}", topic, more.pop("subject", "4711"), more)
        return self.news.keep(news)

    def said(self) -> list[str]:
        """What stands in the outbox, in order."""
        with self.engine.connect() as db:
            rows = db.execute(sa.select(outbox.c.message).order_by(outbox.c.id)).scalars()
            return [load_response(row).text for row in rows]

    def states(self) -> list[tuple[str, str, str]]:
        with self.engine.connect() as db:
            rows = db.execute(sa.select(outreach_due).order_by(outreach_due.c.id)).all()
        return [(row.what, row.state, row.reason) for row in rows]

    def events(self, conversation: str = MAYA) -> list[dict[str, Any]]:
        return self.log.everything(conversation)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def make_shop(engine, phrasebook, clock):
    """`make_shop(remind_after=…)`: a shop with other rules."""

    def make(**rules: Any) -> Shop:
        delivered = outreach_rules(phrasebook.policy)
        return Shop(engine, phrasebook, clock, replace(delivered, **rules))

    return make


@pytest.fixture
def shop(make_shop) -> Shop:
    return make_shop()


@pytest.fixture
def asked_for(shop) -> Shop:
    """A shop with a customer who proved an order and asked to be told of its delivery."""
    shop.hears("tell me when it ships")
    shop.proves()
    assert shop.agrees()
    return shop
