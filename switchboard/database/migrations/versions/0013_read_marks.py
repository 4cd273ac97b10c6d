"""How far a platform that has to be asked was read: with the messages, in the same transaction."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import read_marks

revision = "0013"
down_revision = "0012"
works_from = "0012"


def upgrade() -> None:
    """Create the table, which a database created from the current tables has already."""
    if not sa.inspect(op.get_bind()).has_table(read_marks.name):
        read_marks.create(op.get_bind())


def downgrade() -> None:
    """Drop it: the last three days of messages are read once more, and known."""
    op.drop_table(read_marks.name)
