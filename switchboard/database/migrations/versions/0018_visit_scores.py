"""What each visit was worth to its customer, and what it cost."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import visit_scores

revision = "0018"
down_revision = "0017"
works_from = "0012"
"""Older code writes visits anew, and the database takes their scores away with them."""


def upgrade() -> None:
    """Create the table, which a database created from the current tables has already."""
    if not sa.inspect(op.get_bind()).has_table(visit_scores.name):
        visit_scores.create(op.get_bind())


def downgrade() -> None:
    """Drop it."""
    op.drop_table(visit_scores.name)
