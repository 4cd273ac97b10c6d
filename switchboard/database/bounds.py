"""How long a database may take: to be reached, to answer a statement, to say nothing at all."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

POSTGRESQL = {
    "connect_timeout": 5,
    # A server that fell silent is given up after 10 s, rather than when TCP does, hours later.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "options": "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=60000",
}
"""Of a connection to PostgreSQL, as libpq names them."""


def take_your_time(db: Connection) -> None:
    """Lift the bound on the time of one statement in this transaction: for work on whole tables."""
    if db.dialect.name == "postgresql":
        db.execute(sa.text("SET LOCAL statement_timeout = 0"))
        db.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
