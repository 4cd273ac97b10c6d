"""WeCom customer service as a platform: reading what was pulled, and sending answers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from switchboard.channels.choices import Choices, all_buttons
from switchboard.channels.choices import pressed as find_pressed
from switchboard.channels.pace import Pace
from switchboard.channels.payload import MAX_KNOWN
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_files import open_upload, with_pictures_kept
from switchboard.channels.voice_messages import is_spoken, with_voice_heard
from switchboard.channels.wecom.wecom_api import WRONG_STATE
from switchboard.channels.wecom.wecom_events import (
    MEDIA,
    EventCode,
    SessionChange,
    closing_code,
    entered,
    pressed_item,
    read_failure,
    read_wecom,
    session_change,
    written_by_person,
)
from switchboard.channels.wecom.wecom_messages import REPLY, count_contents, write_calls
from switchboard.channels.wecom.wecom_sessions import UNTREATED, WITH_PEOPLE, WecomSessions
from switchboard.channels.weixin.weixin_api import WeixinApi
from switchboard.channels.weixin.weixin_words import join_answers
from switchboard.clock import epoch_now
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming, Outgoing
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.voice.voice_notes import VoiceNotes

PAUSE = 2.0
"""Seconds for which a chat rests after a refusal for pace that names no time."""


class WecomPlatform(Platform):
    """WeCom customer service. Conversations are `wecom:<open_kfid>:<external_userid>`."""

    def __init__(
        self,
        api: WeixinApi,
        sessions: WecomSessions,
        outbox: Outbox,
        files: FileStore,
        notes: VoiceNotes,
        pace: Pace,
    ) -> None:
        self._api, self._sessions, self._outbox = api, sessions, outbox
        self._files, self._notes, self._pace = files, notes, pace
        self._choices = Choices(outbox, lambda message, _conversation: all_buttons(message))
        self._codes: OrderedDict[str, EventCode] = OrderedDict()

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, event = batch[0].conversation, batch[0].payload
        if await self._handled(conversation, event):
            return None
        message = read_wecom(event)
        if message is None:
            return None
        await self._sessions.look(conversation)
        item = pressed_item(event)
        button = await find_pressed(self._outbox, conversation, item) if item else None
        chosen = button.payload if button else ""
        message = await with_voice_heard(
            self._notes, conversation, batch[0].event_id, message, self._download
        )
        if not chosen and not is_spoken(message):
            chosen = await self._choices.payload(conversation, message.text)
        metadata = dict(message.metadata)
        if metadata.get("attachments"):
            metadata["attachments"] = await with_pictures_kept(
                self._files, conversation, metadata["attachments"], self._download
            )
        return Incoming(chosen or message.text, metadata, bool(chosen) or message.command)

    @override
    def fit(self, answers: Sequence[Outgoing], batch: Sequence[Arrival]) -> list[Outgoing]:
        return join_answers(answers, count=count_contents)

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        return write_calls(delivery)

    @override
    async def send(self, conversation: str, call: Call) -> None:
        body = dict(call.body)
        if call.file is not None:
            upload = await open_upload(self._files, call.file, "media")
            kind = str(body["msgtype"])
            body[kind] = {"media_id": await self._api.upload(upload, kind)}
        await self._pace.turn(conversation)
        try:
            await self._post(conversation, body, call.method == REPLY)
        except Undelivered as error:
            if error.trouble is Trouble.RATE:
                await self._pace.pause(conversation, error.retry_after or PAUSE)
            raise

    @override
    async def show_typing(self, conversation: str) -> None:
        return  # WeCom shows none

    @override
    async def close(self) -> None:
        await self._api.close()

    async def _handled(self, conversation: str, event: Mapping[str, Any]) -> bool:
        """Take note of what is no message; whether that was all."""
        written, change = written_by_person(event), session_change(event)
        failed = read_failure(event, conversation)
        if failed is not None:
            reason = f"taken, and not delivered: fail_type {failed[1]}"
            await asyncio.to_thread(self._outbox.returned, failed[0], reason)
        elif written is not None:
            await self._sessions.answered(conversation, written)
        elif change is SessionChange.TAKEN:
            await self._sessions.taken(conversation)
        elif change is SessionChange.ENDED:
            self._remember(conversation, closing_code(event))
            await self._sessions.ended(conversation)
        else:
            code = entered(event)
            if code is None:
                return False
            self._remember(conversation, code)
            return code.until < epoch_now()  # too late for a welcome, and nothing else may be sent
        return True

    def _remember(self, conversation: str, code: EventCode | None) -> None:
        if code is not None:
            self._codes[conversation] = code
            if len(self._codes) > MAX_KNOWN:
                self._codes.popitem(last=False)

    async def _post(self, conversation: str, body: Mapping[str, Any], may_answer: bool) -> None:
        code = self._codes.pop(conversation, None) if may_answer else None
        if code is not None and code.until > epoch_now():
            try:
                return await self._once(
                    "/cgi-bin/kf/send_msg_on_event", {"code": code.code, **body}
                )
            except Undelivered as error:
                if error.trouble is not Trouble.INVALID:
                    raise
                # The code is good no more: the customer may have written meanwhile.
        _, account, customer = conversation.split(":", 2)
        whole = {"touser": customer, "open_kfid": account, **body}
        try:
            await self._once("/cgi-bin/kf/send_msg", whole)
        except Undelivered as error:
            if f"code {WRONG_STATE}" not in error.detail:
                raise
            await self._take_back(conversation)
            await self._once("/cgi-bin/kf/send_msg", whole)

    async def _once(self, path: str, body: Mapping[str, Any]) -> None:
        """Send a message whose `msgid` may have arrived before: then it is delivered."""
        try:
            await self._api.call(path, body)
        except Undelivered as error:
            # The documentation says that a known msgid is refused, and not by which code.
            if error.trouble is Trouble.INVALID and "msgid" in error.said:
                return
            raise

    async def _take_back(self, conversation: str) -> None:
        """Make a session one in which the bot may send.

        Raises:
            Undelivered: a person has it, or it has ended.
        """
        state = await self._sessions.state(conversation)
        if state in WITH_PEOPLE:
            await self._sessions.taken(conversation)
            raise Undelivered(Trouble.INVALID, "a person in WeCom has the session")
        if state != UNTREATED:
            raise Undelivered(Trouble.WINDOW, f"the session is in state {state}")
        await self._sessions.assist(conversation)

    async def _download(self, url: str) -> bytes:
        if not url.startswith(MEDIA):
            raise Undelivered(Trouble.INVALID, "no media of WeCom's")
        return await self._api.download(url.removeprefix(MEDIA))
