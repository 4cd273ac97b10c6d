"""When the demo's conversations are to have been: within the last three days, as a shop's are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from switchboard.clock import DAY
from switchboard.demo.demo_script import When
from switchboard.shop.policy import Policy
from switchboard.tickets.waiting import opening_minutes

DAYS = 3
_AWAKE = range(7, 23)
"""Hours of the day in which customers write."""
_WORK = 3 * 3600.0
"""Seconds before the present in which no ticket begins that is closed by now."""
_TALK = 900.0


def beginnings(
    policy: Policy, wanted: Sequence[When], now: float, wait_minutes: float, chance: random.Random
) -> list[float]:
    """When each conversation begins; those of one kind in their order."""
    minutes = [now - minute * 60 for minute in range(int(DAYS * DAY / 60), 0, -1)]
    choices = {
        When.DAY: [at for at in minutes if at < now - _TALK and _hour(policy, at) in _AWAKE],
        When.OPEN: [at for at in minutes if at < now - _WORK and _is_open(policy, at)],
        When.OVERDUE: _overdue(policy, minutes, now, wait_minutes),
        When.NOW: [now],
    }
    # A shop that was closed for three days has tickets at any hour all the same.
    fallback = [at for at in minutes if at < now - _WORK]
    moments = {
        when: iter(_spread(choices[when] or fallback, wanted.count(when), chance)) for when in When
    }
    return [next(moments[when]) for when in wanted]


def _spread(choices: Sequence[float], count: int, chance: random.Random) -> list[float]:
    if len(choices) == 1:
        return list(choices) * count
    return sorted(chance.choice(choices) + chance.random() * 59 for _ in range(count))


def _overdue(
    policy: Policy, minutes: Sequence[float], now: float, wait_minutes: float
) -> list[float]:
    """The last two opening hours from which the wait is too long by now."""
    opened = [at for at in minutes if _is_open(policy, at)]
    while opened and opening_minutes(policy, opened[-1], now, wait_minutes) <= wait_minutes:
        opened.pop()
    return opened[-120:]


def _is_open(policy: Policy, at: float) -> bool:
    moment = datetime.fromtimestamp(at, timezone.utc)
    # Somebody has time for it before the desk closes.
    return policy.open_at(moment) and policy.open_at(moment + timedelta(minutes=45))


def _hour(policy: Policy, at: float) -> int:
    return datetime.fromtimestamp(at, policy.timezone).hour
