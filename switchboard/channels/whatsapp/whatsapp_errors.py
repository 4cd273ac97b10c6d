"""What the Cloud API's error codes mean for a message, in one table.

After developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes; the
codes come in answers to calls and in the statuses of messages that were taken before.
"""

from __future__ import annotations

from switchboard.channels.facebook.graph_api import read_error
from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import ACCESS_SECONDS, PlatformReply, retry_after

PAIR_SECONDS = 6.0
"""One message to the same customer goes in six seconds, once a burst of 45 is used up."""
SPAM_SECONDS = 600.0
"""Too many customers blocked or reported the number: it is left in peace for a while."""
_PAIR, _SPAM = 131056, 131048

TROUBLES: dict[int, Trouble] = {
    **dict.fromkeys(
        [
            0,  # the app's user could not be authenticated
            3,  # capability or permission
            10,  # permission not granted, or removed
            33,  # the business phone number was deleted
            190,  # the token has expired
            *range(200, 300),  # permission
            368,  # restricted for violating a policy
            131005,  # access denied
            131030,  # a test number may write to listed recipients only
            131031,  # the account is locked
            131037,  # the number's display name is not approved
            131042,  # the account's payment
            131045,  # the number's certificate or registration
            133000,  # its registration was taken back in part
            133005,  # its two-step PIN
            133006,  # its verification
            133010,  # it is not registered
        ],
        Trouble.ACCESS,
    ),
    **dict.fromkeys(
        [
            *(4, 17, 32, 613),  # calls of the app, as everywhere in the Graph API
            *range(80000, 80015),  # 80007: calls for the business account
            130429,  # messages a second of the number
            _SPAM,
            _PAIR,
            133016,  # registrations of the number
        ],
        Trouble.RATE,
    ),
    **dict.fromkeys(
        [
            *(-1, 1, 2),  # unknown; the service
            131000,  # something went wrong
            131016,  # the service is overloaded
            131057,  # the account is being worked on, for instance for more messages a second
            133004,  # the server is away
        ],
        Trouble.DOWN,
    ),
    **dict.fromkeys(
        [
            130472,  # the customer is part of an experiment
            131026,  # no WhatsApp at that number, an old app, terms not accepted, or blocked
            131049,  # Meta held it back for the customer's sake
            131050,  # the customer wants no marketing of ours
        ],
        Trouble.BLOCKED,
    ),
    131047: Trouble.WINDOW,  # more than 24 hours since the customer wrote
}
"""What is not listed is invalid: it is refused each time (100, 130497, 131008, 131009, 131021,
131051 to 131053, 131062, all of 132000 to 132069 about templates, 135000)."""


def read_whatsapp_refusal(reply: PlatformReply) -> Undelivered | None:
    """The error of a reply, by its code; None if the call was accepted."""
    error = read_error(reply)
    if error is None:
        return None
    detail = f"HTTP {reply.status}, code {error.code}"
    trouble = TROUBLES.get(error.code) if error.code is not None else None
    if trouble is None and reply.status == 429:
        trouble = Trouble.RATE
    elif trouble is None and reply.status in (401, 403) and error.code is None:
        trouble = Trouble.ACCESS
    elif trouble is None and (reply.status >= 500 or error.transient):
        trouble = Trouble.DOWN
    return _undelivered(trouble or Trouble.INVALID, error.code, detail, retry_after(reply))


def read_failure(code: int | None) -> Undelivered:
    """The error of a message's status `failed`."""
    trouble = TROUBLES.get(code, Trouble.INVALID) if code is not None else Trouble.INVALID
    return _undelivered(trouble, code, f"told later, code {code}", 0.0)


def _undelivered(trouble: Trouble, code: int | None, detail: str, asked: float) -> Undelivered:
    if trouble is Trouble.ACCESS:
        return Undelivered(trouble, detail, ACCESS_SECONDS)
    if trouble not in (Trouble.RATE, Trouble.DOWN):
        return Undelivered(trouble, detail)
    least = {_PAIR: PAIR_SECONDS, _SPAM: SPAM_SECONDS}.get(code or 0, 0.0)
    return Undelivered(trouble, detail, max(asked, least))
