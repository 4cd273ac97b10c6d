"""An official account as a platform: reading messages, and answering in time or later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence

from async_timeout import timeout
from typing_extensions import override

from switchboard.channels.choices import Choices, all_buttons
from switchboard.channels.pace import Pace
from switchboard.channels.payload import MAX_KNOWN
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_files import open_upload, with_pictures_kept
from switchboard.channels.voice_messages import is_spoken, with_sound_kept, with_voice_heard
from switchboard.channels.wechat.wechat_api import NO_RIGHT
from switchboard.channels.wechat.wechat_events import (
    MEDIA,
    is_event,
    is_recognized,
    is_unsubscribed,
    read_wechat,
)
from switchboard.channels.wechat.wechat_messages import REPLY, write_calls
from switchboard.channels.wechat.wechat_passive import PassiveReplies
from switchboard.channels.weixin.weixin_api import WeixinApi
from switchboard.channels.weixin.weixin_words import MOST, join_answers
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming, Outgoing, SentFile
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.voice.voice_notes import VoiceNotes

logger = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds for which a chat rests after a refusal for pace that names no time."""
OF_EVENT, ONE_REPLY = 3, 1
"""Messages for a pressed menu item, a follower or a scanned code, which are allowed for a minute;
and for anything, where the account may not send any."""
SOON_SECONDS = 1.5
TYPING_SECONDS = 15.0
"""How long "typing" is shown; meanwhile WeChat refuses it."""


class WechatPlatform(Platform):
    """An official account. Conversations are `wechat:<appid>:<openid>`."""

    def __init__(
        self,
        api: WeixinApi,
        passive: PassiveReplies,
        outbox: Outbox,
        files: FileStore,
        notes: VoiceNotes,
        pace: Pace,
    ) -> None:
        self._api, self._passive, self._outbox = api, passive, outbox
        self._files, self._notes, self._pace = files, notes, pace
        self._choices = Choices(outbox, lambda message, _conversation: all_buttons(message))
        self._typing: OrderedDict[str, float] = OrderedDict()
        self._may_send = True

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, event = batch[0].conversation, batch[0].payload
        if is_unsubscribed(event):
            await asyncio.to_thread(self._outbox.refuse_all, conversation, "blocked")
            return None
        message = read_wechat(event)
        if message is None:
            return None
        if is_recognized(event):
            message = await with_sound_kept(
                self._notes, conversation, batch[0].event_id, message, self._download_soon
            )
        elif message.command:
            message = await with_voice_heard(
                self._notes, conversation, batch[0].event_id, message, self._download
            )
        spoken = is_spoken(message)
        chosen = "" if spoken else await self._choices.payload(conversation, message.text)
        metadata = dict(message.metadata)
        if metadata.get("attachments"):
            metadata["attachments"] = await with_pictures_kept(
                self._files, conversation, metadata["attachments"], self._download
            )
        return Incoming(chosen or message.text, metadata, bool(chosen) or message.command)

    @override
    def fit(self, answers: Sequence[Outgoing], batch: Sequence[Arrival]) -> list[Outgoing]:
        if not self._may_send:
            return join_answers(answers, ONE_REPLY)
        return join_answers(answers, OF_EVENT if is_event(batch[0].payload) else MOST)

    @override
    async def unanswered(self, batch: Sequence[Arrival]) -> None:
        self._passive.release([arrival.event_id for arrival in batch])

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        return write_calls(delivery.message, _customer(delivery.conversation))

    @override
    def waits_for(self, conversation: str, call: Call) -> bool:
        return call.method == REPLY and self._passive.is_open(conversation)

    @override
    async def hand_over(self, conversation: str, call: Call) -> bool:
        return await self._passive.offer(conversation, call.body["text"]["content"])

    @override
    def called_again(self, conversation: str) -> bool:
        return self._passive.is_missed(conversation)

    @override
    async def send(self, conversation: str, call: Call) -> None:
        body = dict(call.body)
        if call.file is not None:
            body["image"] = {"media_id": await self._upload(call.file)}
        await self._pace.turn(conversation)
        try:
            await self._api.call("/cgi-bin/message/custom/send", body)
        except Undelivered as error:
            if error.trouble is Trouble.RATE:
                await self._pace.pause(conversation, error.retry_after or PAUSE)
            self._learn(error)
            raise
        self._may_send = True

    @override
    async def show_typing(self, conversation: str) -> None:
        now = time.monotonic()
        # While WeChat waits for the answer, it needs no message of ours.
        if self._passive.is_open(conversation) or now < self._typing.get(conversation, 0.0):
            return
        if not self._may_send:
            return
        self._typing[conversation] = now + TYPING_SECONDS
        self._typing.move_to_end(conversation)
        if len(self._typing) > MAX_KNOWN:
            self._typing.popitem(last=False)
        body = {"touser": _customer(conversation), "command": "Typing"}
        try:
            await self._api.call("/cgi-bin/message/custom/typing", body, seconds=3)
        except Undelivered:
            return

    @override
    async def close(self) -> None:
        await self._api.close()

    def _learn(self, error: Undelivered) -> None:
        if f"code {NO_RIGHT}" in error.detail and self._may_send:
            self._may_send = False
            logger.error("the account may not send messages: only answers in time arrive")

    async def _upload(self, file: SentFile) -> str:
        if not file.is_picture:
            raise Undelivered(Trouble.INVALID, "an official account sends pictures, and no files")
        return await self._api.upload(await open_upload(self._files, file, "media"), "image")

    async def _download_soon(self, url: str) -> bytes:
        """For what is understood already: a slow download does not cost the answer in time."""
        async with timeout(SOON_SECONDS):
            return await self._download(url)

    async def _download(self, url: str) -> bytes:
        if not url.startswith(MEDIA):
            raise Undelivered(Trouble.INVALID, "no media of WeChat's")
        return await self._api.download(url.removeprefix(MEDIA))


def _customer(conversation: str) -> str:
    return conversation.split(":", 2)[2]
