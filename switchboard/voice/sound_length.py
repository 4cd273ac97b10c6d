"""How long a sound is, by its own head."""

from __future__ import annotations

import io

from tinytag import TinyTag


def sound_seconds(content: bytes) -> float | None:
    """The length of a sound; None where it does not tell, or what it tells cannot be."""
    try:
        # No tags: nothing is read of what a hostile file says beside its length.
        told = TinyTag.get(file_obj=io.BytesIO(content), tags=False).duration
    except Exception:  # of many kinds, by what is malformed
        return None
    return float(told) if isinstance(told, int | float) and 0 < told < 1e6 else None
