"""Makes the words of a voice note the words of its message.

Any channel calls `with_voice_heard` with its messages and how it downloads; one that has the bytes
at hand gives a `download` that returns them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping

from switchboard.channels.platform import Undelivered
from switchboard.conversations.attachments import TRANSCRIBED
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.files.file_store import REFERENCE, attachment
from switchboard.mailroom.message import Incoming
from switchboard.text.typed_text import typed
from switchboard.voice.voice_notes import VoiceNote, VoiceNotes

MOST_NOTES = 2
"""Of one message, that are heard before it is answered."""
_WORDLESS = f"/{ATTACHMENT_INTENT}"
Download = Callable[[str], Awaitable[bytes]]


async def with_voice_heard(
    notes: VoiceNotes, conversation: str, event_id: str, message: Incoming, download: Download
) -> Incoming:
    """A message with its sounds as stored files, and what is said in them among its words.

    A sound that `download` refuses (`Undelivered`), or that cannot be kept or understood, stays an
    attachment. A transcript is what somebody said: it is no command, and presses no button.
    """
    attached = list(message.metadata.get("attachments") or ())
    sounds = [number for number, one in enumerate(attached) if one["kind"] == "audio"]
    said: list[str] = []
    for number in sounds[:MOST_NOTES]:
        source = _source(event_id, number)
        note = await _take(notes, conversation, source, attached[number], download)
        if note is not None:
            attached[number] = attachment(note.file)
            said.append(typed(note.words))
    if not sounds:
        return message
    metadata = {**message.metadata, "attachments": attached}
    words = [text for text in said if text]
    if not words or (message.command and message.text != _WORDLESS):
        return Incoming(message.text, metadata, message.command)
    own = [] if message.command else [message.text]
    return Incoming("\n".join([*own, *words]), {**metadata, TRANSCRIBED: True})


async def with_sound_kept(
    notes: VoiceNotes, conversation: str, event_id: str, message: Incoming, download: Download
) -> Incoming:
    """A message whose words the platform itself heard in its one sound, with the sound as a stored
    file. Like any transcript they press no button, also where the sound cannot be kept."""
    attached = list(message.metadata.get("attachments") or ())
    metadata = {**message.metadata, TRANSCRIBED: True}
    if attached:
        address = attached[0]["url"]
        try:
            note = await notes.take_heard(
                conversation, _source(event_id, 0), lambda: download(address), message.text
            )
        except (Undelivered, OSError, asyncio.TimeoutError):
            note = None
        if note is not None:
            metadata["attachments"] = [attachment(note.file), *attached[1:]]
    return Incoming(message.text, metadata, message.command)


def is_spoken(message: Incoming) -> bool:
    """Whether its words, or some of them, are a transcript: they choose nothing by number."""
    return bool(message.metadata.get(TRANSCRIBED))


def _source(event_id: str, number: int) -> str:
    return hashlib.sha256(f"{event_id} {number}".encode("utf-8", "replace")).hexdigest()


async def _take(
    notes: VoiceNotes,
    conversation: str,
    source: str,
    sound: Mapping[str, str],
    download: Download,
) -> VoiceNote | None:
    address = sound["url"]
    if address.startswith(REFERENCE):
        return await notes.of_stored(conversation, address)
    try:
        return await notes.take(conversation, source, lambda: download(address))
    except (Undelivered, OSError):
        return None
