"""Which files are kept: told by their first bytes, never by what a sender calls them."""

from __future__ import annotations

PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
"""No SVG: it is a document with scripts."""
DOCUMENT = "application/pdf"
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", DOCUMENT),
    (b"OggS\x00", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"\x1aE\xdf\xa3", "audio/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_MP4 = (b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"iso5", b"iso6", b"dash", b"MSNV")
"""Containers of a sound as phones and platforms write them. One that holds a film is played as its
sound."""
ONLY_SHOWN = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""Headers under which a browser shows a file, and runs nothing of it."""


def kind_of(content: bytes) -> str:
    """The media type of a picture, a sound or a PDF; empty for anything else."""
    for start, mime in _STARTS:
        if content.startswith(start):
            return mime
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], "")
    if content[4:8] == b"ftyp" and content[8:12] in _MP4:
        return "audio/mp4"
    return _frame(content)


def is_sound(mime: str) -> bool:
    """Whether it is played rather than shown."""
    return mime.startswith("audio/")


def _frame(content: bytes) -> str:
    """The kind of a sound without a head, by its first frame: MP3 or ADTS (AAC)."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE0 != 0xE0:
        return ""
    if content[1] & 0xF6 == 0xF0:
        return "audio/aac"
    layer, rate, frequency = content[1] >> 1 & 3, content[2] >> 4, content[2] >> 2 & 3
    return "audio/mpeg" if layer == 1 and rate not in (0, 15) and frequency != 3 else ""
