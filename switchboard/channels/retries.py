"""When a channel tries again: a failed turn of the assistant, a delivery that was not taken."""

from __future__ import annotations

from switchboard.channels.platform import FINAL, Trouble, Undelivered
from switchboard.mailroom.due import MAX_WAIT
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import AGENT
from switchboard.mailroom.outbox import FAILED, REFUSED, Delivery

TURN_TRIES = 3
TURN_SECONDS = 2.0
"""The delay before the second try of a turn; before the third, twice as long."""
CRASHES = 5
"""A message at whose turn the process ended so often is not tried once more."""
AWAY_SECONDS = 0.5
"""The first delay of a turn for which a part of ours was away; it doubles."""
MAX_AWAY_SECONDS = 15.0
KEPT_TRYING = 2 * 3600.0
"""Seconds since it came, or was written, for which a message is tried again."""
DELIVERY_SECONDS = 1.0
"""The delay before the second try of a delivery; it doubles up to ten minutes."""
MAX_DELIVERY_SECONDS, MAX_ASKED_SECONDS = 600.0, 30.0
"""The most that it becomes, and the most where the platform names a delay of its own."""
WORD_SECONDS = 20.0
"""A platform that confirms what it delivered has these to do so, after a call without an answer
and after a process that ended, perhaps during one: a platform that is overloaded takes the call
late, and one that reached nobody comes again with what it has to tell, but not at once."""
CALLED_SECONDS = 16.0
"""A platform that gets no answer to its own call has called for the last time so long after the
answer was written: WeChat waits three times, for five seconds each."""


def turn_delay(arrival: Arrival) -> float | None:
    """Seconds until a turn that failed is tried again; None when it is given up."""
    return None if arrival.failures >= TURN_TRIES else TURN_SECONDS * arrival.failures


def away_delay(arrival: Arrival, now: float) -> float | None:
    """Seconds until a turn is tried again for which a part of ours was away; None when it is given
    up: its customer was told to wait, and has waited for two hours."""
    if now - arrival.received_at > KEPT_TRYING:
        return None
    return min(AWAY_SECONDS * 2.0 ** min(arrival.away, 10), MAX_AWAY_SECONDS)


def delivery_delay(
    delivery: Delivery, error: Undelivered, now: float, confirms: bool = False
) -> float | str:
    """Seconds until a delivery is tried again, or the state in which it ends.

    An agent's message that may have arrived is never repeated by itself: a person can check and
    decide. A platform that names a delay is asked no sooner, and again and again for the two hours
    for which a message is tried.
    """
    if error.trouble in FINAL:
        return REFUSED
    if error.trouble is Trouble.UNSURE and delivery.message.author == AGENT:
        return FAILED
    if now - delivery.created_at > KEPT_TRYING:
        return FAILED
    most = MAX_ASKED_SECONDS if error.retry_after else MAX_DELIVERY_SECONDS
    doubled = min(DELIVERY_SECONDS * 2.0 ** min(delivery.attempts, 10), most)
    least = WORD_SECONDS if confirms and error.trouble is Trouble.UNSURE else 0.0
    return min(max(error.retry_after, doubled, least), MAX_WAIT)
