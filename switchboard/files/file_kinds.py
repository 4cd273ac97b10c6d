"""Which files are kept: told by their first bytes, never by what a sender calls them."""

from __future__ import annotations

PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
"""No SVG: it is a document with scripts."""
DOCUMENT = "application/pdf"
ONLY_SHOWN = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""Headers under which a browser shows a file, and runs nothing of it."""


def kind_of(content: bytes) -> str:
    """The media type of a picture or a PDF; empty for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return DOCUMENT if content.startswith(b"%PDF-") else ""
