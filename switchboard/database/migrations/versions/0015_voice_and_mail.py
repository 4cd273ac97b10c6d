"""What brought a file, what is said in a sound; e-mail's threads, how far mailboxes are read."""

import sqlalchemy as sa
from alembic import op

from switchboard.database.tables import mail_threads, mailboxes

revision = "0015"
down_revision = "0014"
works_from = "0012"
"""Older code writes files without the new columns, and reads no mailbox."""

COLUMNS = (("source", sa.String(64)), ("transcript", sa.Text))
INDEX = "ix_files_source"


def upgrade() -> None:
    """Add what a database created from the current tables has already."""
    inspector = sa.inspect(op.get_bind())
    known = {column["name"] for column in inspector.get_columns("files")}
    for name, kind in COLUMNS:
        if name not in known:
            op.add_column("files", sa.Column(name, kind))
    if INDEX not in {index["name"] for index in inspector.get_indexes("files")}:
        op.create_index(INDEX, "files", ["conversation_id", "source"], unique=True)
    for table in (mail_threads, mailboxes):
        if not inspector.has_table(table.name):
            table.create(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    for table in (mail_threads, mailboxes):
        op.drop_table(table.name)
    op.drop_index(INDEX, "files")
    for name, _ in COLUMNS:
        op.drop_column("files", name)
