"""Groups: the bot says once in a while that it answers in private, and nothing else.

Everybody in a group reads along, and one member could go on where another proved who they are.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switchboard.channels.payload import inner, is_whole, read_person, string
from switchboard.channels.platform import Undelivered
from switchboard.channels.telegram.bot_api import MAX_ID, TelegramApi
from switchboard.channels.telegram.telegram_updates import (
    COMMANDS,
    is_borrowed,
    message_of,
    said_by,
)
from switchboard.clock import epoch_now
from switchboard.mailroom.message import Outgoing
from switchboard.mailroom.outbox import Outbox
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import ENGLISH, SPOKEN, read_language

GROUPS = ("group", "supergroup")
QUIET_SECONDS = 600.0
"""Between two notices in one group."""
_MENTION = re.compile(r"(?<!\w)@\w")
_COMMANDS = {f"/{name}" for name in (*COMMANDS, "language")}


@dataclass(frozen=True)
class Bot:
    """Our bot on Telegram; `username` without the @."""

    id: int
    username: str


def is_in_group(update: Mapping[str, Any]) -> bool:
    """Whether an update comes from a group."""
    return inner(message_of(update), "chat").get("type") in GROUPS


def group_of(update: Mapping[str, Any]) -> str:
    """The conversation with a group that may have addressed a bot; empty for what is nothing to us.

    Whose name a message holds is not known here, so a friend's name passes; nobody's chatter does.
    """
    message = message_of(update)
    chat_id = inner(message, "chat").get("id")
    by_person = is_whole(said_by(update).get("id"), 1, MAX_ID) and not said_by(update).get("is_bot")
    if not is_in_group(update) or not is_whole(chat_id, -MAX_ID, -1) or not by_person:
        return ""
    pressed = bool(inner(update, "callback_query"))
    own = not is_borrowed(message) and "sender_chat" not in message
    new = bool(inner(update, "message")) and own
    return f"telegram:{chat_id}" if pressed or (new and _may_address(message)) else ""


def is_addressed(update: Mapping[str, Any], bot: Bot | None) -> bool:
    """Whether a group's message is for our bot: by name, as a reply, a command or a button.

    Without the `bot`, only what needs no name.
    """
    if inner(update, "callback_query"):
        return True
    message = message_of(update)
    words = _words(message)
    command, _, named = words.partition(" ")[0].lower().partition("@")
    if command in _COMMANDS and not named:
        return True
    if bot is None:
        return False
    replied = inner(message, "reply_to_message", "from").get("id") == bot.id
    commanded = command.startswith("/") and named == bot.username.lower()
    mention = rf"(?<!\w)@{re.escape(bot.username)}(?!\w)"
    return replied or commanded or re.search(mention, words, re.IGNORECASE) is not None


def _may_address(message: Mapping[str, Any]) -> bool:
    words = _words(message)
    replied = inner(message, "reply_to_message", "from").get("is_bot") is True
    return replied or words.startswith("/") or _MENTION.search(words) is not None


def _words(message: Mapping[str, Any]) -> str:
    return string(message.get("text")) or string(message.get("caption"))


class GroupNotice:
    """Tells a group that addressed the bot where it answers."""

    def __init__(self, api: TelegramApi, outbox: Outbox, phrasebook: Phrasebook) -> None:
        self._api, self._outbox, self._phrasebook = api, outbox, phrasebook
        self._bot: Bot | None = None

    async def answer(self, conversation: str, update: Mapping[str, Any]) -> None:
        """Post the notice, unless the group was told a short time ago."""
        bot = await self._know_bot()
        if is_addressed(update, bot):
            await asyncio.to_thread(self._post, conversation, self._write(update, bot))

    def _post(self, conversation: str, notice: Outgoing) -> None:
        last = self._outbox.next(conversation)
        if last is None:
            last = next(iter(self._outbox.delivered(conversation, 1)), None)
        if last is None or epoch_now() - last.created_at >= QUIET_SECONDS:
            with self._outbox.engine.begin() as db:
                self._outbox.add(db, conversation, [notice])

    def _write(self, update: Mapping[str, Any], bot: Bot | None) -> Outgoing:
        message = message_of(update)
        speech = self._phrasebook.speak(_language(update))
        notice: dict[str, Any] = {"text": speech.word("channels", "in_private")}
        if is_whole(message.get("message_id"), 1, MAX_ID):
            answered = {"message_id": message["message_id"], "allow_sending_without_reply": True}
            notice["reply_parameters"] = answered
        if bot is not None:
            link = f"https://t.me/{bot.username}?start=group"
            button = {"text": speech.word("channels", "write_privately"), "url": link}
            notice["reply_markup"] = {"inline_keyboard": [[button]]}
        return Outgoing(custom=notice)

    async def _know_bot(self) -> Bot | None:
        """Our bot; None while Telegram does not tell, and then nobody is apologised to for it."""
        if self._bot is None:
            try:
                me = await self._api.call("getMe", {}, seconds=5)
            except Undelivered:
                return None
            told = me if isinstance(me, Mapping) else {}
            name = string(told.get("username"))
            if is_whole(told.get("id"), 1, MAX_ID) and re.fullmatch(r"\w{1,32}", name, re.ASCII):
                self._bot = Bot(told["id"], name)
        return self._bot


def _language(update: Mapping[str, Any]) -> str:
    app = read_person(None, said_by(update).get("language_code")).get("locale", ENGLISH)
    written = read_language(re.sub(r"[@/]\w+", "", _words(message_of(update))))
    pressed = bool(inner(update, "callback_query"))
    return written if written in SPOKEN and not pressed else app
