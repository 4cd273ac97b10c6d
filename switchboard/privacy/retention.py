"""Retention: deletes or anonymises each kind of data after its period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import (
    checkpoints,
    comment_replies,
    consents,
    daily_intents,
    daily_model_use,
    events,
    files,
    held_messages,
    identity_attempts,
    identity_codes,
    identity_proofs,
    known_devices,
    learning_evidence,
    mail_threads,
    model_spending,
    notices_shown,
    open_turns,
    outreach_consents,
    outreach_due,
    outreach_events,
    preferences,
    proved_persons,
    ratings,
    sign_ins,
    ticket_entries,
    ticket_mails,
    tickets,
    turns,
    visits,
)
from switchboard.files.file_store import FileStore
from switchboard.privacy.subjects import ERASED, anonymous_values, drop_groundless, new_pseudonym
from switchboard.settings import DeskSettings
from switchboard.staff.audit import AuditTrail
from switchboard.staff.known_devices import DEVICE_DAYS

_OF_CUSTOMERS = (
    ("notices", notices_shown, notices_shown.c.at),
    ("consent", consents, consents.c.at),
    ("proved to be", proved_persons, proved_persons.c.until),
    ("preferences", preferences, preferences.c.at),
    ("teaches", learning_evidence, learning_evidence.c.at),
)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class RetentionResult:
    """One applied rule: the kind of data, the action, the rows affected, the age in days."""

    kind: str
    what: str
    rows: int
    days: int


class Retention:
    """The retention rules of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(
        self,
        engine: Engine,
        settings: DeskSettings,
        store: FileStore,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._engine, self._settings, self._store, self._clock = engine, settings, store, clock
        self._audit = AuditTrail(engine, clock)

    def enforce(self) -> list[RetentionResult]:
        """Delete or anonymise data past its retention period; returns a report.

        Inbox and outbox have their own, shorter period; an open ticket is never touched.
        """
        keep, spent_at = self._settings, model_spending.c.day * DAY
        wished_at = (daily_intents.c.day - _EPOCH) * DAY
        used_at = daily_model_use.c.day * DAY
        with self._engine.begin() as db:
            old_files = files.c.at < self._before(keep.keep_conversations_days)
            gone = list(db.execute(sa.select(files.c.id).where(old_files)).scalars())
            results = [
                self._conversations(db, keep.keep_conversations_days),
                self._tickets(db, keep.keep_tickets_days),
                self._delete(db, "turns", turns, turns.c.at, keep.keep_figures_days),
                self._delete(db, "visits", visits, visits.c.began_at, keep.keep_figures_days),
                self._delete(db, "wishes", daily_intents, wished_at, keep.keep_figures_days),
                self._delete(db, "model use", daily_model_use, used_at, keep.keep_figures_days),
                self._delete(db, "ratings", ratings, ratings.c.asked_at, keep.keep_figures_days),
                self._delete(
                    db, "open questions", open_turns, open_turns.c.at, keep.keep_conversations_days
                ),
                self._delete(
                    db,
                    "comments",
                    comment_replies,
                    comment_replies.c.at,
                    keep.keep_conversations_days,
                ),
                self._delete(db, "files", files, files.c.at, keep.keep_conversations_days),
                self._delete(
                    db,
                    "agreements",
                    outreach_consents,
                    outreach_consents.c.agreed_at,
                    keep.keep_conversations_days,
                ),
                self._delete(
                    db,
                    "said by itself",
                    outreach_due,
                    outreach_due.c.made_at,
                    keep.keep_conversations_days,
                ),
                self._delete(
                    db,
                    "order news",
                    outreach_events,
                    outreach_events.c.received_at,
                    keep.keep_conversations_days,
                ),
                self._delete(
                    db,
                    "e-mail threads",
                    mail_threads,
                    mail_threads.c.at,
                    keep.keep_conversations_days,
                ),
                self._delete(db, "spending", model_spending, spent_at, keep.keep_figures_days),
                self._delete(db, "wrong tries", identity_attempts, identity_attempts.c.at, 1),
                self._delete(db, "codes", identity_codes, identity_codes.c.sent_at, 1),
                self._delete(db, "proofs", identity_proofs, identity_proofs.c.used_at, 1),
                self._delete(db, "waiting for consent", held_messages, held_messages.c.at, 1),
                *(
                    self._delete(db, kind, table, at, keep.keep_conversations_days)
                    for kind, table, at in _OF_CUSTOMERS
                ),
                RetentionResult("proposals", "deleted", drop_groundless(db), 0),
                self._delete(db, "sign-ins", sign_ins, sign_ins.c.seen_at, 1),
                self._delete(db, "devices", known_devices, known_devices.c.seen_at, DEVICE_DAYS),
            ]
            for result in results:
                if result.rows:
                    detail = f"{result.rows} rows older than {result.days} days"
                    self._audit.write(db, None, f"{result.what} by age", result.kind, detail)
        self._store.remove(gone)
        return results

    def _before(self, days: int) -> float:
        return self._clock() - days * DAY

    def _delete(
        self, db: Connection, kind: str, table: sa.Table, at: sa.Column, days: int
    ) -> RetentionResult:
        done = db.execute(sa.delete(table).where(at < self._before(days)))
        return RetentionResult(kind, "delete", int(done.rowcount), days)

    def _conversations(self, db: Connection, days: int) -> RetentionResult:
        """Delete conversations silent for `days`, except those with an open ticket."""
        busy = sa.select(tickets.c.conversation_id).where(tickets.c.resolved_at.is_(None))
        silent = (
            sa.select(events.c.conversation_id)
            .group_by(events.c.conversation_id)
            .having(sa.func.max(events.c.at) < self._before(days))
        )
        old = db.execute(silent.where(events.c.conversation_id.not_in(busy))).scalars().all()
        rows = 0
        for conversation_id in old:
            rows += db.execute(
                sa.delete(events).where(events.c.conversation_id == conversation_id)
            ).rowcount
            db.execute(
                sa.delete(checkpoints).where(checkpoints.c.conversation_id == conversation_id)
            )
        return RetentionResult("conversations", "delete", rows, days)

    def _tickets(self, db: Connection, days: int) -> RetentionResult:
        """Anonymise closed tickets: words and id are removed, the rows stay for statistics."""
        old = (
            tickets.c.resolved_at.is_not(None)
            & (tickets.c.resolved_at < self._before(days))
            & tickets.c.conversation_id.not_like(f"{ERASED}%")
        )
        rows = db.execute(sa.select(tickets.c.id, tickets.c.reference).where(old)).all()
        for row in rows:
            stand_in = new_pseudonym()
            kept = anonymous_values("tickets", stand_in)
            db.execute(sa.update(tickets).where(tickets.c.id == row.id).values(**kept))
            # Its rating, which is kept for longer, must not lead back to the customer.
            rated = ratings.c.ticket == row.reference
            db.execute(sa.update(ratings).where(rated).values(conversation_id=stand_in))
            about = ticket_entries.c.ticket_id == row.id
            db.execute(sa.update(ticket_entries).where(about).values(text=""))
            db.execute(sa.delete(ticket_mails).where(ticket_mails.c.ticket_id == row.id))
        return RetentionResult("tickets", "anonymise", len(rows), days)
