"""One thing, one word: `sender_id` is `conversation_id` in every table.

A database whose tables were made as `tables.py` has them today (a new one, or one of before 0002)
has the new name already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = (
    "conversation_events",
    "conversation_checkpoints",
    "turns",
    "open_turns",
    "tickets",
    "ratings",
    "identity_attempts",
    "identity_proofs",
)


def _rename(old: str, new: str) -> None:
    inspector = sa.inspect(op.get_bind())
    for table in TABLES:
        if old in {column["name"] for column in inspector.get_columns(table)}:
            # Written out: Alembic's batch mode would copy every row of an SQLite table.
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")


def upgrade() -> None:
    """To the new name; and turns get the cause of their route."""
    _rename("sender_id", "conversation_id")
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("turns")}
    if "cause" not in known:
        cause = sa.Column("cause", sa.String(32), nullable=False, server_default="")
        op.add_column("turns", cause)


def downgrade() -> None:
    """Back to the old one; the causes are lost."""
    op.drop_column("turns", "cause")
    _rename("conversation_id", "sender_id")
