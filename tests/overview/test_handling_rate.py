"""The shop's figures of a person's handling, and what people's acts measure."""

import pytest

from switchboard.errors import ConfigurationError
from switchboard.overview.handling_rate import handling_rate
from switchboard.overview.handling_time import work_spans
from switchboard.shop.policy import Policy


def rate(**given):
    return handling_rate(Policy({"handling": given}))


def test_an_hour_costs_the_wage(policy):
    found = rate(wage_per_hour=18, minutes=2.5)
    assert (found.money(3600), found.money(60), found.seconds) == (18.0, pytest.approx(0.3), 150.0)
    assert handling_rate(policy).wage_per_hour == 22.0


def test_a_shop_may_state_none():
    assert handling_rate(Policy({})) is None
    assert handling_rate(Policy({"handling": None})) is None


@pytest.mark.parametrize(
    "given",
    [
        *({"wage_per_hour": 20}, {"minutes": 5}, {}, {"wage_per_hour": "20", "minutes": 5}),
        *({"wage_per_hour": wage, "minutes": 5} for wage in (0, -1, True, 1e9, float("inf"))),
        *({"wage_per_hour": 20, "minutes": m} for m in (0, -1, False, 601, float("nan"), [5])),
    ],
)
def test_wrong_figures_are_named(given):
    with pytest.raises(ConfigurationError, match=r"handling\.(wage_per_hour|minutes) must be"):
        rate(**given)


def test_customers_are_never_told_a_wage(policy):
    """No reply, response or article names a fact of this section."""
    from switchboard.project import PROJECT

    texts = [p for end in ("yml", "md") for p in (PROJECT / "data").rglob(f"*.{end}")]
    assert len(texts) > 100
    told = [path.name for path in texts if "{handling_" in path.read_text(encoding="utf-8")]
    assert told == []


def test_work_is_the_time_between_acts_but_no_night():
    assert work_spans([]) is None
    assert work_spans([5.0]) is None
    assert work_spans([0.0, 180.0, 80_000.0]) == [(180.0, 180.0), (80_000.0, 600.0)]
