"""Carries out decisions on comments: claims, tickets, and the private conversation that follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.comments.comment import PostComment, channel_of
from switchboard.comments.comment_claims import CommentClaim, CommentClaims
from switchboard.comments.comment_decision import CommentDecision
from switchboard.comments.comment_reply import read_reply, reply_to
from switchboard.comments.comment_rules import CommentRules
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.conversations.turns import LANGUAGE, MOOD
from switchboard.database.tables import comment_replies, tickets
from switchboard.mailroom.leases import current_claim
from switchboard.mailroom.outbox import REFUSED, Outbox
from switchboard.text.storable import storable
from switchboard.tickets.story import Story, tell_story
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import TicketBook

COMMENT = "comment"
"""In a message's metadata: the public comment that it was (`PostComment.as_dict`)."""
_KEPT = ("intent", "intent_ranking", "entities", LANGUAGE, MOOD)
_QUOTED = 200
_RECENT = 50


class CommentBook:
    """The comments of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        rules: CommentRules,
        acts: TicketActs,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self.rules, self.claims = rules, CommentClaims(engine, clock)
        self._engine, self._acts, self._clock = engine, acts, clock
        self._log, self._tickets = ConversationLog(engine), TicketBook(engine, clock)

    def settle(
        self,
        comment: PostComment,
        decision: CommentDecision,
        parse_data: Mapping[str, Any],
        too_old: bool = False,
    ) -> bool:
        """Claim and queue what a decision asks for, with its ticket, all or nothing; False if there
        is nothing to do, or somebody did it before.

        A matter for a person is always theirs: whoever had a reply below the post, or comes when no
        more are due, or so late that the comment is `too_old` to be answered, has a ticket still.

        Raises:
            LeaseLost: another process works on the comment by now; nothing was stored.
        """
        hides = decision.hide and not too_old
        if not (decision.speaks or hides):
            return False
        with self._engine.begin() as db:
            number = 0 if too_old else self._claim(db, comment, decision)
            if number:
                self._record(db, comment, comment.thread, decision, parse_data)
            told = (
                not number
                and decision.ticket
                and self._tell_people(db, comment, decision, parse_data)
            )
            if number or hides:
                outbox = Outbox(self._engine, channel_of(comment.platform), self._clock)
                outbox.add(db, comment.thread, [reply_to(comment, decision, number).as_message()])
            lease = current_claim()
            if lease is not None:
                lease.require(db)
        return bool(number or hides or told)

    def join(self, number: int, conversation: str, channel: str, private: str) -> bool:
        """Begin the private conversation with a comment, once its id is known: the comment and the
        private reply stand in it, and the ticket moves there. False if that was done before."""
        claim = self.claims.get(number)
        if claim is None or claim.conversation:
            return False
        heard = [e for e in self._log.everything(claim.thread) if e.get("event") == "user"]
        now = self._clock()
        said = {"event": "bot", "timestamp": now, "text": private, "data": {}, "metadata": {}}
        listens = {"event": "action", "timestamp": now, "name": "action_listen"}
        with self._engine.begin() as db:
            mine = (comment_replies.c.id == number) & comment_replies.c.conversation.is_(None)
            joined = sa.update(comment_replies).where(mine)
            if not db.execute(joined.values(conversation=storable(conversation))).rowcount:
                return False
            self._log.append(db, conversation, [*heard[-1:], said, listens])
            self._move_ticket(db, claim, conversation, channel)
        return True

    def removed(self, comment: PostComment) -> None:
        """Its author took a comment away: what waits to be said to it is not said, and what they
        write in its place is answered."""
        outbox = Outbox(self._engine, channel_of(comment.platform), self._clock)
        for delivery in outbox.pending(comment.thread):
            reply = read_reply(delivery.message)
            if reply is not None and reply.comment_id == comment.id:
                outbox.settle(delivery, REFUSED, "the comment was removed")
                self.claims.give_up(reply.claim)

    def _claim(self, db: Connection, comment: PostComment, decision: CommentDecision) -> int:
        if not decision.speaks:
            return 0
        most = self.rules.per_post_hour
        return self.claims.claim(db, comment, decision.act, most) or 0

    def _tell_people(
        self,
        db: Connection,
        comment: PostComment,
        decision: CommentDecision,
        parse_data: Mapping[str, Any],
    ) -> bool:
        """Put a comment that gets no reply where people see it: into the private conversation that
        its author has, else that of their comments. False if it stands there already."""
        claim = self.claims.of(comment)
        place = (claim.conversation if claim else None) or comment.thread
        for each in {place, comment.thread}:
            known = self._log.latest(each, "user", _RECENT)
            if any(event.get("message_id") == comment.id for event in known):
                return False
        self._record(db, comment, place, decision, parse_data)
        return True

    def _record(
        self,
        db: Connection,
        comment: PostComment,
        place: str,
        decision: CommentDecision,
        parse_data: Mapping[str, Any],
    ) -> None:
        """Write a comment to a conversation, with its ticket; a ticket that is open there shows
        it."""
        heard = {
            "event": "user",
            "timestamp": self._clock(),
            "text": comment.text,
            "parse_data": {"text": comment.text, **{k: parse_data.get(k) for k in _KEPT}},
            "input_channel": channel_of(comment.platform),
            "message_id": comment.id,
            "metadata": {COMMENT: comment.as_dict()},
        }
        self._log.append(db, place, [heard])
        if decision.ticket:
            public = channel_of(comment.platform)
            channel = public if place == comment.thread else public.removesuffix("-comments")
            story = _story(comment, decision, heard)
            self._tickets.open_within(db, place, channel, story, decision.language)

    def _move_ticket(
        self, db: Connection, claim: CommentClaim, conversation: str, channel: str
    ) -> None:
        ticket = self._tickets.open_for(claim.thread)
        if ticket is None:
            return
        there = self._tickets.open_for(conversation)
        if there is not None:
            self._acts.close_as_part(db, ticket, there, None)
            return
        moved = {"conversation_id": conversation, "open_for": conversation, "channel": channel}
        mine = (tickets.c.id == ticket.id) & tickets.c.open_for.is_not(None)
        db.execute(sa.update(tickets).where(mine).values(**moved))


def _story(comment: PostComment, decision: CommentDecision, heard: Mapping[str, Any]) -> Story:
    """The story of a ticket that begins with a comment."""
    cause = next((c for c in Cause if c.value == decision.why), Cause.INTENT)
    story = tell_story([heard], Decision(Route.PERSON, cause, decision.why), None, False)
    quoted = " ".join(comment.text.split())[:_QUOTED]
    began = f"Began with a public comment ({comment.platform}, post {comment.post}): “{quoted}”."
    where = f" {comment.link}" if comment.link else ""
    return replace(story, summary=f"{began}{where} {story.summary}")
