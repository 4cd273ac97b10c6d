"""Says by itself what is due: news that was asked for, and a word on questions left open.

Worked on by every Rasa process at once. Each message is settled, written to the conversation and
put into the outbox in one transaction, under the conversation's lease: whoever is killed leaves it
undone as a whole, and nobody does it twice.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.turn_result import Result
from switchboard.conversations.turns import BY_ITSELF
from switchboard.database.tables import inbox, outreach_due, tickets, turns
from switchboard.errors import LeaseLost
from switchboard.mailroom.leases import Leases
from switchboard.mailroom.message import BOT, Outgoing
from switchboard.mailroom.outbox import Outbox
from switchboard.mailroom.window import PUSHED, UNHURRIED, Reach, closes_at, reach
from switchboard.outreach.consents import WishBook, may_tell
from switchboard.outreach.due_messages import (
    CLOSING,
    DROPPED,
    REMINDER,
    SAID,
    Due,
    due_now,
    plan,
    put_off,
    settle_due,
)
from switchboard.outreach.news_inbox import NewsInbox
from switchboard.outreach.news_kinds import OF_ORDERS, NewsKind, NewsTopic
from switchboard.outreach.outreach_rules import OutreachRules
from switchboard.outreach.sending_rights import CLOSES, QUIET
from switchboard.shop.replies import Replies
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import ENGLISH

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 50
LOOK_SECONDS = 15.0
"""Between looks for questions left open."""
LATE_SECONDS = 3600.0
"""A question left open for so much longer than the time to remind is left alone: nobody was there
to do it."""
BUSY_SECONDS, PERSON_SECONDS = 3.0, 300.0
IN_A_FORM_SECONDS = 600.0
"""After a customer's answer to a form, before news may end it."""
MAX_QUESTION = 400
"""Characters of a question that are repeated."""


