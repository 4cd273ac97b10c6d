"""Conversations, tickets, identity, messages: the schema of Switchboard 0.4."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing to do: `upgrade.py` brings such a database to this schema first."""


def downgrade() -> None:
    """Nothing to do: this is the first revision."""
