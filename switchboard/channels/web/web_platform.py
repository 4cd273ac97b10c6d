"""The web chat as a platform: reading, sending and history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from socketio import AsyncServer
from typing_extensions import override

from switchboard.channels.choices import Choices, pressed
from switchboard.channels.layout import typed
from switchboard.channels.platform import Call, Platform
from switchboard.channels.web.web_messages import write_messages
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.turns import ATTACHMENT_INTENT, CONTINUES, ORIGIN
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.text.language import SPOKEN

TYPING = "bot_typing"
HISTORY_MESSAGES = 60
_PICTURE = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+")
MAX_PICTURE = 2_000_000


class WebPlatform(Platform):
    """The web chat. Conversations are `web:<digest>`; each is a room of the socket server."""

    def __init__(
        self,
        server: Callable[[], AsyncServer],
        namespace: str | None,
        event: str,
        inbox: Inbox,
        outbox: Outbox,
        log: ConversationLog,
    ) -> None:
        self._server, self._namespace, self._event = server, namespace, event
        self._inbox, self._outbox, self._log = inbox, outbox, log
        self._choices = Choices(outbox, lambda _message, _conversation: ())

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        payload = batch[0].payload
        metadata = read_metadata(payload)
        text = str(payload.get("message") or "")
        button = await pressed(self._outbox, batch[0].conversation, text)
        text = button.payload if button else typed(text)
        text = await self._choices.payload(batch[0].conversation, text) or text
        if text:
            return Incoming(text, metadata)
        return Incoming(f"/{ATTACHMENT_INTENT}", metadata) if "attachments" in metadata else None

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        return [Call(self._event, message) for message in write_messages(delivery)]

    @override
    async def send(self, conversation: str, call: Call) -> None:
        """Sends to every open page of the customer; a closed one reads the history later."""
        await self._server().emit(
            call.method, call.body, room=conversation, namespace=self._namespace
        )

    @override
    async def show_typing(self, conversation: str) -> None:
        await self._server().emit(TYPING, {}, room=conversation, namespace=self._namespace)

    @override
    async def close(self) -> None:
        """Nothing to close."""

    def history(self, conversation: str) -> list[dict[str, Any]]:
        """The history, oldest first, in the format of new messages, with their ids."""
        said = [
            (event["timestamp"], _history_entry(event))
            for event in self._log.latest(conversation, "user", HISTORY_MESSAGES)
            if not (event.get("parse_data") or {}).get(CONTINUES)
        ]
        said += [
            (
                waiting.received_at,
                _history_entry({"text": waiting.payload.get("message"), **_metadata(waiting)}),
            )
            for waiting in self._inbox.pending(conversation)
        ]
        for delivery in reversed(self._outbox.delivered(conversation, HISTORY_MESSAGES)):
            said += [(delivery.created_at, message) for message in write_messages(delivery)]
        said.sort(key=lambda entry: entry[0])
        return [message for _, message in said][-HISTORY_MESSAGES:]


def _metadata(waiting: Arrival) -> dict[str, Any]:
    return {"metadata": read_metadata(waiting.payload)}


def _history_entry(event: Mapping[str, Any]) -> dict[str, Any]:
    metadata = event.get("metadata") or {}
    shown = str(metadata.get("title") or event.get("text") or "")
    message = {"id": str(metadata.get("id") or ""), "author": "customer"}
    pictures = [a["url"] for a in metadata.get("attachments") or () if a.get("kind") == "image"]
    if pictures:
        message["image"] = pictures[0]
    return {**message, "text": "" if shown.startswith("/") else shown}


def read_metadata(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The allowed metadata of a page: language, button title, picture."""
    given = payload.get("metadata")
    given = json.loads(json.dumps(given)) if isinstance(given, Mapping) else {}
    metadata: dict[str, Any] = {}
    if given.get("locale") in SPOKEN:
        metadata["locale"] = given["locale"]
    if isinstance(payload.get("id"), str):
        metadata["id"] = payload["id"]
    if isinstance(payload.get("origin"), str) and payload["origin"]:
        metadata[ORIGIN] = payload["origin"]
    title = given.get("title")
    if isinstance(title, str) and title:
        metadata["title"] = title[:200]
    picture = given.get("picture")
    if isinstance(picture, str) and len(picture) <= MAX_PICTURE and _PICTURE.fullmatch(picture):
        mime = picture[5:].partition(";")[0]
        metadata["attachments"] = [{"kind": "image", "url": picture, "mime": mime}]
    return metadata
