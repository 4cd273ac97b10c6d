"""Messenger as a platform: reading events and sending answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from typing_extensions import override

from switchboard.channels.choices import Choices
from switchboard.channels.facebook.facebook_events import read_events, written_in_page_inbox
from switchboard.channels.facebook.graph_api import GraphApi, read_refusal
from switchboard.channels.facebook.page_inbox import PageInbox
from switchboard.channels.facebook.send_api import choices, write_calls
from switchboard.channels.pace import Pace
from switchboard.channels.payload import MAX_KNOWN, read_person
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_files import open_upload, with_pictures_kept
from switchboard.channels.voice_messages import is_spoken, with_voice_heard
from switchboard.files.file_store import FileStore
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.voice.voice_notes import VoiceNotes

PAUSE = 2.0
"""Seconds for which a chat rests after a refusal for pace that names no time."""


class FacebookPlatform(Platform):
    """Messenger and Instagram. Conversations are `facebook:<page>:<customer>`, or `instagram:…`."""

    confirms = True

    def __init__(
        self,
        graph: GraphApi,
        page_inbox: PageInbox,
        outbox: Outbox,
        ask_names: bool,
        files: FileStore,
        notes: VoiceNotes,
        pace: Pace,
    ) -> None:
        self._graph, self._page_inbox, self._ask_names = graph, page_inbox, ask_names
        self._files, self._notes = files, notes
        self._choices = Choices(outbox, lambda m, c: choices(m, c.startswith("instagram:")))
        self._pace = pace
        self._people: OrderedDict[str, dict[str, str]] = OrderedDict()

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, event = batch[0].conversation, batch[0].payload
        answered = written_in_page_inbox(event)
        if answered is not None:
            await self._page_inbox.answered(conversation, answered)
            return None
        message = read_events([arrival.payload for arrival in batch])
        if message is None:
            return None
        await self._page_inbox.give_back(conversation)
        message = await with_voice_heard(
            self._notes, conversation, batch[0].event_id, message, self._graph.download
        )
        spoken = is_spoken(message)
        chosen = "" if spoken else await self._choices.payload(conversation, message.text)
        person = await self._person(conversation) if self._ask_names else {}
        metadata = {**message.metadata, **person}
        if metadata.get("attachments"):
            metadata["attachments"] = await with_pictures_kept(
                self._files, conversation, metadata["attachments"], self._graph.download
            )
        return Incoming(chosen or message.text, metadata, bool(chosen) or message.command)

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        place, _, customer = delivery.conversation.split(":", 2)
        return write_calls(delivery.message, customer, place == "instagram", delivery.id)

    @override
    async def send(self, conversation: str, call: Call) -> None:
        upload = None
        if call.file is not None:
            upload = await open_upload(self._files, call.file, "filedata")
        await self._pace.turn(conversation)
        reply = await self._graph.ask(
            "POST", _page(conversation), f"me/{call.method}", call.body, upload=upload
        )
        refused = read_refusal(reply)
        if refused is None:
            return
        if refused.trouble is Trouble.RATE:
            await self._pace.pause(conversation, refused.retry_after or PAUSE)
        raise refused

    @override
    async def show_typing(self, conversation: str) -> None:
        customer = conversation.split(":", 2)[2]
        body = {"recipient": {"id": customer}, "sender_action": "typing_on"}
        try:
            await self._graph.ask("POST", _page(conversation), "me/messages", body, seconds=3)
        except Undelivered:
            return

    @override
    async def close(self) -> None:
        await self._graph.close()

    async def _person(self, conversation: str) -> dict[str, str]:
        if conversation not in self._people:
            customer = conversation.split(":", 2)[2]
            try:
                reply = await self._graph.ask(
                    "GET",
                    _page(conversation),
                    customer,
                    params={"fields": "first_name,locale"},
                    seconds=2,
                )
            except Undelivered:
                return {}
            name, locale = reply.data.get("first_name"), reply.data.get("locale")
            self._people[conversation] = read_person(name, locale)
            if len(self._people) > MAX_KNOWN:
                self._people.popitem(last=False)
        return self._people[conversation]


def _page(conversation: str) -> str:
    return conversation.split(":", 2)[1]