class Outreach:
    """What the assistant says by itself. Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        phrasebook: Phrasebook,
        replies: Replies,
        rules: OutreachRules,
        session_seconds: float,
        clock: Callable[[], float] = epoch_now,
        has_template: bool = False,
    ) -> None:
        self._engine, self._phrasebook, self._replies = engine, phrasebook, replies
        self._rules, self._session_seconds, self._clock = rules, session_seconds, clock
        self.consents, self._news = WishBook(engine, clock), NewsInbox(engine, clock)
        self._has_template = has_template
        self._log, self._worker = ConversationLog(engine), uuid.uuid4().hex
        self._looked = 0.0

    def attend(self) -> None:
        """Pass news on, find questions left open, and say what is due."""
        self._news.pass_on(self.consents, MOST_AT_ONCE)
        now = self._clock()
        if self._rules.remind_after and not 0 <= now - self._looked < LOOK_SECONDS:
            self._looked = now
            self._find_left(now)
        for due in due_now(self._engine, now, MOST_AT_ONCE):
            try:
                self._attend_to(due)
            except LeaseLost:  # it is due again
                logger.info("a conversation went to another process")

    def _find_left(self, now: float) -> None:
        """Plan a reminder for each conversation whose last turn left a question of a form open."""
        latest = now - self._rules.remind_after
        newest = sa.select(sa.func.max(turns.c.id)).group_by(turns.c.conversation_id)
        recent = turns.c.at.between(latest - LATE_SECONDS, latest)
        some = sa.select(turns.c.conversation_id).where(recent)
        left = sa.select(turns).where(
            turns.c.id.in_(newest.where(turns.c.conversation_id.in_(some))),
            recent,
            turns.c.result == Result.ASKING.value,
            turns.c.channel.in_(sorted(PUSHED - UNHURRIED)),
        )
        with self._engine.begin() as db:
            known = sa.select(outreach_due.c.key).where(
                outreach_due.c.made_at > latest - 2 * LATE_SECONDS,
                outreach_due.c.what == REMINDER,
            )
            planned = set(db.execute(known).scalars())
            for turn in db.execute(left.limit(10 * MOST_AT_ONCE)).all():
                key = f"{REMINDER}:{turn.id}"
                if key not in planned:
                    facts = {"heard": turn.at}
                    where = (turn.conversation_id, turn.channel, REMINDER)
                    plan(db, key, *where, now, facts=facts)

    def _attend_to(self, due: Due) -> None:
        """Say it, leave it for later, or drop it for good."""
        with self._engine.connect() as db:
            ready = self._obstacle(db, due) is None
        if not ready:
            with self._engine.begin() as db:
                self._leave(db, due)
            return
        leases = Leases(self._engine, due.channel, self._worker)
        claim = leases.take(due.conversation)
        if claim is None:  # a turn is running
            with self._engine.begin() as db:
                put_off(db, due, self._clock() + BUSY_SECONDS, "a turn is running")
            return
        try:
            with self._engine.begin() as db:
                if not settle_due(db, due, SAID):
                    return
                if self._obstacle(db, due) is not None:  # since we looked
                    raise LeaseLost("the conversation went on")
                self._say(db, due)
                claim.require(db)
                leases.hand_back(db, claim)
        finally:
            leases.release(claim)

    def _leave(self, db: Connection, due: Due) -> None:
        obstacle = self._obstacle(db, due)
        if obstacle is None:
            return
        reason, until = obstacle
        if until is None:
            settle_due(db, due, DROPPED, reason)
        else:
            put_off(db, due, until, reason)

    def _obstacle(self, db: Connection, due: Due) -> tuple[str, float | None] | None:
        """Why something cannot be said now, and until when; None for the time if it never can."""
        now = self._clock()
        heard = self._log.last_heard([due.conversation]).get(due.conversation, 0.0)
        if not may_tell(db, due.conversation, due.consent_id):
            return "stopped", None
        if not due.is_news and heard > float(due.facts.get("heard") or 0.0):
            return "answered", None
        standing = reach(due.channel, due.conversation, heard, now, self._session_seconds)
        if standing is Reach.CLOSED:
            return "outside the window", None
        if standing is Reach.TEMPLATE and not (self._has_template and due.is_news):
            return "a template is needed", None
        handed = sa.select(tickets.c.id).where(tickets.c.open_for == due.conversation)
        if db.execute(handed).first() is not None:
            return "with a person", now + PERSON_SECONDS if due.is_news else None
        waiting = sa.select(inbox.c.id).where(inbox.c.waiting_for == due.conversation)
        if db.execute(waiting.limit(1)).first() is not None:
            return "the customer wrote", now + BUSY_SECONDS
        if not due.is_news and not self._form(due.conversation):
            return "no question is open", None
        if due.is_news and now < heard + IN_A_FORM_SECONDS and self._form(due.conversation):
            return "a form is at work", heard + IN_A_FORM_SECONDS
        night = self._rules.quiet_until(now)
        return ("quiet hours", night) if night is not None else None

    def _say(self, db: Connection, due: Due) -> None:
        """Write it to the conversation and the outbox; a reminder plans what follows."""
        now = self._clock()
        language = self._language(due.conversation)
        message = replace(self._message(due, language), by_itself=due.id)
        heard = self._log.last_heard([due.conversation]).get(due.conversation, 0.0)
        said = {
            "event": "bot",
            "text": message.text,
            "data": {"buttons": [button.__dict__ for button in message.buttons]},
            "metadata": {"author": BOT, BY_ITSELF: due.what},
        }
        before = self._before(due, language, now - heard > self._session_seconds)
        events = [{**event, "timestamp": now} for event in (*before, said)]
        self._log.append(db, due.conversation, events)
        Outbox(self._engine, due.channel, self._clock).add(db, due.conversation, [message])
        closes = closes_at(due.channel, heard, self._session_seconds)
        limits = {
            # What is past already goes as a template, which the platform takes at any time.
            CLOSES: min(closes, now + 10**9) if closes > now else now + 10**9,
            QUIET: self._rules.quiet_from(now),
        }
        mine = sa.update(outreach_due).where(outreach_due.c.id == due.id)
        db.execute(mine.values(facts=json.dumps({**due.facts, **limits})))
        if due.what == NewsTopic.BACK.value and due.consent_id is not None:
            self.consents.end(db, due.consent_id)
        if due.what == REMINDER and self._rules.close_after:
            key = f"{CLOSING}:{due.id}"
            where = (due.conversation, due.channel, CLOSING)
            facts = {"heard": due.facts.get("heard")}
            plan(db, key, *where, now, due_at=now + self._rules.close_after, facts=facts)

    def _before(self, due: Due, language: str, expired: bool) -> list[dict[str, Any]]:
        """What has to stand in the conversation before the message, so that an answer to it is
        understood: nothing that was asked before, and the order that it is about."""
        if due.what == REMINDER:
            return []  # the question stays open
        ended: list[dict[str, Any]] = [{"event": "active_loop", "name": None}]
        ended += [_slot(name, None) for name in ("requested_slot", "order_confirm", "order_quote")]
        if due.what == CLOSING:
            return ended
        if expired:
            ended = [
                {"event": "action", "name": "action_session_start"},
                {"event": "session_started"},
                _slot("language", language),
                {"event": "action", "name": "action_listen"},
            ]
        about_order = NewsTopic(due.what).kind in OF_ORDERS
        return [*ended, _slot("order_number", due.subject)] if about_order else ended

    def _message(self, due: Due, language: str) -> Outgoing:
        speech = self._phrasebook.speak(language)
        if due.what == CLOSING:
            return self._replies.say("say_left_closed", language)
        if due.what == REMINDER:
            question = self._question(due.conversation)
            return self._replies.say("say_left_reminder", language, question=question)
        topic = NewsTopic(due.what)
        if topic.kind is NewsKind.STOCK:
            product = speech.product(due.subject)
            return self._replies.say(topic.reply, language, product=product)
        expected = due.facts.get("expected_on")
        name = f"{topic.reply}_until" if expected else topic.reply
        day = speech.day(date.fromisoformat(str(expected))) if expected else ""
        if name not in self._replies.by_name:
            name = topic.reply
        return self._replies.say(name, language, order_number=due.subject, expected_on=day)

    def _question(self, conversation: str) -> str:
        """What the assistant said last, which is the question left open."""
        said = self._log.latest(conversation, "bot", 1)
        return str(said[0].get("text") or "")[:MAX_QUESTION] if said else ""

    def _form(self, conversation: str) -> str | None:
        """The form at work; None outside of forms."""
        loops = self._log.latest(conversation, "active_loop", 1)
        return str(loops[0].get("name") or "") or None if loops else None

    def _language(self, conversation: str) -> str:
        """The conversation's language, as its slot has it."""
        slots = self._log.latest(conversation, "slot", 200)
        named = (s.get("value") for s in slots if s.get("name") == "language")
        return str(next(filter(None, named), ENGLISH))


def _slot(name: str, value: str | None) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}
