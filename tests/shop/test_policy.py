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
