"""Whether what was queued by itself may still leave: asked right before it is sent, since a
platform that is away, or a night, may lie between."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.outreach.consents import may_tell
from switchboard.outreach.due_messages import SAID, find_due, say_again

CLOSES, QUIET = "closes", "quiet"
"""Of a message's facts: until when it may leave, for the platform's window and for the night."""


class SendingRights:
    """Asked by the lanes of all channels."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def refusal(self, number: int) -> str:
        """Why a message that was planned must not be sent any more; empty if it may.

        What a night overtook is planned anew, for the day.
        """
        now = self._clock()
        with self._engine.begin() as db:
            found = find_due(db, number)
            if found is None or found[1] != SAID:
                return "it is not planned any more"
            due, _ = found
            if not may_tell(db, due.conversation, due.consent_id):
                return "the customer wants no more of it"
            if now >= float(due.facts.get(CLOSES) or now + 1):
                return "outside the window"
            if now >= float(due.facts.get(QUIET) or now + 1):
                say_again(db, due, now)
                return "it is night"
        return ""
