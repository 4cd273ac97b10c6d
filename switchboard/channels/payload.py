"""Reading what a platform sent, which may have any shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def inner(update: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """A mapping some levels down; an empty one where there is none."""
    value: Any = update
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
