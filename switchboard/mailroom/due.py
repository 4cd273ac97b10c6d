"""When something that waits is due."""

from __future__ import annotations

from typing import overload

import sqlalchemy as sa

MAX_WAIT = 900.0
"""The most seconds for which anything is put off."""


@overload
def is_due(due_at: float, now: float) -> bool: ...
@overload
def is_due(due_at: sa.Column, now: float) -> sa.sql.ColumnElement: ...
def is_due(due_at: float | sa.Column, now: float) -> bool | sa.sql.ColumnElement:
    """Whether a time has come. One further away than anything is put off was set by a clock that
    has been set back since: it has come too, or nothing would move until that hour."""
    if isinstance(due_at, float | int):
        return due_at <= now or due_at > now + MAX_WAIT
    return (due_at <= now) | (due_at > now + MAX_WAIT)
