"""WhatsApp as a platform: reading messages and sending answers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from typing_extensions import override

from switchboard.channels.choices import Choices, pressed
from switchboard.channels.facebook.graph_api import GraphApi
from switchboard.channels.pace import Pace
from switchboard.channels.payload import BORROWED, MAX_KNOWN, inner, read_person, string
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_client import PlatformReply
from switchboard.channels.platform_files import open_upload, with_pictures_kept
from switchboard.channels.voice_messages import is_spoken, with_voice_heard
from switchboard.channels.whatsapp.whatsapp_errors import read_whatsapp_refusal
from switchboard.channels.whatsapp.whatsapp_events import MEDIA, pressed_reference, read_message
from switchboard.channels.whatsapp.whatsapp_messages import FILE, numbered, write_calls
from switchboard.channels.whatsapp.whatsapp_template import LateTemplate
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming, Outgoing, SentFile
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import language_of
from switchboard.voice.voice_notes import VoiceNotes

PAUSE = 2.0
"""Seconds for which a chat rests after a refusal for pace that names no time."""
MAX_IMAGE = 5_000_000
_SHOWN = ("image/jpeg", "image/png")
_TYPES_FOR = 20.0
"""Seconds for which a customer sees us typing; WhatsApp itself ends it after 25."""


class WhatsAppPlatform(Platform):
    """The Cloud API. Conversations are `whatsapp:<phone number id>:<customer>`."""

    confirms = True

    def __init__(
        self,
        graph: GraphApi,
        outbox: Outbox,
        template: LateTemplate,
        phrasebook: Phrasebook,
        use_names: bool,
        files: FileStore,
        notes: VoiceNotes,
        pace: Pace,
    ) -> None:
        self._graph, self._outbox, self._template = graph, outbox, template
        self._phrasebook, self._use_names = phrasebook, use_names
        self._files, self._notes, self._pace = files, notes, pace
        self._choices = Choices(outbox, lambda message, _conversation: numbered(message))
        self._heard: OrderedDict[str, str] = OrderedDict()
        self._typed: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, event = batch[0].conversation, inner(batch[0].payload, "message")
        message = read_message(event)
        if message is None:
            return None
        self._mark_read(conversation, string(event.get("id")))

        async def download(url: str) -> bytes:
            return await self._download(conversation, url.removeprefix(MEDIA))

        message = await with_voice_heard(
            self._notes, conversation, batch[0].event_id, message, download
        )
        button = await pressed(self._outbox, conversation, pressed_reference(event))
        chosen = button.payload if button else ""
        if not chosen and BORROWED not in message.metadata and not is_spoken(message):
            chosen = await self._choices.payload(conversation, message.text)
        name = batch[0].payload.get("name") if self._use_names else None
        metadata = {**message.metadata, **read_person(name, None)}
        if metadata.get("attachments"):
            metadata["attachments"] = await with_pictures_kept(
                self._files, conversation, metadata["attachments"], download
            )
        return Incoming(chosen or message.text, metadata, bool(chosen) or message.command)

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        speech = self._phrasebook.speak(language_of(delivery.message.text))
        return write_calls(delivery, speech.word("widget", "choices").rstrip(":：")[:20])

    @override
    async def send(self, conversation: str, call: Call) -> None:
        number, body = _number(conversation), call.body
        await self._pace.turn(conversation)
        if call.method == FILE and call.file is not None:
            body = {**body, **await self._uploaded(number, call.file)}
        reply = await self._graph.ask("POST", number, f"{number}/messages", body)
        refused = read_whatsapp_refusal(reply)
        if refused is None and not reply.data.get("messages"):  # something between answered
            raise Undelivered(Trouble.UNSURE, f"HTTP {reply.status}")
        if refused is None:
            return
        if refused.trouble is Trouble.RATE:
            await self._pace.pause(conversation, refused.retry_after or PAUSE)
        raise refused

    @override
    def instead_of(self, message: Outgoing) -> Outgoing | None:
        return self._template.instead_of(message)

    @override
    async def show_typing(self, conversation: str) -> None:
        now = monotonic()
        if now - self._typed.get(conversation, -_TYPES_FOR) < _TYPES_FOR:
            return
        self._typed = {c: at for c, at in self._typed.items() if now - at < _TYPES_FOR}
        self._typed[conversation] = now
        message_id = self._heard.get(conversation, "")
        await self._note_read(conversation, message_id, {"typing_indicator": {"type": "text"}})

    @override
    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._graph.close()

    def _mark_read(self, conversation: str, message_id: str) -> None:
        """Show the customer that the message was seen; nobody waits for it."""
        self._heard[conversation] = message_id
        self._heard.move_to_end(conversation)
        if len(self._heard) > MAX_KNOWN:
            self._heard.popitem(last=False)
        self._typed.pop(conversation, None)
        task = asyncio.create_task(self._note_read(conversation, message_id, {}))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_read(self, conversation: str, message_id: str, more: Mapping[str, Any]) -> None:
        if not message_id:
            return
        seen = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        number = _number(conversation)
        try:
            await self._graph.ask("POST", number, f"{number}/messages", {**seen, **more}, seconds=3)
        except Undelivered:
            return

    async def _uploaded(self, number: str, file: SentFile) -> dict[str, Any]:
        """The content of a message with a file, which is uploaded for it."""
        upload = await open_upload(self._files, file, "file")
        fields = {"messaging_product": "whatsapp", "type": file.mime}
        try:
            reply = await self._graph.ask("POST", number, f"{number}/media", fields, upload=upload)
        except Undelivered as error:
            # However far it came, the customer got nothing by it.
            raise Undelivered(Trouble.DOWN, error.detail, error.retry_after) from None
        media = _required(reply, "id")
        if file.mime in _SHOWN and len(upload.content) <= MAX_IMAGE:
            return {"type": "image", "image": {"id": media}}
        return {"type": "document", "document": {"id": media, "filename": upload.name}}

    async def _download(self, conversation: str, media: str) -> bytes:
        number = _number(conversation)
        told = {"phone_number_id": number}
        reply = await self._graph.ask("GET", number, media, params=told, seconds=5)
        return await self._graph.download(_required(reply, "url"), number)


def _required(reply: PlatformReply, name: str) -> str:
    refused = read_whatsapp_refusal(reply)
    if refused is not None:
        raise refused
    value = string(reply.data.get(name))
    if not value:
        raise Undelivered(Trouble.DOWN, f"HTTP {reply.status}, without {name}")
    return value


def _number(conversation: str) -> str:
    return conversation.split(":", 2)[1]
