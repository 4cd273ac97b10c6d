"""Conversations, tickets, identity, messages: what Switchboard 0.4 made without migrations."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: `upgrade.py` brings a database of that time to this shape before it begins."""


def downgrade() -> None:
    """Nothing lies before it."""
