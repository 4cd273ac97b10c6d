"""How long a sound is, by its own head; where its size shows that the head lies, nobody knows."""

from __future__ import annotations

import io

from tinytag import TinyTag

_SPARE = 200_000
"""Bytes beside the sound: a cover, tags."""
_UNPACKED, _PACKED = 600_000, 64_000
"""The most bytes of a second, of WAV and FLAC and of all others."""
_AMR = {
    b"#!AMR\n": (12, 13, 15, 17, 19, 20, 26, 31, 5),
    b"#!AMR-WB\n": (17, 23, 32, 36, 40, 46, 50, 58, 60, 5),
}
"""Bytes of a frame after its first one, by its type; a frame is a fiftieth of a second."""
_EMPTY_FRAMES = (14, 15)
_MOST_FRAMES = 50 * 3600


def sound_seconds(content: bytes) -> float | None:
    """The length of a sound; None where it does not tell, or what it tells cannot be."""
    for head, sizes in _AMR.items():
        if content.startswith(head):
            return _amr_seconds(content, len(head), sizes)
    try:
        # No tags: nothing is read of what a hostile file says beside its length.
        told = TinyTag.get(file_obj=io.BytesIO(content), tags=False).duration
    except Exception:  # of many kinds, by what is malformed
        return None
    if not isinstance(told, int | float) or not 0 < told < 1e6:
        return None
    dense = _UNPACKED if content.startswith((b"RIFF", b"fLaC")) else _PACKED
    return float(told) if len(content) <= told * dense + _SPARE else None


def _amr_seconds(content: bytes, at: int, sizes: tuple[int, ...]) -> float | None:
    """Counts the frames: AMR, which phones and WeChat record, has no length in its head."""
    frames = 0
    while at < len(content) and frames < _MOST_FRAMES:
        kind = content[at] >> 3 & 15
        if kind >= len(sizes) and kind not in _EMPTY_FRAMES:
            return None
        at += 1 + (sizes[kind] if kind < len(sizes) else 0)
        frames += 1
    return frames / 50 or None
