"""What X tells of the account's own messages: one that it tells of has arrived.

An outgoing message carries nothing of ours that would come back, so it is known by its words. Where
these could be another message's, nothing is concluded: at worst it is sent twice, never not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.payload import inner
from switchboard.channels.x.x_deliveries import messages, recipient_of, sender_of, sent_at
from switchboard.channels.x.x_events import text_of
from switchboard.channels.x.x_messages import text_in, write_calls
from switchboard.mailroom.outbox import Outbox, PartReceipt

SKEW_MS = 2000
"""By which X's clock and ours may differ."""
_MOST = 20


class XEchoes:
    """Finds which delivery each of the account's own messages is. Raises SQLAlchemy's errors."""

    def __init__(self, outbox: Outbox, account: str, quick_replies: bool) -> None:
        self._outbox, self._account, self._quick_replies = outbox, account, quick_replies

    def receipts(self, body: Mapping[str, Any]) -> list[PartReceipt]:
        """What a delivery of X confirms."""
        own = [e for e in messages(body, self._account) if sender_of(e) == self._account]
        found = (self._receipt(event) for event in own[:_MOST])
        return [receipt for receipt in found if receipt is not None]

    def _receipt(self, event: Mapping[str, Any]) -> PartReceipt | None:
        customer, said = recipient_of(event), _plain(text_of(event))
        conversation = f"x:{self._account}:{customer}"
        delivery = self._outbox.next(conversation) if customer and said else None
        if delivery is None or sent_at(event) < delivery.created_at * 1000 - SKEW_MS:
            return None
        before = self._outbox.latest(conversation)
        sent = write_calls(before, self._quick_replies) if before else []
        if said in {_plain(text_in(call)) for call in sent}:
            return None
        options = bool(inner(event, "message_create", "message_data").get("quick_reply"))
        calls = write_calls(delivery, self._quick_replies)
        texts = [
            _plain(text_in(call.instead if call.instead and not options else call))
            for call in calls
        ]
        if texts.count(said) != 1:
            return None
        return PartReceipt(conversation, delivery.id, texts.index(said) + 1)


def _plain(text: str) -> str:
    return " ".join(text.split())
