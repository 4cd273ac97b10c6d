"""The clock of the product. Constructors take one, so that tests can set the time."""

from __future__ import annotations

import time
from datetime import datetime, timezone

DAY = 86400.0
"""Seconds."""


def utc_now() -> datetime:
    """The present moment, time zone aware."""
    return datetime.now(timezone.utc)


def epoch_now() -> float:
    """The present moment in seconds since the epoch, as the database keeps times."""
    return time.time()
