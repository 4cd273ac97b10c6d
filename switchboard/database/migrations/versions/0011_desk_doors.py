"""The desk's doors: known devices, second factors, e-mail addresses of people, a trail in a chain.

The one time that rows of the trail are written anew: what older versions left in it of customers
and passwords is taken out before the chain begins. Their names for erased customers were digests of
the customers' ids, which are few enough to be tried out; a login that nobody has may be a password.
"""

import hashlib
import json
import secrets

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import AUDIT_PINS, metadata

revision = "0011"
down_revision = "0010"

TABLES = ("audit_end", "known_devices", "second_factors", "recovery_codes")
COLUMNS = (
    ("people", sa.Column("email", sa.String(255))),
    ("sign_ins", sa.Column("awaits_code", sa.Boolean, nullable=False, server_default=sa.false())),
    ("sign_ins", sa.Column("by_provider", sa.Boolean, nullable=False, server_default=sa.false())),
    ("audit", sa.Column("hash", sa.String(64), nullable=False, server_default="")),
)
WITH_PSEUDONYMS = ("turns", "visits", "open_turns", "ratings", "tickets")
PINS = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS audit_no_update",
        "DROP TRIGGER IF EXISTS audit_no_delete",
        "DROP TRIGGER IF EXISTS audit_no_replace",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS audit_pinned ON audit",
        "DROP TRIGGER IF EXISTS audit_not_emptied ON audit",
    ),
}


def upgrade() -> None:
    """Add what a database created from the current tables has already, and chain the trail."""
    db = op.get_bind()
    inspector = sa.inspect(db)
    for table, column in COLUMNS:
        if column.name not in {known["name"] for known in inspector.get_columns(table)}:
            op.add_column(table, column.copy())
    if "ix_people_email" not in {index["name"] for index in inspector.get_indexes("people")}:
        op.create_index("ix_people_email", "people", ["email"], unique=True)
    missing = [name for name in TABLES if not inspector.has_table(name)]
    metadata.create_all(db, tables=[metadata.tables[name] for name in missing])
    op.execute("DELETE FROM sign_in_tries")  # counted by another key from now on
    for statement in PINS[db.dialect.name]:
        op.execute(statement)
    _chain(db, _new_pseudonyms(db))
    for statement in AUDIT_PINS[db.dialect.name]:
        op.execute(statement)


def _new_pseudonyms(db: sa.engine.Connection) -> dict[str, str]:
    """A random name for each erased customer; the old ones with theirs."""
    renamed: dict[str, str] = {}
    for name in WITH_PSEUDONYMS:
        column = sa.column("conversation_id", sa.String)
        table = sa.table(name, column)
        old = db.execute(sa.select(column).where(column.like("erased:%")).distinct()).scalars()
        for one in list(old):
            new = renamed.setdefault(one, f"erased:{secrets.token_hex(8)}")
            db.execute(sa.update(table).where(column == one).values(conversation_id=new))
    return renamed


def _chain(db: sa.engine.Connection, renamed: dict[str, str]) -> None:
    """Write the trail anew without what older versions left in it, numbered and chained."""
    trail, people = metadata.tables["audit"], metadata.tables["people"]
    logins = set(db.execute(sa.select(people.c.login)).scalars())
    digest, last = "", 0
    for row in db.execute(sa.select(trail).order_by(trail.c.id)).all():
        subject = renamed.get(row.subject, row.subject)
        if row.act in ("erase customer", "export customer") and subject == row.subject:
            subject = "a customer"
        if row.act == "wrong sign-in" and row.subject not in logins:
            subject = "unknown login"
        last += 1
        # As `staff/audit.py` links a row.
        told = [digest, last, repr(row.at), row.person_id, row.act, subject, row.detail]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        mine = sa.update(trail).where(trail.c.id == row.id)
        db.execute(mine.values(id=last, subject=subject, hash=digest))
    db.execute(sa.update(metadata.tables["audit_end"]).values(last=last, hash=digest))


def downgrade() -> None:
    """Drop it: second factors and the chain are lost."""
    db = op.get_bind()
    for statement in PINS[db.dialect.name]:
        op.execute(statement)
    op.drop_index("ix_people_email", "people")
    for table, column in COLUMNS:
        op.drop_column(table, column.name)
    for name in reversed(TABLES):
        op.drop_table(name)
    for statement in AUDIT_PINS[db.dialect.name]:
        if "replace" not in statement.lower().split(" on ")[0] and "TRUNCATE" not in statement:
            op.execute(statement)
