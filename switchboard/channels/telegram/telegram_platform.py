"""Telegram as a platform: reading updates, calling the Bot API, its errors."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from switchboard.channels.choices import Choices
from switchboard.channels.choices import pressed as find_pressed
from switchboard.channels.payload import MAX_KNOWN, inner
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_client import (
    Pace,
    PlatformClient,
    PlatformReply,
    Upload,
    retry_after,
)
from switchboard.channels.platform_files import open_upload, with_pictures_kept
from switchboard.channels.telegram.telegram_messages import write_calls
from switchboard.channels.telegram.telegram_updates import (
    FILE,
    Bot,
    is_blocking,
    message_of,
    needs_bot,
    read_sender,
    read_updates,
)
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import Delivery, Outbox

PER_SECOND, PER_CHAT = 28.0, 1.5
"""Telegram's limits are 30 a second overall and about one a second per chat, with short bursts."""
MAX_PICTURE = 5_000_000
_BLOCKED = ("blocked by the user", "user is deactivated", "bot was kicked", "can't initiate")


class TelegramApi:
    """A client of the Bot API. The token is in every URL, but in no message or log."""

    def __init__(self, base: str, token: str) -> None:
        self._base, self._token = base, token
        self._client = PlatformClient()

    async def call(
        self,
        method: str,
        body: Mapping[str, Any],
        seconds: float = 20.0,
        upload: Upload | None = None,
    ) -> Any:
        """The `result` of a method.

        Raises:
            Undelivered: it was refused, or not answered.
        """
        url = f"{self._base}/bot{self._token}/{method}"
        reply = await self._client.request("POST", url, body, seconds=seconds, upload=upload)
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        return reply.data.get("result")

    async def download(self, file_id: str) -> bytes:
        """Download a file that a customer sent.

        Raises:
            Undelivered: it could not be fetched, or is larger than `MAX_PICTURE`.
        """
        file = await self.call("getFile", {"file_id": file_id}, seconds=5)
        path = file.get("file_path") if isinstance(file, Mapping) else None
        if not isinstance(path, str) or ".." in path:
            raise Undelivered(Trouble.INVALID, "no path")
        url = f"{self._base}/file/bot{self._token}/{path}"
        return await self._client.download(url, MAX_PICTURE, seconds=10)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class TelegramPlatform(Platform):
    """The Bot API. Conversations are `telegram:<chat>`, in groups `telegram:<chat>:<person>`."""

    def __init__(self, api: TelegramApi, outbox: Outbox, use_names: bool, files: FileStore) -> None:
        self._api, self._outbox, self._files = api, outbox, files
        self._use_names = use_names
        self._pace = Pace(PER_SECOND, PER_CHAT)
        self._choices = Choices(outbox, lambda _message, _conversation: ())
        self._bot: Bot | None = None
        self._asked: OrderedDict[str, int] = OrderedDict()  # in groups: the message to reply to
        self._tasks: set[asyncio.Task[None]] = set()

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, update = batch[0].conversation, batch[0].payload
        if inner(update, "my_chat_member"):
            if is_blocking(update):
                await asyncio.to_thread(self._outbox.refuse_all, conversation, "blocked")
            return None
        if inner(update, "callback_query"):
            return await self._pressed(conversation, update)
        bot = await self._know_bot() if needs_bot(update) else None
        message = read_updates([arrival.payload for arrival in batch], bot)
        if message is None:
            return None
        number = message_of(update).get("message_id")
        if bot is not None and isinstance(number, int):
            self._asked[conversation] = number
            if len(self._asked) > MAX_KNOWN:
                self._asked.popitem(last=False)
        chosen = await self._choices.payload(conversation, message.text)
        metadata = {**message.metadata, **self._person(update)}
        if metadata.get("attachments"):
            metadata["attachments"] = await with_pictures_kept(
                self._files, conversation, metadata["attachments"], self._download
            )
        return Incoming(chosen or message.text, metadata, bool(chosen) or message.command)

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        return write_calls(delivery, self._asked.get(delivery.conversation))

    @override
    async def send(self, conversation: str, call: Call) -> None:
        chat = conversation.split(":")[1]
        upload = None
        if call.file is not None:
            field = "photo" if call.method == "sendPhoto" else "document"
            upload = await open_upload(self._files, call.file, field)
        await self._pace.turn(chat)
        try:
            await self._api.call(call.method, call.body, upload=upload)
        except Undelivered as error:
            if error.trouble is Trouble.RATE:
                self._pace.pause(chat, error.retry_after)
            raise

    @override
    async def show_typing(self, conversation: str) -> None:
        await self._quietly(
            "sendChatAction",
            {
                "chat_id": int(conversation.split(":")[1]),
                "action": "typing",
            },
        )

    @override
    async def close(self) -> None:
        await self._api.close()

    async def _pressed(self, conversation: str, update: Mapping[str, Any]) -> Incoming | None:
        """The message of a pressed button; None for one that is too old or not ours."""
        pressed = inner(update, "callback_query")
        task = asyncio.create_task(
            self._quietly("answerCallbackQuery", {"callback_query_id": str(pressed.get("id"))})
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        button = await find_pressed(self._outbox, conversation, str(pressed.get("data")))
        return Incoming(button.payload, self._person(update), command=True) if button else None

    async def _download(self, url: str) -> bytes:
        return await self._api.download(url.removeprefix(FILE))

    def _person(self, update: Mapping[str, Any]) -> dict[str, str]:
        person = read_sender(update)
        return person if self._use_names else {k: v for k, v in person.items() if k != "name"}

    async def _know_bot(self) -> Bot:
        if self._bot is None:
            me = await self._api.call("getMe", {}, seconds=5)
            self._bot = Bot(int(me["id"]), str(me["username"]))
        return self._bot

    async def _quietly(self, method: str, body: Mapping[str, Any]) -> None:
        try:
            await self._api.call(method, body, seconds=3)
        except Undelivered:
            return


def read_refusal(reply: PlatformReply) -> Undelivered | None:
    """The error of a reply, by its code and description; None if the call was accepted."""
    if reply.status < 400 and reply.data.get("ok") is True:
        return None
    description = str(reply.data.get("description") or "").lower()
    detail = f"HTTP {reply.status}"
    if reply.status == 429:
        parameters = reply.data.get("parameters")
        wait = parameters.get("retry_after") if isinstance(parameters, Mapping) else None
        seconds = float(wait) if isinstance(wait, int | float) else retry_after(reply)
        return Undelivered(Trouble.RATE, detail, seconds or 5.0)
    if reply.status == 403 or any(words in description for words in _BLOCKED):
        return Undelivered(Trouble.BLOCKED, detail)
    if reply.status in (401, 404):  # a wrong token gives 404
        return Undelivered(Trouble.ACCESS, detail, 60.0)
    if 400 <= reply.status < 500:
        return Undelivered(Trouble.INVALID, detail)
    return Undelivered(Trouble.DOWN, detail, retry_after(reply))
