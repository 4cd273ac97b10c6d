"""Files of conversations, and who looks at and types in them."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import files, presence

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables, which a database created from the current ones has already."""
    for table in (files, presence):
        if not sa.inspect(op.get_bind()).has_table(table.name):
            table.create(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    for table in (files, presence):
        op.drop_table(table.name)
