from datetime import datetime, timezone

import pytest

from switchboard.errors import ConfigurationError
from switchboard.shop.policy import Policy, describe_hours, load_policy


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=timezone.utc)  # Dublin is on UTC in November


def test_facts_are_worded(policy):
    assert policy.facts()["returns_label_fee"] == "€3.90"
    assert policy.facts()["returns_window_days"] == "30"
    assert policy.facts()["hours_text"] == (
        "Monday to Friday 09:00 to 18:00, Saturday 10:00 to 16:00"
    )


def test_fill_names_the_missing_fact(policy):
    assert policy.fill("within {returns_window_days} days") == "within 30 days"
    with pytest.raises(ConfigurationError, match="no_such_fact"):
        policy.fill("{no_such_fact}")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(18, 9), True),
        (at(18, 18), False),
        (at(21, 9), False),
        (at(21, 11), True),
        (at(22, 12), False),
    ],
)
def test_opening_hours(policy, moment, is_open):
    assert policy.open_at(moment) is is_open


def test_next_opening_skips_closed_days(policy):
    assert policy.next_opening(at(21, 17)).isoformat() == "2026-11-23T09:00:00+00:00"
    assert policy.next_opening(at(18, 7)).hour == 9


def test_a_desk_that_never_opens():
    policy = Policy({"shop": {"timezone": "Europe/Dublin"}, "hours": {}})
    assert policy.next_opening(at(18, 12)) is None
    assert describe_hours({}) == "by e-mail only"


@pytest.mark.parametrize("content", ["[1, 2]", "shop: 3", "a: [", "\tx"])
def test_a_broken_file_is_refused(tmp_path, content):
    path = tmp_path / "policy.yml"
    path.write_text(content)
    with pytest.raises(ConfigurationError):
        load_policy(path)


def test_a_missing_value_is_named():
    with pytest.raises(ConfigurationError, match=r"returns\.window_days"):
        Policy({"returns": {}}).integer("returns", "window_days")
    with pytest.raises(ConfigurationError, match="whole number"):
        Policy({"returns": {"window_days": "many"}}).integer("returns", "window_days")


def desk(zone="Europe/Dublin", **hours):
    return Policy({"shop": {"timezone": zone}, "hours": hours})


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 7, 15, 8, 0, tzinfo=timezone.utc), True),  # nine o'clock in Dublin's summer
        (datetime(2026, 7, 15, 7, 59, tzinfo=timezone.utc), False),
        (datetime(2026, 7, 15, 16, 59, tzinfo=timezone.utc), True),
        (datetime(2026, 7, 15, 17, 0, tzinfo=timezone.utc), False),
    ],
)
def test_hours_are_meant_in_the_shops_own_time(policy, moment, is_open):
    assert policy.open_at(moment) is is_open


def test_the_weekday_is_the_shops_own_too():
    shanghai = desk("Asia/Shanghai", thursday="06:00-18:00")
    assert shanghai.open_at(at(18, 23))  # Wednesday in London, Thursday at seven in Shanghai
    assert shanghai.next_opening(at(18, 21)).isoformat() == "2026-11-19T06:00:00+08:00"


def test_the_next_opening_is_on_the_minute_in_the_shops_time():
    early = desk("Asia/Shanghai", thursday="09:30-18:00")
    found = early.next_opening(datetime(2026, 11, 18, 12, 1, 2, 3, tzinfo=timezone.utc))
    assert found.isoformat() == "2026-11-19T09:30:00+08:00"


def test_the_next_opening_is_after_this_one():
    weekly = desk(wednesday="09:00-18:00")
    assert weekly.next_opening(at(18, 8)).day == 18
    assert weekly.next_opening(at(18, 9)).day == 25
    assert weekly.next_opening(at(18, 20)).day == 25  # a week is looked ahead, and the same day


def test_an_opening_beyond_the_change_of_the_clock(policy):
    saturday = datetime(2026, 3, 28, 18, tzinfo=timezone.utc)
    assert policy.next_opening(saturday).isoformat() == "2026-03-30T09:00:00+01:00"


@pytest.mark.parametrize("value", [True, 2.5, "30", None])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ConfigurationError, match="whole number"):
        Policy({"returns": {"window_days": value}}).integer("returns", "window_days")


@pytest.mark.parametrize("hours", ["9 to 6", "09:00", "09:00-18:00-19:00", "25:00-26:00"])
def test_hours_that_cannot_be_read_are_named(hours):
    with pytest.raises(ConfigurationError, match=r"hours\.wednesday"):
        desk(wednesday=hours).open_at(at(18, 12))
