"""Days of the shop, and their parts."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from switchboard.overview.period import Period, day_begins, iso_day, local_day

DUBLIN, SHANGHAI = ZoneInfo("Europe/Dublin"), ZoneInfo("Asia/Shanghai")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


def test_a_day_is_the_shops():
    evening = at("2026-11-18T20:00")
    assert iso_day(local_day(evening, DUBLIN)) == "2026-11-18"
    assert iso_day(local_day(evening, SHANGHAI)) == "2026-11-19"
    assert day_begins(local_day(evening, SHANGHAI), SHANGHAI) == at("2026-11-18T16:00")


def test_a_day_on_which_clocks_change_is_longer():
    day = local_day(at("2026-10-25T12:00"), DUBLIN)
    assert day_begins(day + 1, DUBLIN) - day_begins(day, DUBLIN) == 25 * 3600


@pytest.mark.parametrize(
    ("days", "unit", "parts", "first", "second"),
    [
        (7, "day", 7, "2026-11-12", "2026-11-13"),
        (30, "day", 30, "2026-10-20", "2026-10-21"),
        (90, "week", 14, "2026-08-21", "2026-08-24"),  # a Friday, then Mondays
        (365, "month", 13, "2025-11-19", "2025-12-01"),
    ],
)
def test_parts_follow_the_length(days, unit, parts, first, second):
    period = Period.up_to(at("2026-11-18T12:00"), days, DUBLIN)
    assert (period.unit, len(period.labels), period.labels[:2]) == (unit, parts, [first, second])
    assert period.last - period.first + 1 == days
    assert period.part_of(period.since) == 0
    assert period.part_of(period.until - 1) == parts - 1
    assert period.before.until == period.since
    assert period.before.last - period.before.first + 1 == days


def test_a_part_begins_at_the_shops_midnight():
    period = Period.up_to(at("2026-07-08T12:00"), 7, DUBLIN)  # UTC+1
    assert period.part_of(at("2026-07-06T22:59")) == 4
    assert period.part_of(at("2026-07-06T23:01")) == 5
