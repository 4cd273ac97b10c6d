"""A customer's data: exported or erased on request."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import (
    checkpoints,
    comment_replies,
    consents,
    events,
    files,
    held_messages,
    identity_attempts,
    identity_codes,
    identity_proofs,
    inbox,
    learning_evidence,
    learning_proposals,
    mail_threads,
    notices_shown,
    open_turns,
    outbox,
    outreach_consents,
    outreach_due,
    outreach_stops,
    preferences,
    proved_persons,
    question_groups,
    ratings,
    ticket_entries,
    ticket_mails,
    tickets,
    turns,
    visit_scores,
    visits,
)
from switchboard.files.file_store import FileStore
from switchboard.staff.audit import AuditTrail

BY_CONVERSATION = (
    ("conversation", events, events.c.conversation_id),
    ("turns", turns, turns.c.conversation_id),
    ("visits", visits, visits.c.conversation_id),
    ("open questions", open_turns, open_turns.c.conversation_id),
    ("tickets", tickets, tickets.c.conversation_id),
    ("ratings", ratings, ratings.c.conversation_id),
    ("identity", identity_proofs, identity_proofs.c.conversation_id),
    ("wrong tries", identity_attempts, identity_attempts.c.conversation_id),
    ("codes", identity_codes, identity_codes.c.conversation_id),
    ("received", inbox, inbox.c.conversation),
    ("sent", outbox, outbox.c.conversation),
    ("e-mail thread", mail_threads, mail_threads.c.conversation_id),
    ("files", files, files.c.conversation_id),
    ("comments", comment_replies, comment_replies.c.thread),
    ("agreed to", outreach_consents, outreach_consents.c.conversation_id),
    ("stopped", outreach_stops, outreach_stops.c.conversation_id),
    ("said by itself", outreach_due, outreach_due.c.conversation_id),
    ("notices", notices_shown, notices_shown.c.conversation_id),
    ("consent", consents, consents.c.conversation_id),
    ("waiting for consent", held_messages, held_messages.c.conversation_id),
    ("proved to be", proved_persons, proved_persons.c.conversation_id),
    ("preferences", preferences, preferences.c.conversation_id),
    ("teaches", learning_evidence, learning_evidence.c.conversation_id),
)
_UNDER_WAY = ("received", "sent")


ERASED = "erased:"


def new_pseudonym() -> str:
    """A name for an erased customer in rows that stay for statistics; nothing leads back from it,
    not even who knows the customer's id."""
    return ERASED + secrets.token_hex(8)


