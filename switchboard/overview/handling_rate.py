"""What it costs the shop that a person handles a conversation: section `handling` of
`data/policy.yml`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from switchboard.errors import ConfigurationError
from switchboard.shop.policy import Policy

SECTION = "handling"
MOST_MINUTES, MOST_WAGE = 600.0, 1e6


@dataclass(frozen=True)
class HandlingRate:
    """Money for an hour of a person, in the shop's currency, and the minutes that a conversation
    takes them where none were measured."""

    wage_per_hour: float
    minutes: float

    @property
    def seconds(self) -> float:
        """The same, in seconds."""
        return self.minutes * 60

    def money(self, seconds: float) -> float:
        """What a person's time costs."""
        return self.wage_per_hour * seconds / 3600


def handling_rate(policy: Policy) -> HandlingRate | None:
    """The shop's figures; None if it states none.

    Raises:
        ConfigurationError: one of the two is missing, or is no number above nought.
    """
    if policy.raw.get(SECTION) is None:
        return None
    wage = _number(policy, "wage_per_hour", MOST_WAGE)
    return HandlingRate(wage, _number(policy, "minutes", MOST_MINUTES))


def _number(policy: Policy, key: str, most: float) -> float:
    value = policy.optional(SECTION, key)
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not (math.isfinite(value) and 0 < value <= most):
        raise ConfigurationError(
            f"policy.yml: {SECTION}.{key} must be a number above 0, up to {most:.0f}"
        )
    return float(value)
