"""Counts wrong tries by contact and by network address too; both as digests."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TABLE = "identity_attempts"


def upgrade() -> None:
    """Add the two columns, which a database created from the current tables has already."""
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(TABLE)}
    for name in ("contact", "address"):
        if name not in known:
            op.add_column(TABLE, sa.Column(name, sa.String(32), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them."""
    for name in ("contact", "address"):
        op.drop_column(TABLE, name)
