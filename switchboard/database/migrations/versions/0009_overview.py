"""The overview: what a turn came to, and the sums that its pages read."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import metadata

revision = "0009"
down_revision = "0008"

COLUMNS = ("level", "result")
TABLES = (
    "visits",
    "daily_intents",
    "daily_model_use",
    "question_groups",
    "question_days",
    "overview_marks",
)
INDEXES = (
    ("ix_tickets_opened", "tickets", "opened_at"),
    ("ix_ticket_entries_at", "ticket_entries", "at"),
    ("ix_ratings_asked", "ratings", "asked_at"),
    ("ix_ratings_answered", "ratings", "answered_at"),
)


def upgrade() -> None:
    """Add what a database created from the current tables has already."""
    inspector = sa.inspect(op.get_bind())
    known = {column["name"] for column in inspector.get_columns("turns")}
    for name in COLUMNS:
        if name not in known:
            text = sa.Column(name, sa.String(16), nullable=False, server_default="")
            op.add_column("turns", text)
    for name, table, column in INDEXES:
        if name not in {index["name"] for index in inspector.get_indexes(table)}:
            op.create_index(name, table, [column])
    missing = [name for name in TABLES if not inspector.has_table(name)]
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in missing])


def downgrade() -> None:
    """Drop it; the sums can be made again, what turns came to cannot."""
    for name in reversed(TABLES):
        op.drop_table(name)
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    for name in COLUMNS:
        op.drop_column("turns", name)
