"""When a channel tries again: a failed turn of the assistant, a delivery that was not taken."""

from __future__ import annotations

from switchboard.channels.platform import FINAL, Trouble, Undelivered
from switchboard.mailroom.message import AGENT
from switchboard.mailroom.outbox import FAILED, REFUSED, Delivery

TURN_TRIES = 3
TURN_SECONDS = 2.0
"""The delay before the second try of a turn; before the third, twice as long."""
DELIVERY_TRIES = 14
"""With delays that double up to ten minutes: about 47 minutes in all."""
MAX_DELIVERY_SECONDS = 600.0


def turn_delay(attempts: int) -> float | None:
    """Seconds until a turn is tried again after so many attempts; None when it is given up."""
    return None if attempts >= TURN_TRIES else TURN_SECONDS * attempts


def delivery_delay(delivery: Delivery, error: Undelivered) -> float | str:
    """Seconds until a delivery is tried again, or the state in which it ends.

    An agent's message that may have arrived is never repeated by itself: a person can check and
    decide. The platform's own `retry_after` wins over the doubling delay.
    """
    if error.trouble in FINAL:
        return REFUSED
    by_agent = delivery.message.author == AGENT
    if (error.trouble is Trouble.UNSURE and by_agent) or delivery.attempts + 1 >= DELIVERY_TRIES:
        return FAILED
    return error.retry_after or min(2.0**delivery.attempts, MAX_DELIVERY_SECONDS)
