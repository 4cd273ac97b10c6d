"""X as a platform: reading direct messages, sending answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from switchboard.channels.choices import Choices, all_buttons, pressed
from switchboard.channels.payload import read_person
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_files import open_upload, with_pictures_kept
from switchboard.channels.x.x_api import XApi, read_refusal
from switchboard.channels.x.x_events import chosen_in, read_message
from switchboard.channels.x.x_messages import write_calls
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming, SentFile
from switchboard.mailroom.outbox import Delivery, Outbox

_TAKEN = ("image/jpeg", "image/png", "image/webp")
"""What X takes in one upload."""


class XPlatform(Platform):
    """Direct messages. Conversations are `x:<account>:<customer>`."""

    confirms = True

    def __init__(
        self, api: XApi, outbox: Outbox, use_names: bool, files: FileStore, quick_replies: bool
    ) -> None:
        self._api, self._outbox, self._files = api, outbox, files
        self._use_names, self._quick_replies = use_names, quick_replies
        self._choices = Choices(outbox, lambda message, _conversation: all_buttons(message))

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, event = batch[0].conversation, batch[0].payload
        message = read_message(event)
        if message is None:
            return None
        button = await pressed(self._outbox, conversation, chosen_in(event))
        chosen = button.payload if button else ""
        chosen = chosen or await self._choices.payload(conversation, message.text)
        metadata = dict(message.metadata)
        if self._use_names:
            metadata |= read_person(str(event.get("name") or "").partition(" ")[0], None)
        if metadata.get("attachments"):
            metadata["attachments"] = await with_pictures_kept(
                self._files, conversation, metadata["attachments"], self._api.download
            )
        return Incoming(chosen or message.text, metadata, bool(chosen) or message.command)

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        return write_calls(delivery, self._quick_replies)

    @override
    async def send(self, conversation: str, call: Call) -> None:
        if call.file is not None:
            media = [{"media_id": await self._upload(call.file)}]
            call = replace(call, body={**call.body, "attachments": media})
        reply = await self._api.ask("POST", call.method, call.body)
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        if not ("data" in reply.data or "event" in reply.data):  # something between answered
            raise Undelivered(Trouble.UNSURE, f"HTTP {reply.status}")

    @override
    async def show_typing(self, conversation: str) -> None:
        """X has a typing indicator for its encrypted chat alone."""

    @override
    async def close(self) -> None:
        await self._api.close()

    async def _upload(self, file: SentFile) -> str:
        if file.mime not in _TAKEN:
            raise Undelivered(Trouble.INVALID, f"X takes no {file.mime} in a message")
        upload = await open_upload(self._files, file, "media")
        about = {"media_category": "dm_image", "media_type": file.mime}
        try:
            reply = await self._api.ask("POST", "2/media/upload", about, upload=upload)
        except Undelivered as error:
            if error.trouble is not Trouble.UNSURE:
                raise
            # However far it came, the customer got nothing by it.
            raise Undelivered(Trouble.DOWN, error.detail, error.retry_after) from None
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        media = reply.data.get("data")
        number = media.get("id") if isinstance(media, dict) else None
        if not isinstance(number, str) or not number:
            raise Undelivered(Trouble.DOWN, "an upload without an id")
        return number
