"""Which turn is being worked on: made where a message is read, carried to wherever work is done.

The action server gets it by the header `TURN_HEADER`; threads and tasks inherit it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

TURN_HEADER = "X-Switchboard-Turn"
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass
class TurnContext:
    """One turn. `conversation` is for pseudonyms and is never written; `route` is what was decided
    so far, empty before."""

    id: str
    conversation: str
    route: str = ""


_current: ContextVar[TurnContext | None] = ContextVar("switchboard_turn", default=None)


def current_turn() -> TurnContext | None:
    """The turn that this task or thread works on."""
    return _current.get()


def enter_turn(conversation: str, turn_id: str = "") -> TurnContext:
    """From here on, this task works on a turn of the conversation: the one that `turn_id` names, if
    it is an id of ours, else a new one."""
    known = turn_id if _ID.fullmatch(turn_id) else secrets.token_hex(8)
    turn = TurnContext(known, conversation)
    _current.set(turn)
    return turn


@contextmanager
def turn_of(conversation: str) -> Iterator[TurnContext]:
    """A new turn of the conversation; within one of the same conversation, that one."""
    around = _current.get()
    if around is not None and around.conversation == conversation:
        yield around
        return
    token = _current.set(None)
    try:
        yield enter_turn(conversation)
    finally:
        _current.reset(token)


def note_route(conversation: str, route: str) -> None:
    """The route that was decided for the turn, if this task works on one of the conversation."""
    turn = _current.get()
    if turn is not None and turn.conversation == conversation:
        turn.route = route
