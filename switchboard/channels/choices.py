"""Resolves a customer's choice: by button, by title, or by number in a list."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from switchboard.mailroom.message import Button, Outgoing
from switchboard.mailroom.outbox import Outbox

_NUMBER = re.compile(r"\s*[#(]?(\d{1,2})[.)、]?\s*", re.ASCII)
_MAX_TITLE = 60
_REFERENCE = re.compile(r"(\d{1,15}):(\d{1,3})", re.ASCII)


class Choices:
    """The choices last offered to a customer as a numbered list."""

    def __init__(
        self, outbox: Outbox, numbered: Callable[[Outgoing, str], Sequence[Button]]
    ) -> None:
        self._outbox, self._numbered = outbox, numbered

    async def payload(self, conversation: str, text: str) -> str:
        """The payload of the choice that a message names; empty if it names none.

        Titles match too, since people type what they see: "5", "no, thanks".
        """
        if len(text) > _MAX_TITLE:
            return ""
        latest = await asyncio.to_thread(self._outbox.latest, conversation)
        said = text.strip().casefold()
        for button in all_buttons(latest.message) if latest else ():
            if button.title.casefold() == said and not button.url:
                return button.payload
        match = _NUMBER.fullmatch(text[:10])
        if match is None:
            return ""
        offered = self._numbered(latest.message, conversation) if latest else ()
        number = int(match[1])
        return offered[number - 1].payload if 1 <= number <= len(offered) else ""


def all_buttons(message: Outgoing) -> list[Button]:
    """The buttons of a message, in the order in which all channels number them."""
    return [*message.buttons, *(button for card in message.cards for button in card.buttons)]


async def pressed(outbox: Outbox, conversation: str, reference: str) -> Button | None:
    """The button `<delivery>:<number>` of a conversation; None if it was never shown there.

    Payloads stay here, since what an app or a page sends back could be anything.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    delivery = await asyncio.to_thread(outbox.get, int(match[1]), conversation)
    buttons = all_buttons(delivery.message) if delivery else []
    number = int(match[2])
    return buttons[number] if number < len(buttons) else None
