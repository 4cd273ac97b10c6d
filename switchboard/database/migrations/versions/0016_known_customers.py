"""What a first reply told, what a customer agreed to, and who was proved to be whom."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import (
    consents,
    held_messages,
    notices_shown,
    preferences,
    proved_persons,
)

revision = "0016"
down_revision = "0015"
works_from = "0012"
"""Older code does not use the tables: it tells the notice in each session, and asks nobody."""
TABLES = (notices_shown, consents, held_messages, proved_persons, preferences)


def upgrade() -> None:
    """Create the tables, which a database created from the current tables has already."""
    for table in TABLES:
        if not sa.inspect(op.get_bind()).has_table(table.name):
            table.create(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table.name)
