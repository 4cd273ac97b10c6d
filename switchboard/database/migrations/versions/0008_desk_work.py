"""Waiting, snoozing, follow-ups, tags, merging, e-mail and macros of tickets; people's settings."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import macros, people, ticket_mails, ticket_tags, tickets

revision = "0008"
down_revision = "0007"

_TABLES = (ticket_tags, macros, ticket_mails)
_COLUMNS = (
    (tickets, "answered_at snoozed_at snoozed_until follow_up merged_into".split()),
    (people, "away language".split()),
)


def upgrade() -> None:
    """Create and add what a database created from the current tables has already."""
    there = sa.inspect(op.get_bind())
    for table in _TABLES:
        if not there.has_table(table.name):
            table.create(op.get_bind())
    for table, names in _COLUMNS:
        known = {column["name"] for column in there.get_columns(table.name)}
        for name in names:
            if name not in known:
                column = table.c[name]
                op.add_column(
                    table.name,
                    sa.Column(
                        name,
                        column.type,
                        nullable=column.nullable,
                        server_default=column.server_default.arg if column.server_default else None,
                    ),
                )
    indexes = {index["name"] for index in there.get_indexes("tickets")}
    if "ix_tickets_merged_into" not in indexes:
        op.create_index("ix_tickets_merged_into", "tickets", ["merged_into"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_tickets_merged_into", "tickets")
    for table, names in _COLUMNS:
        with op.batch_alter_table(table.name) as change:
            for name in names:
                change.drop_column(name)
    for table in _TABLES:
        op.drop_table(table.name)
