"""What conversations seem to teach, and what it rests on."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import learning_evidence, learning_proposals

revision = "0019"
down_revision = "0018"
works_from = "0012"
"""Older code does not use the tables."""
TABLES = (learning_proposals, learning_evidence)


def upgrade() -> None:
    """Create the tables, which a database created from the current tables has already."""
    for table in TABLES:
        if not sa.inspect(op.get_bind()).has_table(table.name):
            table.create(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table.name)
