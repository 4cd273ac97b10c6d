"""The errors of Switchboard, drawn as a tree.

    SwitchboardError
    ├── ConfigurationError      a setting, a data file or an address cannot be used as it stands
    ├── StartFailure            a server of ours could not be started
    ├── OrderSystemError        the order system could not answer
    │   ├── OrderSystemDown     unreachable, timed out, or refused with a server error
    │   └── OrderSystemWrong    it answered, but not by the contract
    ├── ModelError              the language model could not answer
    │   ├── CeilingReached      the day's spending does not allow another call
    │   ├── ModelDown           unreachable, timed out, rate-limited or a server error
    │   └── ModelWrong          it answered with nothing usable
    │       └── NotEntailed     a judge did not find a sentence in the statements
    ├── TicketError             a ticket could not be written or read
    ├── HumanDeskError          another desk could not be told, or refused
    ├── NotifyError             nobody could be told that a ticket waits
    ├── StaffError              somebody cannot be taken on or changed as asked
    │   ├── TooManyTries        the next try to sign in has to wait
    │   └── OpenIdError         the OpenID provider let nobody in
    │       ├── OpenIdDown      it is unreachable, too slow, or failed
    │       └── OpenIdRefused   what it said is not to be believed, or it refused
    ├── MailUnsure              a mail server may have taken a message, or not
    ├── InboxFull               too many messages wait; the delivery was not kept
    ├── LeaseLost               another process works on the conversation by now
    ├── PartAway                a part of ours is away: the turn is done when it is back
    ├── PartFailed              a part of ours failed, or was too slow, in a turn
    ├── NewsRefused             what the order system told by itself is not by its contract
    ├── MacroRefused            a canned text cannot be kept as it was written
    ├── DemoRefused             the demo may not or cannot run here
    ├── FileRefused             a file is too large, of a kind that is not kept, or one too many
    ├── BackupRefused           a backup cannot be made or restored as asked
    ├── AssistantNotReady       Rasa has no model (yet)
    ├── CallbackRefused         a call is not WeChat's (`channels/weixin/weixin_callback.py`)
    ├── CallbackUnread          a call of WeChat's holds no message
    └── Undelivered             a platform did not take a call (`switchboard/channels/platform.py`)

Ordinary outcomes (not found, too late to cancel, wrong e-mail) are values, not errors.
`TurnAbandoned` stands beside the tree, since it has to pass Rasa.
"""

from __future__ import annotations

import math


class SwitchboardError(Exception):
    """Anything that Switchboard itself raises."""


class ConfigurationError(SwitchboardError):
    """A setting, a data file or an address cannot be used as it stands."""


class StartFailure(SwitchboardError):
    """A server could not be started; the message is for the user."""


class OrderSystemError(SwitchboardError):
    """The order system could not answer."""


class OrderSystemDown(OrderSystemError):
    """The order system is unreachable, too slow, or refused with a server error."""


class OrderSystemWrong(OrderSystemError):
    """The order system answered, but not by the contract."""


class ModelError(SwitchboardError):
    """The language model could not answer. `billed`: the server may have worked all the same."""

    billed = False


class CeilingReached(ModelError):
    """The day's spending does not allow another call."""


class ModelDown(ModelError):
    """The model is unreachable, too slow, rate-limited, or failed with a server error."""


class ModelWrong(ModelError):
    """The model answered with nothing that can be used."""


class NotEntailed(ModelWrong):
    """A judge found a sentence that the statements do not say."""


class TicketError(SwitchboardError):
    """A ticket could not be written or read."""


class HumanDeskError(SwitchboardError):
    """Another desk could not be reached, or refused; `status` is HTTP's, 0 without an answer."""

    def __init__(self, told: str, status: int = 0) -> None:
        super().__init__(told)
        self.status = status


class NotifyError(SwitchboardError):
    """At least one way of telling colleagues about a waiting ticket failed."""


class MailUnsure(SwitchboardError):
    """The connection to a mail server broke after a message's text: it may have been taken."""


class StaffError(SwitchboardError):
    """Somebody cannot be taken on or changed as asked; the message says why."""


class TooManyTries(StaffError):
    """The next try to sign in has to wait for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {math.ceil(seconds)} s")
        self.seconds = math.ceil(seconds)


class OpenIdError(StaffError):
    """The OpenID provider let nobody in."""


class OpenIdDown(OpenIdError):
    """The OpenID provider is unreachable, too slow, or failed."""


class OpenIdRefused(OpenIdError):
    """What came from the OpenID provider is not to be believed, or it refused."""


class InboxFull(SwitchboardError):
    """Too many messages wait already; what was delivered is not kept."""


class LeaseLost(SwitchboardError):
    """Another process works on the conversation by now; nothing of this one's is stored."""


class PartAway(SwitchboardError):
    """A part of ours could not be reached; the turn waits in the inbox until it can."""


class PartFailed(SwitchboardError):
    """A part of ours failed, or was too slow, in a turn; it is tried again a few times."""


class TurnAbandoned(BaseException):
    """Ends a turn of which nothing shall be stored. Rasa goes on after any other exception of an
    action's. `away`: the action server was not there; else it was, and failed or was too slow."""

    def __init__(self, why: str, away: bool) -> None:
        super().__init__(why)
        self.away = away


class NewsRefused(SwitchboardError):
    """What the order system told by itself is not by its contract; the message says where."""


class MacroRefused(SwitchboardError):
    """A canned text is not kept: `name`, `text`, or the placeholder that is unknown."""


class FileRefused(SwitchboardError):
    """A file is not kept; the text says why: `kind`, `size` or `number`."""


class BackupRefused(SwitchboardError):
    """A backup cannot be made or restored as asked; the message is for the user."""


class AssistantNotReady(SwitchboardError):
    """Rasa has no model to ask (yet)."""


class DemoRefused(SwitchboardError):
    """The demo may not or cannot run here; the message is for the user."""
