"""When conversations are to have been."""

import random
from datetime import datetime, timezone

import pytest

from switchboard.demo.demo_calendar import DAYS, beginnings
from switchboard.demo.demo_script import When
from switchboard.shop.policy import Policy
from switchboard.tickets.waiting import opening_minutes

WANTED = [When.DAY, When.OPEN, When.OVERDUE, When.NOW] * 6


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 18, 11, tzinfo=timezone.utc),  # a Wednesday
        datetime(2026, 11, 22, 14, tzinfo=timezone.utc),  # a Sunday: closed
        datetime(2026, 11, 23, 8, tzinfo=timezone.utc),  # a Monday before opening
        datetime(2026, 11, 23, 9, 5, tzinfo=timezone.utc),  # just open
    ],
    ids=lambda moment: f"{moment:%a %H:%M}",
)
def test_within_three_days_and_in_opening_hours(policy, now):
    at = now.timestamp()
    times = beginnings(policy, WANTED, at, 10.0, random.Random(1))
    of = {when: [t for t, w in zip(times, WANTED, strict=True) if w is when] for when in When}
    assert all(at - DAYS * 86400 <= t <= at for t in times)
    for begun in (*of[When.OPEN], *of[When.OVERDUE]):
        assert policy.open_at(datetime.fromtimestamp(begun, timezone.utc))
    assert all(opening_minutes(policy, t, at, 10.0) >= 10.0 for t in of[When.OVERDUE])
    assert all(t <= at - 3 * 3600 + 60 for t in of[When.OPEN])
    hours = {datetime.fromtimestamp(t, policy.timezone).hour for t in of[When.DAY]}
    assert hours <= set(range(7, 23))
    assert of[When.NOW] == [at] * 6
    for begun in of.values():
        assert begun == sorted(begun)


def test_a_shop_that_never_opens_has_tickets_all_the_same(policy):
    closed = Policy({**policy.raw, "hours": {}})
    times = beginnings(closed, WANTED, 1_795_000_000.0, 10.0, random.Random(1))
    assert len(times) == len(WANTED)
