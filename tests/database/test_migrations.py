"""A database of any age comes to the shape of today, once, whoever opens it first."""

import hashlib
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from switchboard.database.connection import REVISION, open_database, open_engine
from switchboard.database.migrations.upgrade import FOLDER, upgrade
from switchboard.database.tables import metadata
from switchboard.project import PROJECT as ROOT
from switchboard.staff.audit import AuditTrail

LATER = {
    "people",
    "sign_ins",
    "sign_in_tries",
    "ticket_entries",
    "desk_links",
    "ratings",
    "audit",
    "audit_end",
    "known_devices",
    "second_factors",
    "recovery_codes",
    "identity_codes",
    "files",
    "presence",
    "ticket_tags",
    "ticket_mails",
    "macros",
    "visits",
    "visit_scores",
    "daily_intents",
    "daily_model_use",
    "question_groups",
    "question_days",
    "overview_marks",
    "compatibility",
    "read_marks",
    "mail_threads",
    "mailboxes",
}


def differences(engine):
    with engine.connect() as db:
        return compare_metadata(MigrationContext.configure(db), metadata)


def as_of_0_4(engine):
    """The shape before migrations: without the desk's tables and columns."""
    with engine.begin() as db:
        old = [table for table in metadata.sorted_tables if table.name not in LATER]
        metadata.create_all(db, tables=old)
        db.execute(sa.text("DROP INDEX ix_tickets_merged_into"))
        later = (
            "language urgency assignee_id taken_at first_answer_at escalated_at contact answered_at "
            "snoozed_at snoozed_until follow_up merged_into"
        )
        for column in later.split():
            db.execute(sa.text(f"ALTER TABLE tickets DROP COLUMN {column}"))
        db.execute(
            sa.text(
                "INSERT INTO tickets (reference, conversation_id, open_for, channel, opened_at, reason, "
                "reason_text, asked, tried, order_proved, summary, transcript) VALUES ('T-OLD', "
                "'a', 'a', 'telegram', 1.0, 'asked', 'x', 'x', 'x', :no, 'x', 'x')"
            ),
            {"no": False},
        )
        for column in ("contact", "address"):
            db.execute(sa.text(f"ALTER TABLE identity_attempts DROP COLUMN {column}"))
        for column in ("level", "result"):
            db.execute(sa.text(f"ALTER TABLE turns DROP COLUMN {column}"))
        db.execute(sa.text("DROP INDEX ix_tickets_opened"))


def empty(engine):
    """The engine's database without its tables."""
    with engine.begin() as db:
        metadata.drop_all(db)
        db.execute(sa.text("DROP TABLE alembic_version"))
    return engine


def test_a_new_database_has_the_shape_of_the_tables(engine):
    assert differences(engine) == []


def test_an_older_one_is_brought_to_it_and_keeps_its_rows(engine):
    as_of_0_4(empty(engine))
    upgrade(engine)
    assert differences(engine) == []
    with engine.connect() as db:
        row = db.execute(sa.text("SELECT reference, language, urgency FROM tickets")).one()
        assert tuple(row) == ("T-OLD", "en", 0)
        assert db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == REVISION
    upgrade(engine)
    assert differences(engine) == []


def test_the_newest_revision_is_the_one_that_the_code_wants():
    files = sorted(Path(ROOT, "switchboard", "database", "migrations", "versions").glob("*.py"))
    assert files[-1].name.startswith(REVISION)


def test_many_who_open_a_new_database_at_once_make_it_once(tmp_path):
    url, failures = f"sqlite:///{tmp_path / 'new.db'}", []

    def reach():
        try:
            open_database(url).dispose()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=reach) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert differences(open_engine(url)) == []


def back_to(engine, revision):
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.downgrade(config, revision)


def test_names_of_the_erased_and_passwords_leave_the_trail_once(engine):
    """What 0.8 left: digests of ids, by which its pseudonyms were turned back, and a password that
    was typed as a login."""
    back_to(engine, "0009")
    old = "erased:" + hashlib.sha256(b"telegram:5").hexdigest()[:16]
    gone = "erased:" + hashlib.sha256(b"telegram:6").hexdigest()[:16]
    acts = [
        ("sign in", "ada"),
        ("wrong sign-in", "ada"),
        ("wrong sign-in", "my secret passw0rd"),
        ("erase customer", old),
        ("export customer", gone),
        ("look", "T-1"),
    ]
    with engine.begin() as db:
        for number, (act, subject) in enumerate(acts):
            row = {"id": 2 * number + 1, "at": 1.5 + number, "act": act, "subject": subject}
            db.execute(
                sa.text(
                    "INSERT INTO audit (id, at, act, subject, detail) VALUES (:id, :at, :act, :subject, '')"
                ),
                row,
            )
        db.execute(
            sa.text(
                "INSERT INTO people (login, name, role, password_hash, active, created_at) "
                "VALUES ('ada', 'Ada', 'agent', 'x', :yes, 1.0)"
            ),
            {"yes": True},
        )
        for when in (1.0, 2.0):
            turn = {"conversation_id": old, "at": when, "channel": "telegram", "route": "known"}
            db.execute(sa.insert(metadata.tables["turns"]), [{**turn, "reason": "", "intent": ""}])
    upgrade(engine)
    assert differences(engine) == []
    trail = AuditTrail(engine)
    told = [(record.act, record.subject) for _, record in reversed(trail.newest())]
    with engine.connect() as db:
        (new,) = set(db.execute(sa.select(metadata.tables["turns"].c.conversation_id)).scalars())
    assert new.startswith("erased:")
    assert new not in (old, gone)
    assert told == [
        ("sign in", "ada"),
        ("wrong sign-in", "ada"),
        ("wrong sign-in", "unknown login"),
        ("erase customer", new),
        ("export customer", "a customer"),
        ("look", "T-1"),
    ]
    assert trail.verify().broken is None
    trail.record(None, "look", "T-2")
    assert (trail.verify().rows, trail.verify().broken) == (7, None)
    with pytest.raises(DBAPIError), engine.begin() as db:
        db.execute(sa.text("UPDATE audit SET act = 'x'"))
