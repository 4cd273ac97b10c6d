"""Telegram as a platform: reading updates, sending answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from switchboard.channels.choices import Choices
from switchboard.channels.choices import pressed as find_pressed
from switchboard.channels.pace import Pace
from switchboard.channels.payload import BORROWED, inner, string
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_files import open_upload, with_pictures_kept
from switchboard.channels.telegram.bot_api import TelegramApi
from switchboard.channels.telegram.telegram_groups import GroupNotice, is_in_group
from switchboard.channels.telegram.telegram_messages import write_calls
from switchboard.channels.telegram.telegram_updates import (
    FILE,
    is_blocking,
    read_sender,
    read_updates,
)
from switchboard.channels.voice_messages import is_spoken, with_voice_heard
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.voice.voice_notes import VoiceNotes

PAUSE = 2.0
"""Seconds for which a chat rests after a refusal for pace that names no time."""


class TelegramPlatform(Platform):
    """The Bot API. Conversations are `telegram:<chat>`; a group gets a notice, and no turn."""

    def __init__(
        self,
        api: TelegramApi,
        outbox: Outbox,
        groups: GroupNotice,
        use_names: bool,
        files: FileStore,
        notes: VoiceNotes,
        pace: Pace,
    ) -> None:
        self._api, self._outbox, self._groups, self._files = api, outbox, groups, files
        self._use_names, self._notes = use_names, notes
        self._pace = pace
        self._choices = Choices(outbox, lambda _message, _conversation: ())
        self._tasks: set[asyncio.Task[None]] = set()

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, update = batch[0].conversation, batch[0].payload
        if inner(update, "my_chat_member"):
            if is_blocking(update):
                await asyncio.to_thread(self._outbox.refuse_all, conversation, "blocked")
            return None
        pressed = inner(update, "callback_query")
        if pressed:
            self._take_press(string(pressed.get("id")))
        if is_in_group(update):
            await self._groups.answer(conversation, update)
            return None
        if pressed:
            return await self._pressed(conversation, update)
        message = read_updates([arrival.payload for arrival in batch])
        if message is None:
            return None
        message = await with_voice_heard(
            self._notes, conversation, batch[0].event_id, message, self._download
        )
        own = BORROWED not in message.metadata and not is_spoken(message)
        chosen = await self._choices.payload(conversation, message.text) if own else ""
        metadata = {**message.metadata, **self._person(update)}
        if metadata.get("attachments"):
            metadata["attachments"] = await with_pictures_kept(
                self._files, conversation, metadata["attachments"], self._download
            )
        return Incoming(chosen or message.text, metadata, bool(chosen) or message.command)

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        return write_calls(delivery)

    @override
    async def send(self, conversation: str, call: Call) -> None:
        _, chat, *member = conversation.split(":")
        if member:  # before groups got notices alone, each member had a conversation there
            raise Undelivered(Trouble.INVALID, "it is a group, where others read along")
        upload = None
        if call.file is not None:
            field = "photo" if call.method == "sendPhoto" else "document"
            upload = await open_upload(self._files, call.file, field)
        await self._pace.turn(chat)
        try:
            await self._api.call(call.method, call.body, upload=upload)
        except Undelivered as error:
            if error.trouble is Trouble.RATE:
                await self._pace.pause(chat, error.retry_after or PAUSE)
            raise

    @override
    async def show_typing(self, conversation: str) -> None:
        chat = int(conversation.split(":")[1])
        await self._api.quietly("sendChatAction", {"chat_id": chat, "action": "typing"})

    @override
    async def close(self) -> None:
        await self._api.close()

    def _take_press(self, query: str) -> None:
        """Tell the app that a press arrived; until then it shows that it waits."""
        asked = self._api.quietly("answerCallbackQuery", {"callback_query_id": query})
        task = asyncio.create_task(asked)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pressed(self, conversation: str, update: Mapping[str, Any]) -> Incoming | None:
        """The message of a pressed button; None for one that is too old or not ours."""
        data = string(inner(update, "callback_query").get("data"))
        button = await find_pressed(self._outbox, conversation, data)
        return Incoming(button.payload, self._person(update), command=True) if button else None

    async def _download(self, url: str) -> bytes:
        return await self._api.download(url.removeprefix(FILE))

    def _person(self, update: Mapping[str, Any]) -> dict[str, str]:
        person = read_sender(update)
        return person if self._use_names else {k: v for k, v in person.items() if k != "name"}
