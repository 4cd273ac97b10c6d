"""Renames `sender_id` to `conversation_id` in every table; adds the cause to turns.

A database whose tables were created from the current `tables.py` (a new one, or one from before
0002) has the new name already.
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
            # Plain SQL: Alembic's batch mode would copy every row of an SQLite table.
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")


def upgrade() -> None:
    """Rename the columns; add the cause of a turn's route."""
    _rename("sender_id", "conversation_id")
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("turns")}
    if "cause" not in known:
        cause = sa.Column("cause", sa.String(32), nullable=False, server_default="")
        op.add_column("turns", cause)


def downgrade() -> None:
    """Rename the columns back; the causes are lost."""
    op.drop_column("turns", "cause")
    _rename("conversation_id", "sender_id")
