"""References that customers read aloud and nobody can guess."""

from __future__ import annotations

import secrets

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are mistaken for another when read aloud


def new_reference(prefix: str) -> str:
    """A fresh reference, as `R-7KQ2MX`."""
    return f"{prefix}-" + "".join(secrets.choice(_LETTERS) for _ in range(6))
