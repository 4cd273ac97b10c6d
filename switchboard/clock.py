"""The one clock that everything takes as its default."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_now() -> datetime:
    """The present moment, time zone aware."""
    return datetime.now(timezone.utc)
