"""Replies to public comments, one for a person and post."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import comment_replies

revision = "0014"
down_revision = "0013"
works_from = "0012"
"""Older code does not know comments, and needs nothing of this table."""


def upgrade() -> None:
    """Create the table, which a database created from the current tables has already."""
    if not sa.inspect(op.get_bind()).has_table(comment_replies.name):
        comment_replies.create(op.get_bind())


def downgrade() -> None:
    """Drop it."""
    op.drop_table(comment_replies.name)
