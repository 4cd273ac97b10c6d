"""Claims with generations, the platforms' order, what waits for a part of ours, alarms."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import metadata

revision = "0010"
down_revision = "0009"

_TEXT = {"nullable": False, "server_default": ""}
_NUMBER = {"nullable": False, "server_default": "0"}
COLUMNS = (
    ("inbox", "platform_order", sa.Float, _NUMBER),
    ("inbox", "origin", sa.String(64), _TEXT),
    ("inbox", "away", sa.Integer, _NUMBER),
    ("inbox", "reason", sa.String(255), _TEXT),
    ("outbox", "begun", sa.Integer, _NUMBER),
    ("lanes", "generation", sa.BigInteger, _NUMBER),
)
INDEXES = (
    ("ix_inbox_outcome", "inbox", ("outcome", "received_at")),
    ("ix_outbox_state", "outbox", ("state", "created_at")),
)


def upgrade() -> None:
    """Add what a database created from the current tables has already."""
    inspector = sa.inspect(op.get_bind())
    for table, name, kind, rules in COLUMNS:
        if name not in {column["name"] for column in inspector.get_columns(table)}:
            op.add_column(table, sa.Column(name, kind, **rules))
    for name, table, columns in INDEXES:
        if name not in {index["name"] for index in inspector.get_indexes(table)}:
            op.create_index(name, table, list(columns))
    if not inspector.has_table("alarms"):
        metadata.create_all(op.get_bind(), tables=[metadata.tables["alarms"]])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("alarms")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    for table, name, _, _ in COLUMNS:
        op.drop_column(table, name)
