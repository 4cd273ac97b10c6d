"""From here on a database says how old the code may be that works on it (`compatibility.py`)."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import compatibility

revision = "0012"
down_revision = "0011"
works_from = "0012"
"""Older code does not look, and cannot open a database of a revision that it does not know."""


def upgrade() -> None:
    """Create the table, which a database created from the current tables has already."""
    if not sa.inspect(op.get_bind()).has_table(compatibility.name):
        compatibility.create(op.get_bind())


def downgrade() -> None:
    """Drop it."""
    op.drop_table(compatibility.name)
