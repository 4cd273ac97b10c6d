"""The assistant behind e-mail: what it says in one turn is one letter."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from switchboard.channels.assistant import Assistant
from switchboard.mailroom.message import Incoming, Outgoing


class MailAssistant(Assistant):
    """As `Assistant`; nobody wants three e-mails for one question."""

    @override
    async def hear(
        self, conversation: str, message: Incoming, message_id: str, again: bool
    ) -> list[Outgoing]:
        return in_one(await super().hear(conversation, message, message_id, again))


def in_one(answers: Sequence[Outgoing]) -> list[Outgoing]:
    """Several answers as one: their texts, then all their choices."""
    said = [answer for answer in answers if not answer.empty]
    if not said:
        return []
    texts = [part for one in said for part in (one.text.strip(), one.image) if part]
    return [
        Outgoing(
            text="\n\n".join(texts),
            buttons=tuple(button for one in said for button in one.buttons),
            cards=tuple(card for one in said for card in one.cards),
        )
    ]
