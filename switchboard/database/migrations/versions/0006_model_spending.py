"""The spending of a day, reserved before each call of a language model."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import model_spending

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table, which a database created from the current tables has already."""
    if not sa.inspect(op.get_bind()).has_table(model_spending.name):
        model_spending.create(op.get_bind())


def downgrade() -> None:
    """Drop it."""
    op.drop_table(model_spending.name)
