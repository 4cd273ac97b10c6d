"""The tables of the database: conversations, messages, tickets, people, identity checks.

This is the current schema; older databases are upgraded by `migrations/`. Times are UTC, seconds
since the epoch.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

events = sa.Table(
    "conversation_events",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("ix_events_sender", "conversation_id", "id"),
)

checkpoints = sa.Table(
    "conversation_checkpoints",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("first_event_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("cause", sa.String(32), nullable=False, server_default=""),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("intent", sa.String(64), nullable=False),
    sa.Column("mood", sa.Float),
    # How it was said (`moods.Level`) and what it came to (`turn_result.Result`).
    sa.Column("level", sa.String(16), nullable=False, server_default=""),
    sa.Column("result", sa.String(16), nullable=False, server_default=""),
)

# One row per open question: its outcome and cost.
open_turns = sa.Table(
    "open_turns",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("question", sa.Text, nullable=False),  # redacted
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Column("passage", sa.String(255), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("model", sa.String(255), nullable=False),
    sa.Column("cached", sa.Boolean, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("money", sa.Float, nullable=False),
    sa.Column("milliseconds", sa.Float, nullable=False),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(16), nullable=False, unique=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    # Equal to conversation_id while the ticket is open, else NULL, so that the database itself
    # refuses a second open ticket for a conversation.
    sa.Column("open_for", sa.String(255), unique=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("opened_at", sa.Float, nullable=False),
    sa.Column("resolved_at", sa.Float),
    sa.Column("resolution", sa.Text),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("reason_text", sa.Text, nullable=False),
    sa.Column("mood", sa.Float),
    sa.Column("asked", sa.Text, nullable=False),
    sa.Column("tried", sa.Text, nullable=False),
    sa.Column("order_number", sa.String(32)),
    sa.Column("order_proved", sa.Boolean, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("transcript", sa.Text, nullable=False),
    sa.Column("language", sa.String(16), nullable=False, server_default="en"),
    sa.Column("urgency", sa.Integer, nullable=False, server_default="0"),
    sa.Column("assignee_id", sa.Integer),
    sa.Column("taken_at", sa.Float),
    sa.Column("first_answer_at", sa.Float),
    sa.Column("escalated_at", sa.Float),
    sa.Column("contact", sa.Text),  # what the customer left, to be reached at
    sa.Column("answered_at", sa.Float),  # when a person last answered
    sa.Column("snoozed_at", sa.Float),
    sa.Column("snoozed_until", sa.Float),
    # Open for people while the bot has the conversation again: `open_for` is NULL.
    sa.Column("follow_up", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("merged_into", sa.Integer, index=True),
    sa.Index("ix_tickets_opened", "opened_at"),
)

ticket_tags = sa.Table(
    "ticket_tags",
    metadata,
    sa.Column("ticket_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.String(32), primary_key=True, index=True),
)

# Texts that agents say often, edited at the desk; beside those of `data/canned.yml`.
macros = sa.Table(
    "macros",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("text_en", sa.Text, nullable=False),
    sa.Column("text_zh", sa.Text, nullable=False),
)

# E-mails of tickets, out (`state` as in the outbox) and in (`state` is "received").
ticket_mails = sa.Table(
    "ticket_mails",
    metadata,
    sa.Column("message_id", sa.String(255), primary_key=True),
    sa.Column("ticket_id", sa.Integer, nullable=False, index=True),
    sa.Column("entry_id", sa.Integer, nullable=False),
    sa.Column("address", sa.String(255), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
)

# The people who work at the desk.
people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("away", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("language", sa.String(8), nullable=False, server_default=""),  # of the pages
    # What an OpenID provider knows them by, in small letters; NULL: it lets nobody in as them.
    sa.Column("email", sa.String(255)),
    sa.Index("ix_people_email", "email", unique=True),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.Integer, nullable=False, index=True),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    # The password was right, and the code of the second factor is still to come.
    sa.Column("awaits_code", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("by_provider", sa.Boolean, nullable=False, server_default=sa.false()),
)

# Browsers in which somebody has signed in: strangers' wrong tries do not keep them waiting.
known_devices = sa.Table(
    "known_devices",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False, index=True),
    sa.Column("seen_at", sa.Float, nullable=False),
)

# Second factors (TOTP). `used_step`: the last period of 30 s whose code was used.
second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("secret", sa.String(64), nullable=False),
    sa.Column("confirmed_at", sa.Float),
    sa.Column("used_step", sa.BigInteger, nullable=False),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code_hash", sa.String(64), primary_key=True),
)

# Wrong tries to sign in. `key`: what they are counted by, without a login as it was typed.
sign_in_tries = sa.Table(
    "sign_in_tries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(128), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
)

# Actions on tickets, oldest first. `key` identifies the submitted form: sent twice, it counts once.
# `outbox_id` is the delivery of an answer.
ticket_entries = sa.Table(
    "ticket_entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticket_id", sa.Integer, nullable=False, index=True),
    sa.Column("person_id", sa.Integer),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("key", sa.String(64), unique=True),
    sa.Column("outbox_id", sa.BigInteger),
    sa.Index("ix_ticket_entries_at", "at"),
)

# Tickets at an external desk: `there` is the desk's id, `told` the last forwarded event.
desk_links = sa.Table(
    "desk_links",
    metadata,
    sa.Column("ticket_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("there", sa.String(64), nullable=False, index=True),
    sa.Column("told", sa.BigInteger, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
)

# One row per rating question to a customer.
ratings = sa.Table(
    "ratings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticket", sa.String(16), nullable=False, unique=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("person_id", sa.Integer),
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("answered_at", sa.Float),
    sa.Column("score", sa.Integer),
    sa.Column("comment", sa.Text),
    sa.Index("ix_ratings_asked", "asked_at"),
    sa.Index("ix_ratings_answered", "answered_at"),
)

# What the overview shows is summed up by the desk's background tasks, in the tables below.
# A visit is a conversation between two long pauses, and what it came to. `day`: the day on which it
# began, in the shop's time zone, as a proleptic ordinal (`date.toordinal`).
visits = sa.Table(
    "visits",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("began_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float, nullable=False),
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("why", sa.String(16), nullable=False),
    sa.UniqueConstraint("conversation_id", "began_at"),
    sa.Index("ix_visits_day", "day", "channel", "route", "outcome", "why"),
    sa.Index("ix_visits_outcome", "outcome", "ended_at"),
)

# What a visit was worth to its customer, told from what is known without asking, and what it cost.
# It goes with its visit: one that is written anew is scored anew. `rephrasings` NULL: the words
# were gone. `person_seconds` NULL: a person handled it, and nothing tells how long.
visit_scores = sa.Table(
    "visit_scores",
    metadata,
    sa.Column(
        "visit_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.ForeignKey("visits.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("day", sa.Integer, nullable=False),  # as of its visit
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("solved", sa.String(16), nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("repeats", sa.Integer, nullable=False),
    sa.Column("rephrasings", sa.Integer),
    sa.Column("mood_first", sa.String(16), nullable=False),
    sa.Column("mood_worst", sa.String(16), nullable=False),
    sa.Column("mood_last", sa.String(16), nullable=False),
    sa.Column("reasons", sa.String(512), nullable=False),
    sa.Column("ticket", sa.String(16), index=True),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("person_seconds", sa.Float),
    sa.Column("model_money", sa.Float, nullable=False),
    sa.Index("ix_visit_scores_worst", "score", "day"),
    sa.Index("ix_visit_scores_day", "day"),
)

# Turns on the known route by intent, a day (the shop's).
daily_intents = sa.Table(
    "daily_intents",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("intent", sa.String(64), primary_key=True),
    sa.Column("turns", sa.Integer, nullable=False),
)

# What open questions asked of the model, a day (UTC, as its spending is counted).
daily_model_use = sa.Table(
    "daily_model_use",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("questions", sa.Integer, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("cached", sa.Integer, nullable=False),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    sa.Column("money", sa.Float, nullable=False),
)

# Open questions of one meaning: `kind` is a topic of all, or a gap that no article fills. Written
# anew as a whole; the words are redacted, as those of open_turns are.
question_groups = sa.Table(
    "question_groups",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("words", sa.String(255), nullable=False),
    sa.Column("passage", sa.String(255), nullable=False),
)

question_days = sa.Table(
    "question_days",
    metadata,
    sa.Column("group_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("times", sa.Integer, nullable=False),
)

# How far each background task of the overview has come (seconds since the epoch, or a count).
overview_marks = sa.Table(
    "overview_marks",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.Float, nullable=False),
)

# The audit trail: who viewed and did what. The database itself refuses changes. `hash` is over the
# row and the hash of the one before it (`staff/audit.py`).
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("person_id", sa.Integer),
    sa.Column("act", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("detail", sa.String(255), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, server_default=""),
)

# Its last row, in one row that whoever adds to the trail locks first.
audit_end = sa.Table(
    "audit_end",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
sa.event.listen(
    audit_end, "after_create", sa.DDL("INSERT INTO audit_end (id, last, hash) VALUES (1, 0, '')")
)

_PINNED = "RAISE(ABORT, 'the audit trail is not changed')"
AUDIT_PINS = {
    "sqlite": (
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT {_PINNED}; END",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT {_PINNED}; END",
        # REPLACE takes the old row away without a word to the trigger above.
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN SELECT {_PINNED}; END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_is_pinned() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the audit trail is not changed'; END $$",
        "CREATE TRIGGER audit_pinned BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_pinned()",
        "CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_pinned()",
    ),
}
"""What makes each kind of database refuse changes of the trail."""
for _kind, _statements in AUDIT_PINS.items():
    for _statement in _statements:
        sa.event.listen(audit, "after_create", sa.DDL(_statement).execute_if(dialect=_kind))

# What language models have cost in a day (UTC), counted from 1970: reserved before each call.
model_spending = sa.Table(
    "model_spending",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    sa.Column("money", sa.Float, nullable=False),
)

identity_attempts = sa.Table(
    "identity_attempts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("order_number", sa.String(32), nullable=False, index=True),
    sa.Column("contact", sa.String(32), nullable=False, server_default=""),
    sa.Column("address", sa.String(32), nullable=False, server_default=""),
    sa.Column("at", sa.Float, nullable=False),
)

identity_proofs = sa.Table(
    "identity_proofs",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("order_number", sa.String(32), primary_key=True),
    sa.Column("used_at", sa.Float, nullable=False),
)

# Codes sent to customers; one without a customer went nowhere, or is used up.
identity_codes = sa.Table(
    "identity_codes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("contact", sa.String(32), nullable=False, index=True),
    sa.Column("customer_id", sa.String(255), nullable=False),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("sent_at", sa.Float, nullable=False),
)

# How far platforms were read that give their messages out only when they are asked.
read_marks = sa.Table(
    "read_marks",
    metadata,
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("account", sa.String(128), primary_key=True),
    sa.Column("mark", sa.String(255), nullable=False),
)

# The notice of a conversation's first reply: shown when, in which version of the shop's text.
notices_shown = sa.Table(
    "notices_shown",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("version", sa.String(40), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)

# What became of the question for consent, oldest first. `message_id`: the message that answered.
consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("version", sa.String(40), nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Index("ix_consents_conversation", "conversation_id", "id"),
)

# Messages that wait for their customer's consent; nothing has read them.
held_messages = sa.Table(
    "held_messages",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),  # the message's metadata, as JSON
    sa.UniqueConstraint("conversation_id", "message_id"),
)

# In which span of time a conversation was proved to be whose. `person`: a digest of the order
# system's customer and the e-mail or phone that was proved; `customer`: of the customer alone.
proved_persons = sa.Table(
    "proved_persons",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("person", sa.String(32), nullable=False, index=True),
    sa.Column("customer", sa.String(32), nullable=False),
    sa.Column("began_at", sa.Float, nullable=False),
    sa.Column("until", sa.Float, nullable=False, index=True),
)

# What a customer said they prefer; the latest word of each kind.
preferences = sa.Table(
    "preferences",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("value", sa.String(16), nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)

# Messages from platforms: acknowledged once stored, emptied once answered, and kept for a while to
# recognise duplicates.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("event_id", sa.String(255), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("batch", sa.String(255), nullable=False),  # of messages that are one: an album
    # Where it stands among the conversation's messages by the platform's own count; 0 for those of
    # a channel that has none, which stand as they arrived.
    sa.Column("platform_order", sa.Float, nullable=False, server_default="0"),
    # Whom it shares the assistant's time with: a digest of a network address, else empty.
    sa.Column("origin", sa.String(64), nullable=False, server_default=""),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Attempts that failed because a part of ours was away; they do not count against the message.
    sa.Column("away", sa.Integer, nullable=False, server_default="0"),
    # Equal to conversation until answered, else NULL: indexes only what waits.
    sa.Column("waiting_for", sa.String(255)),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False, server_default=""),
    sa.UniqueConstraint("channel", "event_id"),
    sa.Index("ix_inbox_waiting", "waiting_for", "id"),
    sa.Index("ix_inbox_received", "received_at"),
    sa.Index("ix_inbox_outcome", "outcome", "received_at"),
)

# Messages to customers, and the state of their delivery.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),  # of it that are delivered
    # The part that was on its way when this was written; a person's words are not sent twice.
    sa.Column("begun", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("waiting_for", sa.String(255)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False),
    sa.Index("ix_outbox_waiting", "waiting_for", "id"),
    sa.Index("ix_outbox_conversation", "conversation", "id"),
    sa.Index("ix_outbox_created", "created_at"),
    sa.Index("ix_outbox_state", "state", "created_at"),
)

# Pictures and files of conversations; what is in them lies in a folder (`files/file_store.py`).
files = sa.Table(
    "files",
    metadata,
    sa.Column("id", sa.String(43), primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("mime", sa.String(64), nullable=False),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    # What brought it (a digest): the same part of the same message brings one file. NULL: unknown.
    sa.Column("source", sa.String(64)),
    # What is said in a sound; empty: nothing, or it could not be told. NULL: nobody asked yet.
    sa.Column("transcript", sa.Text),
    sa.Index("ix_files_source", "conversation_id", "source", unique=True),
)

# E-mail: where a conversation's answers go, and what they answer.
mail_threads = sa.Table(
    "mail_threads",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("address", sa.String(255), nullable=False),
    sa.Column("subject", sa.String(255), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("thread", sa.Text, nullable=False),  # the ids before it, as References lists them
    sa.Column("at", sa.Float, nullable=False, index=True),
)

# How far a mailbox is read. The server's numbers mean something only under its `validity`.
mailboxes = sa.Table(
    "mailboxes",
    metadata,
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("validity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

# Who looks at a conversation, and who is typing in it, as of now.
presence = sa.Table(
    "presence",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("who", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False, index=True),
    sa.Column("typing_at", sa.Float, nullable=False),
)

# Leases: which process works on which conversation. Each claim has a generation of its own.
lanes = sa.Table(
    "lanes",
    metadata,
    sa.Column("conversation", sa.String(255), primary_key=True),
    sa.Column("worker", sa.String(64), nullable=False, index=True),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False, server_default="0"),
)

# When somebody was last told of a fault that goes on.
alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("told_at", sa.Float, nullable=False),
)

# Replies to public comments: one for a person and post. `thread` is the conversation of the comment
# (`PostComment.thread`), `conversation` the private one that began with it, once it is known.
comment_replies = sa.Table(
    "comment_replies",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("platform", sa.String(16), nullable=False),
    sa.Column("account", sa.String(255), nullable=False),
    sa.Column("post", sa.String(255), nullable=False),
    sa.Column("author", sa.String(255), nullable=False),
    sa.Column("comment_id", sa.String(255), nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("thread", sa.String(255), nullable=False, index=True),
    sa.Column("private", sa.String(16), nullable=False),  # `PrivateReply`
    sa.Column("public_begun", sa.Boolean, nullable=False),
    sa.Column("conversation", sa.String(255), index=True),
    sa.UniqueConstraint("platform", "account", "post", "author"),
    sa.Index("ix_comment_replies_post", "platform", "account", "post", "at"),
    sa.Index("ix_comment_replies_at", "at"),
)

# One row: the oldest revision whose code can work on this database as it is now, kept for processes
# that are older than the database (`compatibility.py`).
compatibility = sa.Table(
    "compatibility",
    metadata,
    sa.Column("works_from", sa.String(32), primary_key=True),
)

# What customers agreed to be told of by itself (`outreach/`), per conversation, kind and subject:
# an order's number that was proved there, or a product's article number.
outreach_consents = sa.Table(
    "outreach_consents",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("agreed_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.UniqueConstraint("conversation_id", "kind", "subject"),
    sa.Index("ix_outreach_consents_subject", "subject", "kind"),
    sa.Index("ix_outreach_consents_agreed", "agreed_at"),
)

# Who asked not to be written to by itself, until they ask for it again.
outreach_stops = sa.Table(
    "outreach_stops",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
)

# What the order system told, each once by its id; `done_at`: when it was passed on to customers.
outreach_events = sa.Table(
    "outreach_events",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("topic", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False, index=True),
    sa.Column("done_at", sa.Float, index=True),
)

# What is to be said by itself, each once by its key; what became of it is `state` and `reason`.
outreach_due = sa.Table(
    "outreach_due",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(255), nullable=False, unique=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("consent_id", sa.Integer),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("made_at", sa.Float, nullable=False, index=True),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Index("ix_outreach_due_state", "state", "due_at"),
)

# What conversations seem to teach; a person decides. `key`: what makes it the same one when it is
# found again. `suggestion`: the intent of a wording. All texts are redacted.
learning_proposals = sa.Table(
    "learning_proposals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("subject", sa.String(500), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("suggestion", sa.String(500), nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
    sa.Column("decided_by", sa.String(64), nullable=False),
)

# What a proposal rests on: who said what when, why it tells, and what came then.
learning_evidence = sa.Table(
    "learning_evidence",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("proposal_id", sa.Integer, nullable=False, index=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("sign", sa.String(32), nullable=False),
    sa.Column("said", sa.String(500), nullable=False),
    sa.Column("later", sa.String(500), nullable=False),
    sa.UniqueConstraint("proposal_id", "conversation_id", "at"),
)
