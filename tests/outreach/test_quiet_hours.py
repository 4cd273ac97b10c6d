"""The night, where clocks are changed in the middle of it."""

from __future__ import annotations

from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

import pytest

from switchboard.errors import ConfigurationError
from switchboard.outreach.outreach_rules import OutreachRules, outreach_rules
from switchboard.shop.policy import Policy

DUBLIN = ZoneInfo("Europe/Dublin")


def at(*when: int) -> float:
    return datetime(*when, tzinfo=timezone.utc).timestamp()


NIGHT = OutreachRules(DUBLIN, quiet=(time(21), time(8)))
EARLY = OutreachRules(DUBLIN, quiet=(time(0), time(1, 30)))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(2026, 11, 18, 12), None),
        (at(2026, 11, 18, 20, 59), None),
        (at(2026, 11, 18, 21), at(2026, 11, 19, 8)),
        (at(2026, 11, 19, 7, 59), at(2026, 11, 19, 8)),
        (at(2026, 11, 19, 8), None),
        # 29 March: 01:00 becomes 02:00, so that 08:00 is 07:00 UTC, and the night has ten hours.
        (at(2026, 3, 28, 21, 30), at(2026, 3, 29, 7)),
        (at(2026, 3, 29, 6, 59), at(2026, 3, 29, 7)),
        (at(2026, 3, 29, 7), None),
        # 25 October: 02:00 becomes 01:00: twelve hours.
        (at(2026, 10, 24, 20, 30), at(2026, 10, 25, 8)),
        (at(2026, 10, 25, 7, 30), at(2026, 10, 25, 8)),
    ],
)
def test_the_night_ends_by_the_shop_s_clocks(now, until):
    assert NIGHT.quiet_until(now) == until


def test_an_hour_that_clocks_show_twice_is_quiet_both_times():
    first = at(2026, 10, 25, 0, 15)  # 01:15 in summer
    assert EARLY.quiet_until(first) == at(2026, 10, 25, 0, 30)
    again = at(2026, 10, 25, 1, 15)  # 01:15 in winter
    assert EARLY.quiet_until(again) == at(2026, 10, 25, 1, 30)


def test_an_hour_that_clocks_do_not_show_ends_the_night_all_the_same():
    assert EARLY.quiet_until(at(2026, 3, 29, 0, 30)) is not None
    assert EARLY.quiet_until(at(2026, 3, 29, 1, 0)) is None  # 02:00 by then


@pytest.mark.parametrize("given", ["21-8", "21:00", "late", "08:00-08:00", 5, "25:00-26:00"])
def test_a_night_that_cannot_be_read_is_told(given):
    with pytest.raises(ConfigurationError, match=r"outreach\.quiet_hours"):
        outreach_rules(Policy({"shop": {"timezone": "UTC"}, "outreach": {"quiet_hours": given}}))


@pytest.mark.parametrize("given", [-1, 1.5, True, "soon", 20_000])
def test_minutes_that_cannot_be_read_are_told(given):
    section = {"remind_after_minutes": given}
    with pytest.raises(ConfigurationError, match=r"outreach\.remind_after_minutes"):
        outreach_rules(Policy({"shop": {"timezone": "UTC"}, "outreach": section}))


def test_a_shop_that_says_nothing_of_it_has_no_night_and_reminds_nobody():
    rules = outreach_rules(Policy({"shop": {"timezone": "UTC"}}))
    assert (rules.quiet, rules.remind_after, rules.close_after) == (None, 0.0, 0.0)
