"""What a turn came to: whether the customer got what the bot had for them, or was left with less.

Decided once, when the turn is stored, from the names of the replies and from whether a form goes
on; the overview counts what was solved by it.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum


class Result(str, Enum):
    """What a turn came to; the value is what the database holds."""

    ANSWERED = "answered"
    """The bot told or did something, and waits for nothing."""
    ASKING = "asking"
    """The bot waits for the customer: in a form, or because it did not understand."""
    STOPPED = "stopped"
    """The customer broke off what was begun."""
    FAILED = "failed"
    """The bot said that it could not."""
    SILENT = ""
    """The bot said nothing: a person has the conversation. Turns from before migration 0007 have
    this too."""


COULD_NOT = frozenset(
    """say_action_server_down say_error say_order_system_down say_order_system_uncertain
    say_identity_locked say_identity_wait say_code_too_often say_code_unreachable say_handoff_failed
    say_customer_wrong say_language_unknown say_message_too_long say_open_unknown
    say_open_unknown_again""".split()
)
"""Replies by which the bot owns that it could not."""
BROKEN_OFF = frozenset({"utter_stopped", "say_left_as_is", "say_start_over"})
"""Replies to a customer who wants no more of it."""
ASKS_BACK = frozenset(
    """say_what_about say_what_about_order say_did_you_mean say_which_order say_open_ask
    say_open_near say_list_orders_number_needed say_one_order_at_a_time""".split()
)
"""Replies outside of forms that wait for the customer."""


def result_of(replies: Collection[str], in_form: bool) -> Result:
    """The result of a turn by the names of its replies; `in_form`: a form goes on after it."""
    said = set(replies)
    if said & COULD_NOT:
        return Result.FAILED
    if in_form or said & ASKS_BACK:
        return Result.ASKING
    if said & BROKEN_OFF:
        return Result.STOPPED
    return Result.ANSWERED if said else Result.SILENT
