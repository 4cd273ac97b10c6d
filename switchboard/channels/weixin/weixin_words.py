"""Fits messages to WeChat: texts of so many bytes, few messages, choices as a numbered list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from switchboard.channels.choices import all_buttons
from switchboard.channels.layout import number_choices, octets, split_text
from switchboard.mailroom.message import AGENT, Card, Outgoing

MAX_TEXT = 2048
"""Bytes of UTF-8 in a text."""
MOST = 5
"""Messages for each one of the customer's, within 48 hours."""
CUT = "…"


def full_text(message: Outgoing) -> str:
    """A message as text alone: addresses of pictures, cards as lines, choices as a list."""
    lines = [message.text, message.image, *(_line(card) for card in message.cards)]
    text = "\n".join(line for line in lines if line.strip())
    buttons = all_buttons(message)
    return number_choices(text, buttons) if buttons else text


def text_parts(message: Outgoing, most: int = MOST) -> list[str]:
    """A message's text in at most so many parts; what is longer is cut, which shows."""
    parts = split_text(full_text(message), MAX_TEXT, octets)
    if len(parts) <= most:
        return parts
    last = split_text(parts[most - 1], MAX_TEXT - octets(CUT), octets)[0]
    return [*parts[: most - 1], last + CUT]


def count_parts(message: Outgoing) -> int:
    """How many messages a message becomes."""
    return len(text_parts(message)) + bool(message.file) + bool(message.custom)


def join_answers(
    answers: Iterable[Outgoing],
    most: int = MOST,
    count: Callable[[Outgoing], int] = count_parts,
) -> list[Outgoing]:
    """The answers to one message as few messages: a text is joined with what follows it, and if
    they are still too many, also one with choices, whose list then stands within the text."""
    joined: list[Outgoing] = []
    for answer in answers:
        if answer.empty:
            continue
        if joined and _is_plain(joined[-1]) and _is_text(answer):
            joined[-1] = _join(joined[-1], answer)
        else:
            joined.append(answer)
    while len(joined) > 1 and sum(map(count, joined)) > most:
        pair = _last_pair(joined)
        if pair is None:
            break
        joined[pair : pair + 2] = [_join(joined[pair], joined[pair + 1])]
    if len(joined) == 1 and _is_plain(joined[0]) and count(joined[0]) > most:
        joined = [Outgoing("\n\n".join(text_parts(joined[0], most)))]
    return joined


def _last_pair(joined: Sequence[Outgoing]) -> int | None:
    numbers = range(len(joined) - 2, -1, -1)
    return next((n for n in numbers if _is_text(joined[n]) and _is_text(joined[n + 1])), None)


def _join(first: Outgoing, second: Outgoing) -> Outgoing:
    text = "\n\n".join(part for part in (full_text(first), second.text) if part)
    return replace(second, text=text)


def _is_text(message: Outgoing) -> bool:
    return not (message.file or message.custom or message.author == AGENT)


def _is_plain(message: Outgoing) -> bool:
    return _is_text(message) and not all_buttons(message)


def _line(card: Card) -> str:
    return ": ".join(part for part in (card.title, card.subtitle) if part)
