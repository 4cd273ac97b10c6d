"""Which conversation a Telegram update belongs to, if it belongs to one at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.payload import inner, is_shallow, is_whole, string
from switchboard.channels.telegram.bot_api import MAX_ID
from switchboard.channels.telegram.telegram_groups import group_of, is_in_group
from switchboard.channels.telegram.telegram_updates import (
    message_of,
    read_updates,
    said_by,
    text_id,
)
from switchboard.mailroom.inbox import Arrival


def update_number(update: Mapping[str, Any]) -> int | None:
    """The `update_id`; None for one that Telegram cannot have sent."""
    number = update.get("update_id")
    return number if is_whole(number, 1, MAX_ID) else None


def read_arrival(update: Mapping[str, Any]) -> Arrival | None:
    """The arrival of an update; None if it needs no answer, or belongs to nobody's conversation."""
    number = update_number(update)
    if number is None or not is_shallow(update):
        return None
    if is_in_group(update):
        group = group_of(update)
        return Arrival(str(number), group, update, order=float(number)) if group else None
    conversation = _private(update)
    turnless = inner(update, "my_chat_member") or inner(update, "callback_query")
    if not conversation or (not turnless and read_updates([update]) is None):
        return None
    album = string(message_of(update).get("media_group_id"))
    event_id = text_id(update, conversation) or str(number)
    return Arrival(event_id, conversation, update, album, order=float(number))


def _private(update: Mapping[str, Any]) -> str:
    """The conversation of a private chat; empty if anybody but its one customer acts there."""
    place = inner(update, "my_chat_member") or message_of(update)
    chat, person = inner(place, "chat"), said_by(update)
    chat_id = chat.get("id")
    own = is_whole(chat_id, 1, MAX_ID) and person.get("id") == chat_id and not person.get("is_bot")
    # A business account's customers write to a person, whom the bot must not answer for.
    others = "business_connection_id" in place or "sender_chat" in place
    return f"telegram:{chat_id}" if own and chat.get("type") == "private" and not others else ""
