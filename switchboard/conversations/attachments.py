"""What a channel says of pictures and files that came with a message, in the message's metadata.

    {"attachments": [{"kind": "image", "url": "switchboard-file:…", "mime": "image/jpeg"}]}

An address is that of a stored file (`files/file_store.py`), of the platform, or of a place
(`geo:`). They never reach NLU: a message without words is the intent `send_attachment`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRANSCRIBED = "transcribed"
"""In a message's metadata: its words, or some of them, are a transcript of the sound that came."""
KINDS = ("image", "audio", "video", "file", "location")
MAX_ATTACHMENTS = 10
_MAX_URL = 4000


@dataclass(frozen=True)
class Attachment:
    """One of them; `kind` is one of `KINDS`."""

    kind: str
    url: str
    mime: str = ""


def read_attachments(metadata: object) -> list[Attachment]:
    """The attachments that metadata name; what is not one is left out."""
    listed = metadata.get("attachments") if isinstance(metadata, Mapping) else None
    if not isinstance(listed, list):
        return []
    found = [_read(entry) for entry in listed[:MAX_ATTACHMENTS]]
    return [attachment for attachment in found if attachment is not None]


def _read(entry: Any) -> Attachment | None:
    if not isinstance(entry, Mapping):
        return None
    kind, url = entry.get("kind"), entry.get("url")
    if kind not in KINDS or not isinstance(url, str) or not 0 < len(url) <= _MAX_URL:
        return None
    return Attachment(str(kind), url, str(entry.get("mime") or "")[:100])


def describe(metadata: object) -> str:
    """How a transcript shows them: `[image] [file]`, and `[audio, transcribed]` where the words
    before it are what a machine heard; empty without any."""
    heard = isinstance(metadata, Mapping) and bool(metadata.get(TRANSCRIBED))
    names = {"audio": "audio, transcribed"} if heard else {}
    kinds = (attachment.kind for attachment in read_attachments(metadata))
    return " ".join(f"[{names.get(kind, kind)}]" for kind in kinds)
