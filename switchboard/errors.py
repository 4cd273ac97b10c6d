"""The errors of Switchboard, drawn as a tree.

    SwitchboardError
    ├── ConfigurationError      a setting, the policy file or an article cannot be used
    ├── OrderDeskError          the order system could not answer
    │   ├── OrderDeskDown       unreachable, timed out, or refused with a server error
    │   └── OrderDeskWrong      it answered, but not by the contract
    ├── ModelError              the language model could not answer
    │   ├── ModelDown           unreachable, timed out, rate-limited or a server error
    │   └── ModelWrong          it answered with nothing usable
    ├── TicketError             a ticket could not be written or read
    ├── DeskError               another desk could not be told, or refused
    ├── NotifyError             nobody could be told that a case waits
    └── PeopleError             somebody cannot be taken on, let in or changed like this

Ordinary outcomes (not found, too late to cancel, wrong e-mail) are values, not errors.
"""

from __future__ import annotations


class SwitchboardError(Exception):
    """Anything that Switchboard itself raises."""


class ConfigurationError(SwitchboardError):
    """A setting, the policy file or an article cannot be used as it stands."""


class OrderDeskError(SwitchboardError):
    """The order system could not answer."""


class OrderDeskDown(OrderDeskError):
    """The order system is unreachable, too slow, or refused with a server error."""


class OrderDeskWrong(OrderDeskError):
    """The order system answered, but not by the contract."""


class ModelError(SwitchboardError):
    """The language model could not answer."""


class ModelDown(ModelError):
    """The model is unreachable, too slow, rate-limited, or failed with a server error."""


class ModelWrong(ModelError):
    """The model answered with nothing that can be used."""


class TicketError(SwitchboardError):
    """A ticket could not be written or read."""


class PeopleError(SwitchboardError):
    """Somebody cannot be taken on, let in or changed as asked; the message says why."""


class NotifyError(SwitchboardError):
    """Nobody could be told that a case waits, by at least one of the ways."""


class DeskError(SwitchboardError):
    """Another desk could not be reached, or refused; `status` is HTTP's, 0 without an answer."""

    def __init__(self, told: str, status: int = 0) -> None:
        super().__init__(told)
        self.status = status
