"""What a log may say of an error: where it was raised and of what kinds, and no value at all.

An error's text often repeats what it was given: a customer's words, an order number, an address.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

_OURS = ("switchboard", "actions")
_FRAMES = 5
"""Frames of ours that are named of one error: the innermost ones."""
_CHAIN = 4
"""Errors of a chain that are named."""


def place_of(error: BaseException) -> str:
    """The types of an error and of its causes, each with where it came through our code.

    One line, without values: `OrderSystemDown at switchboard.orders.http_orders:_send:164 from
    ConnectError at …`. A place is `module:function:line`, outermost first; where no frame is ours,
    the innermost one there is.
    """
    return " from ".join(_told(link) for link in _chain(error))


def _told(error: BaseException) -> str:
    frames = [
        (str(frame.f_globals.get("__name__", "?")), frame.f_code.co_name, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    ours = [frame for frame in frames if frame[0].partition(".")[0] in _OURS]
    shown = ours[-_FRAMES:] or frames[-1:]
    places = " > ".join(f"{module}:{function}:{line}" for module, function, line in shown)
    kind = " ".join(type(error).__name__.split())
    return f"{kind} at {places}" if places else kind


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, as far as a traceback would show it."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen and len(seen) < _CHAIN:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