class Subjects:
    """Data subject requests of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, store: FileStore, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._store, self._audit = engine, store, AuditTrail(engine, clock)

    def export(self, conversation_id: str) -> dict[str, list[dict[str, Any]]]:
        """All stored data of one conversation, by kind."""
        found: dict[str, list[dict[str, Any]]] = {}
        with self._engine.begin() as db:
            theirs = _with_comments(db, conversation_id)
            for name, table, column in BY_CONVERSATION:
                rows = db.execute(sa.select(table).where(column.in_(theirs))).mappings()
                found[name] = [_plain(dict(row)) for row in rows]
            judged = sa.select(visits.c.id).where(visits.c.conversation_id.in_(theirs))
            scored = sa.select(visit_scores).where(visit_scores.c.visit_id.in_(judged))
            found["scores"] = [_plain(dict(row)) for row in db.execute(scored).mappings()]
            mine = sa.select(tickets.c.id).where(tickets.c.conversation_id.in_(theirs))
            entries = sa.select(ticket_entries).where(ticket_entries.c.ticket_id.in_(mine))
            found["work on tickets"] = [_plain(dict(row)) for row in db.execute(entries).mappings()]
            mails = sa.select(ticket_mails).where(ticket_mails.c.ticket_id.in_(mine))
            found["e-mails"] = [_plain(dict(row)) for row in db.execute(mails).mappings()]
            references = ", ".join(row["reference"] for row in found["tickets"])
            self._audit.write(db, None, "export customer", references or "no ticket")
        return found

    def erase(
        self, conversation_id: str, stand_in: str = "", *, in_a_turn: bool = False
    ) -> dict[str, int]:
        """Delete the customer's data; pseudonymise rows kept for statistics, by a name made for
        this once, or by `stand_in`.

        Returns counts by kind. `in_a_turn`: a message of the conversation asked for it. What its
        channel still needs stays: that message until it is answered, by which it is known when it
        comes again, and what is still to be sent; both are taken away by age within days.

        The audit trail names tickets, never customers, so it is not changed.
        """
        stand_in = stand_in or new_pseudonym()
        words = sa.select(open_turns.c.question).where(
            open_turns.c.conversation_id == conversation_id
        )
        with self._engine.begin() as db:
            theirs = _with_comments(db, conversation_id)
            numbers = db.execute(
                sa.select(files.c.id).where(files.c.conversation_id.in_(theirs))
            ).scalars()
            gone = list(numbers)
            # Made anew within the hour, from what others asked.
            db.execute(sa.delete(question_groups).where(question_groups.c.question.in_(words)))
            counts = {
                name: self._erase(db, name, table, column.in_(theirs), stand_in)
                for name, table, column in BY_CONVERSATION
                if not (in_a_turn and name in _UNDER_WAY)
            }
            if in_a_turn:
                sent = outbox.c.conversation.in_(theirs) & outbox.c.waiting_for.is_(None)
                counts["sent"] = int(db.execute(sa.delete(outbox).where(sent)).rowcount)
            mine = checkpoints.c.conversation_id.in_(theirs)
            db.execute(sa.delete(checkpoints).where(mine))
            drop_groundless(db)
            self._audit.write(db, None, "erase customer", stand_in)
        self._store.remove(gone)
        return counts

    def _erase(
        self,
        db: Connection,
        name: str,
        table: sa.Table,
        mine: sa.sql.ColumnElement,
        stand_in: str,
    ) -> int:
        if name == "tickets":
            numbers = sa.select(tickets.c.id).where(mine)
            about = ticket_entries.c.ticket_id.in_(numbers)
            db.execute(sa.update(ticket_entries).where(about).values(text=""))
            db.execute(sa.delete(ticket_mails).where(ticket_mails.c.ticket_id.in_(numbers)))
        kept = anonymous_values(name, stand_in)
        change = sa.update(table).values(**kept) if kept else sa.delete(table)
        return int(db.execute(change.where(mine)).rowcount)


def drop_groundless(db: Connection) -> int:
    """Delete proposals on which nobody decided, and whose evidence is gone; how many."""
    table = learning_proposals.c
    grounds = sa.select(learning_evidence.c.proposal_id)
    groundless = (table.state == "open") & table.id.not_in(grounds)
    return int(db.execute(sa.delete(learning_proposals).where(groundless)).rowcount)


def _with_comments(db: Connection, conversation_id: str) -> list[str]:
    """A conversation, and those of the public comments with which it began."""
    joined = comment_replies.c.conversation == conversation_id
    threads = db.execute(sa.select(comment_replies.c.thread).where(joined)).scalars()
    return [conversation_id, *dict.fromkeys(threads)]


def anonymous_values(name: str, stand_in: str) -> dict[str, Any]:
    """The replacement values for a row that stays for statistics; empty if the row is deleted."""
    if name == "visits":
        return {"conversation_id": stand_in}
    if name == "turns":
        return {"conversation_id": stand_in, "reason": "erased"}
    if name == "open questions":
        return {"conversation_id": stand_in, "question": ""}
    if name == "ratings":
        return {"conversation_id": stand_in, "comment": None}
    if name == "tickets":
        empty = dict.fromkeys(("reason_text", "asked", "tried", "summary", "transcript"), "")
        gone = {"order_number": None, "contact": None, "resolution": None, "open_for": None}
        closed = {"resolved_at": sa.func.coalesce(tickets.c.resolved_at, epoch_now())}
        return {"conversation_id": stand_in, **empty, **gone, **closed}
    return {}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    if "data" in row:
        row["data"] = json.loads(row["data"])
    return row
