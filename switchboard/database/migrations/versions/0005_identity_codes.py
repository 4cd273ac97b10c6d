"""Codes sent to customers' contacts."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import identity_codes

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table, which a database created from the current tables has already."""
    if not sa.inspect(op.get_bind()).has_table(identity_codes.name):
        identity_codes.create(op.get_bind())


def downgrade() -> None:
    """Drop it."""
    op.drop_table(identity_codes.name)
