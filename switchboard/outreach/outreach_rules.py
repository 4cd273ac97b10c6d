"""When the assistant may speak by itself, from the section `outreach` of `data/policy.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from switchboard.errors import ConfigurationError
from switchboard.shop.policy import Policy

SECTION = "outreach"


@dataclass(frozen=True)
class OutreachRules:
    """Seconds after which a question left open is repeated, and after that closed (0: never), and
    the hours of the night in which nothing is said by itself."""

    zone: ZoneInfo
    remind_after: float = 0.0
    close_after: float = 0.0
    quiet: tuple[time, time] | None = None

    def quiet_until(self, now: float) -> float | None:
        """When the night ends in which `now` lies (seconds since the epoch); None by day."""
        if self.quiet is None:
            return None
        start, end = self.quiet
        local = datetime.fromtimestamp(now, self.zone)
        at = local.timetz().replace(tzinfo=None)
        inside = start <= at < end if start < end else at >= start or at < end
        return self._next(local, end, now) if inside else None

    def quiet_from(self, now: float) -> float | None:
        """When the next night begins; None without one."""
        if self.quiet is None:
            return None
        return self._next(datetime.fromtimestamp(now, self.zone), self.quiet[0], now)

    def _next(self, local: datetime, at: time, now: float) -> float:
        """The next moment after `now` at which the shop's clocks show `at`. An hour that clocks
        show twice counts the second time where the first is over."""
        for days in range(3):
            day = (local + timedelta(days=days)).date()
            for fold in (0, 1):
                moment = datetime.combine(day, at, self.zone).replace(fold=fold).timestamp()
                if moment > now:
                    return moment
        raise AssertionError("a day has its hours")


def outreach_rules(policy: Policy) -> OutreachRules:
    """The rules of a shop; one that states none is never spoken for by itself of open questions.

    Raises:
        ConfigurationError: a value is not what it has to be.
    """
    remind, close = (_minutes(policy, f"{what}_after_minutes") for what in ("remind", "close"))
    return OutreachRules(policy.timezone, remind * 60.0, close * 60.0, _quiet(policy))


def _minutes(policy: Policy, key: str) -> int:
    value = policy.optional(SECTION, key) or 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10_080:
        raise ConfigurationError(f"policy.yml: {SECTION}.{key} must be minutes, 0 to 10080")
    return value


def _quiet(policy: Policy) -> tuple[time, time] | None:
    given = policy.optional(SECTION, "quiet_hours")
    if not given:
        return None
    try:
        start, end = (time.fromisoformat(part.strip()) for part in str(given).split("-"))
    except ValueError:
        start = end = time()
    if start == end or start.tzinfo or end.tzinfo:
        raise ConfigurationError(f"policy.yml: {SECTION}.quiet_hours must read 21:00-08:00")
    return start, end
