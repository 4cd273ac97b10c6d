"""The web chat as a platform: reading, sending and history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from switchboard.channels.choices import Choices, pressed
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.voice_messages import with_voice_heard
from switchboard.channels.web.page_bus import PageBus
from switchboard.channels.web.web_messages import write_messages
from switchboard.conversations.attachments import read_attachments
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.turns import ATTACHMENT_INTENT, CONTINUES, ORIGIN
from switchboard.files.file_store import REFERENCE, FileStore, attachment
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.text.language import SPOKEN
from switchboard.text.typed_text import typed
from switchboard.voice.voice_notes import VoiceNotes

TYPING = "bot_typing"
HISTORY_MESSAGES = 60
CUSTOMER = "customer"


class WebPlatform(Platform):
    """The web chat. Conversations are `web:<digest>`; each is a room of the socket server."""

    def __init__(
        self,
        pages: PageBus,
        event: str,
        inbox: Inbox,
        outbox: Outbox,
        log: ConversationLog,
        files: FileStore,
        notes: VoiceNotes,
    ) -> None:
        self._pages, self._event = pages, event
        self._inbox, self._outbox, self._log, self._files = inbox, outbox, log, files
        self._notes = notes
        self._choices = Choices(outbox, lambda _message, _conversation: ())

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        payload = batch[0].payload
        metadata = read_metadata(payload)
        text = str(payload.get("message") or "")
        button = await pressed(self._outbox, batch[0].conversation, text)
        chosen = button.payload if button else ""
        text = chosen or typed(text)
        chosen = await self._choices.payload(batch[0].conversation, text) or chosen
        if not text and "attachments" not in metadata:
            return None
        wordless = Incoming(f"/{ATTACHMENT_INTENT}", metadata, command=True)
        message = Incoming(chosen or text, metadata, command=bool(chosen)) if text else wordless
        return await with_voice_heard(
            self._notes, batch[0].conversation, batch[0].event_id, message, _nowhere
        )

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        return [Call(self._event, message) for message in write_messages(delivery)]

    @override
    async def send(self, conversation: str, call: Call) -> None:
        """Sends to every open page of the customer; a closed one reads the history later."""
        await self._pages.emit(call.method, call.body, conversation)

    @override
    async def show_typing(self, conversation: str) -> None:
        await self._pages.emit(TYPING, {}, conversation)

    @override
    async def close(self) -> None:
        """Hear other processes no more."""
        await self._pages.stop()

    def history(self, conversation: str) -> list[dict[str, Any]]:
        """The history, oldest first, in the format of new messages, with their ids."""
        said = [
            _history_entry(event, float(event["timestamp"]))
            for event in self._log.latest(conversation, "user", HISTORY_MESSAGES)
            if not (event.get("parse_data") or {}).get(CONTINUES)
        ]
        said += [waiting_entry(waiting) for waiting in self._inbox.pending(conversation)]
        for delivery in reversed(self._outbox.delivered(conversation, HISTORY_MESSAGES)):
            said += write_messages(delivery)
        said.sort(key=lambda message: float(message["at"]))
        return said[-HISTORY_MESSAGES:]

    def attach(self, conversation: str, given: object) -> list[dict[str, str]]:
        """The attachment that a page names by its id: its own file, or nothing."""
        file = self._files.find(given) if isinstance(given, str) else None
        if file is None or file.conversation_id != conversation:
            return []
        return [attachment(file)]


async def _nowhere(_address: str) -> bytes:
    """A page's sounds are stored before its message comes."""
    raise Undelivered(Trouble.INVALID, "no address")


def _history_entry(event: Mapping[str, Any], at: float) -> dict[str, Any]:
    """A customer's own line, as the page shows it."""
    metadata = event.get("metadata") or {}
    shown = str(metadata.get("title") or event.get("text") or "")
    message = {"id": str(metadata.get("id") or ""), "author": CUSTOMER, "at": at}
    pictures = [a.url for a in read_attachments(metadata) if a.kind == "image"]
    if pictures:
        message["image"] = f"files/{pictures[0].removeprefix(REFERENCE)}"
    return {**message, "text": "" if shown.startswith("/") else shown}


def waiting_entry(arrival: Arrival) -> dict[str, Any]:
    """A line that waits for its turn."""
    said = {"text": arrival.payload.get("message"), "metadata": read_metadata(arrival.payload)}
    return _history_entry(said, arrival.received_at)


def read_metadata(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a stored message: language, button title, its own id and where it came from.

    `attachments` were written by the channel itself (`WebPlatform.attach`), never by a page.
    """
    given = payload.get("metadata")
    given = json.loads(json.dumps(given)) if isinstance(given, Mapping) else {}
    metadata: dict[str, Any] = {}
    if given.get("locale") in SPOKEN:
        metadata["locale"] = given["locale"]
    for ours in ("id", ORIGIN):
        if isinstance(payload.get(ours), str) and payload[ours]:
            metadata[ours] = payload[ours]
    title = given.get("title")
    if isinstance(title, str) and title:
        metadata["title"] = title[:200]
    if payload.get("attachments"):
        metadata["attachments"] = payload["attachments"]
    return metadata
