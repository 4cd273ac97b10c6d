"""The desk: people, ticket entries, the audit trail, ratings.

The new tables are created from the current `tables.py`. Before changing one of them there, copy its
present schema here.
"""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import metadata

revision = "0002"
down_revision = "0001"

TABLES = ("people", "sign_ins", "sign_in_tries", "ticket_entries", "desk_links", "ratings", "audit")
COLUMNS = (
    sa.Column("language", sa.String(16), nullable=False, server_default="en"),
    sa.Column("urgency", sa.Integer, nullable=False, server_default="0"),
    sa.Column("assignee_id", sa.Integer),
    sa.Column("taken_at", sa.Float),
    sa.Column("first_answer_at", sa.Float),
    sa.Column("escalated_at", sa.Float),
    sa.Column("contact", sa.Text),
)


def upgrade() -> None:
    """Add the tables and columns."""
    with op.batch_alter_table("tickets") as tickets:
        for column in COLUMNS:
            tickets.add_column(column.copy())
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])


def downgrade() -> None:
    """Remove the tables and columns; the desk's data is lost."""
    for name in reversed(TABLES):
        op.drop_table(name)
    with op.batch_alter_table("tickets") as tickets:
        for column in COLUMNS:
            tickets.drop_column(column.name)
