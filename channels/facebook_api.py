"""Messenger as a platform: events read, the Graph API asked, its refusals told apart."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from channels.choices import Choices
from channels.facebook_events import read_event, written_in_page_inbox
from channels.facebook_format import choices, write_calls
from channels.http import Pace, PlatformClient, Reply, retry_after
from channels.page_inbox import PageInbox
from channels.people import MAX_KNOWN, read_person
from channels.platform import Call, Trouble, Undelivered
from switchboard.messaging.inbox import Arrival
from switchboard.messaging.message import Incoming
from switchboard.messaging.outbox import Delivery, Outbox
from switchboard.settings import FacebookSettings

PER_SECOND, PER_CHAT = 40.0, 4.0
_RATE = {4, 17, 32, 613, 80006, 80007}
_ACCESS = {3, 10, 190, 200, 210, 230, 270}
_BLOCKED = {1545041}
_OUTSIDE = {2018278, 2534022}


class FacebookPlatform:
    """See `Platform`. Conversations are `facebook:<page>:<customer>`, or `instagram:…`."""

    def __init__(
        self,
        settings: FacebookSettings,
        page_tokens: Mapping[str, str],
        secret: str,
        page_inbox: PageInbox,
        outbox: Outbox,
        ask_names: bool,
    ) -> None:
        self._root = f"{settings.graph_base}/{settings.graph_version}"
        self._tokens, self._secret = page_tokens, secret
        self._page_inbox, self._ask_names = page_inbox, ask_names
        self._choices = Choices(outbox, lambda m, c: choices(m, c.startswith("instagram:")))
        self._client, self._pace = PlatformClient(), Pace(PER_SECOND, PER_CHAT)
        self._people: OrderedDict[str, dict[str, str]] = OrderedDict()

    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        """See `Platform`."""
        conversation, event = batch[0].conversation, batch[0].payload
        answered = written_in_page_inbox(event)
        if answered is not None:
            await self._page_inbox.answered(conversation, answered)
            return None
        message = read_event(event)
        if message is None:
            return None
        await self._page_inbox.give_back(conversation)
        chosen = await self._choices.payload(conversation, message.text)
        person = await self._person(conversation) if self._ask_names else {}
        return Incoming(chosen or message.text, {**message.metadata, **person})

    def calls(self, delivery: Delivery) -> Sequence[Call]:
        """See `Platform`."""
        place, _, customer = delivery.conversation.split(":", 2)
        return write_calls(delivery.message, customer, place == "instagram")

    async def send(self, conversation: str, call: Call) -> None:
        """See `Platform`."""
        await self._pace.turn(conversation)
        reply = await self._ask("POST", conversation, f"me/{call.method}", call.body)
        refused = read_refusal(reply)
        if refused is None:
            return
        if refused.trouble is Trouble.RATE:
            self._pace.pause(conversation, refused.retry_after)
        raise refused

    async def show_typing(self, conversation: str) -> None:
        """See `Platform`."""
        customer = conversation.split(":", 2)[2]
        body = {"recipient": {"id": customer}, "sender_action": "typing_on"}
        try:
            await self._ask("POST", conversation, "me/messages", body, seconds=3)
        except Undelivered:
            return

    async def close(self) -> None:
        """See `Platform`."""
        await self._client.close()

    async def _person(self, conversation: str) -> dict[str, str]:
        if conversation not in self._people:
            customer = conversation.split(":", 2)[2]
            try:
                reply = await self._ask(
                    "GET", conversation, customer, params={"fields": "first_name,locale"}, seconds=2
                )
            except Undelivered:
                return {}
            name, locale = reply.data.get("first_name"), reply.data.get("locale")
            self._people[conversation] = read_person(name, locale)
            if len(self._people) > MAX_KNOWN:
                self._people.popitem(last=False)
        return self._people[conversation]

    async def _ask(
        self,
        method: str,
        conversation: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Reply:
        page = conversation.split(":", 2)[1]
        token = self._tokens.get(page) or self._tokens.get("")
        if not token:
            raise Undelivered(Trouble.ACCESS, f"no token for page {page}")
        proof = hmac.new(self._secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return await self._client.request(
            method,
            f"{self._root}/{path}",
            body,
            # In a header, so that it stands in no log of addresses.
            {"Authorization": f"Bearer {token}"},
            {"appsecret_proof": proof, **(params or {})},
            seconds,
        )


def read_refusal(reply: Reply) -> Undelivered | None:
    """What kind of error the Graph API told, by its code and subcode; None when it took it."""
    raw = reply.data.get("error")
    error: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    if reply.status < 400 and not error:
        return None
    code, subcode = error.get("code"), error.get("error_subcode")
    detail = f"HTTP {reply.status}, code {code}, subcode {subcode}"
    if reply.status == 429 or code in _RATE:
        return Undelivered(Trouble.RATE, detail, retry_after(reply) or 5.0)
    if code == 551 or subcode in _BLOCKED:
        return Undelivered(Trouble.BLOCKED, detail)
    if subcode in _OUTSIDE:
        return Undelivered(Trouble.WINDOW, detail)
    if code in _ACCESS or reply.status in (401, 403):
        return Undelivered(Trouble.ACCESS, detail, 60.0)
    if reply.status >= 500 or code in (1, 2) or error.get("is_transient"):
        return Undelivered(Trouble.DOWN, detail, retry_after(reply))
    return Undelivered(Trouble.INVALID, detail)
