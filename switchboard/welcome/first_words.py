"""What a shop wants said first, and whether it asks for consent: two sections of `policy.yml`."""

from __future__ import annotations

from dataclasses import dataclass

from switchboard.errors import ConfigurationError
from switchboard.shop.policy import Policy

LONGEST_VERSION = 40


@dataclass(frozen=True)
class FirstWords:
    """`version`: of the shop's texts; a new one is shown, and agreed to, again.

    `asks`: nothing is read or kept before the customer agrees. `erases`: a withdrawn consent takes
    the conversation with it.
    """

    version: str = "1"
    asks: bool = False
    erases: bool = False


def read_first_words(policy: Policy) -> FirstWords:
    """The sections `first_words` and `consent`, which a shop may leave out.

    Raises:
        ConfigurationError: a value is not what it has to be.
    """
    version = policy.optional("first_words", "version")
    named = "1" if version is None else str(version).strip()
    if not 0 < len(named) <= LONGEST_VERSION:
        raise ConfigurationError("policy.yml: first_words.version must be 1 to 40 characters")
    return FirstWords(named, _switch(policy, "required"), _switch(policy, "withdrawal_erases"))


def _switch(policy: Policy, key: str) -> bool:
    value = policy.optional("consent", key)
    if value is not None and not isinstance(value, bool):
        raise ConfigurationError(f"policy.yml: consent.{key} must be true or false")
    return value is True
