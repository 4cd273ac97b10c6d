"""What is said by itself: what customers agreed to, what the order system told, what is due."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import (
    outreach_consents,
    outreach_due,
    outreach_events,
    outreach_stops,
)

revision = "0017"
down_revision = "0016"
works_from = "0012"
"""Older code says nothing by itself, and leaves these tables alone."""
_TABLES = (outreach_consents, outreach_stops, outreach_events, outreach_due)


def upgrade() -> None:
    """Create the tables, which a database created from the current tables has already."""
    known = sa.inspect(op.get_bind())
    for table in _TABLES:
        if not known.has_table(table.name):
            table.create(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.drop_table(table.name)
