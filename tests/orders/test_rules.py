"""Tables of cases: what may be done with an order in which state."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from switchboard.orders.cancellation import assess_cancel
from switchboard.orders.changes import assess_address, assess_change
from switchboard.orders.damage import assess_damage
from switchboard.orders.invoices import assess_invoice
from switchboard.orders.model import Case, CaseKind, Customer, Item, Order, OrderState, Shipment
from switchboard.orders.refunds import assess_refund
from switchboard.orders.returns import assess_exchange, assess_return
from switchboard.orders.rules import Quote, Refusal
from switchboard.shop.policy import Policy

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=timezone.utc)
MUG = Item("TB-102", "Stoneware mug", 4, Decimal("14.50"), True)
CANDLE = Item("GI-601", "Scented candle", 1, Decimal("21.00"), False)
S = OrderState


def order(
    state=S.PLACED, minutes=10, items=(MUG,), paid=True, delivered=None, shipped=None, cases=()
):
    shipment = None
    if shipped is not None or delivered is not None:
        left = NOW - timedelta(days=shipped if shipped is not None else delivered + 3)
        arrived = None if delivered is None else NOW - timedelta(days=delivered)
        shipment = Shipment("Northpost", "NP1", left, (left + timedelta(days=5)).date(), arrived)
    return Order(
        "4711", 1, state, NOW - timedelta(minutes=minutes), Customer("M", "m@example.com", "1"),
        "1 Mill Lane", tuple(items), "standard", Decimal("4.90"), "card", paid, shipment,
        tuple(cases),
    )  # fmt: skip


def outcome(assessment):
    return (
        assessment.reason
        if isinstance(assessment, Refusal)
        else (assessment.fee, assessment.refund)
    )


D = Decimal


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (order(minutes=10), (D("0.00"), D("62.90"))),
        (order(minutes=60), (D("0.00"), D("62.90"))),
        (order(minutes=61), (D("5.00"), D("57.90"))),
        (order(S.PACKED, minutes=10), (D("5.00"), D("57.90"))),
        (order(paid=False), (D("0.00"), D("0.00"))),
        (order(S.SHIPPED, shipped=1), "shipped"),
        (order(S.DELIVERED, delivered=1), "delivered"),
        (order(S.CANCELLED), "cancelled"),
    ],
)
def test_cancel(policy, given, expected):
    assert outcome(assess_cancel(given, policy, NOW)) == expected


def test_a_fee_is_never_more_than_the_order(policy):
    small = replace(
        order(S.PACKED, items=(replace(MUG, quantity=1, unit_price=D("1.00")),)),
        delivery_fee=D("0.00"),
    )
    assert outcome(assess_cancel(small, policy, NOW)) == (D("1.00"), D("0.00"))


@pytest.mark.parametrize(
    ("given", "quantity", "expected"),
    [
        (order(), 2, (D("0.00"), D("29.00"))),
        (order(), 6, (D("0.00"), D("-29.00"))),
        (order(), None, (D("0.00"), D("0.00"))),
        (order(), 4, "same_quantity"),
        (order(), 0, "last_item"),
        (order(items=(MUG, CANDLE)), 0, (D("0.00"), D("58.00"))),
        (order(S.PACKED), 2, "packed"),
        (order(S.CANCELLED), 2, "cancelled"),
    ],
)
def test_change(given, quantity, expected):
    assert outcome(assess_change(given, "TB-102", quantity)) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (S.PLACED, Quote()),
        (S.PACKED, Quote()),
        (S.SHIPPED, "shipped"),
        (S.DELIVERED, "delivered"),
        (S.CANCELLED, "cancelled"),
    ],
)
def test_address(state, expected):
    found = assess_address(order(state))
    assert found == expected or outcome(found) == expected


def open_case(kind, sku):
    return Case("R-1", kind, sku, NOW)


@pytest.mark.parametrize(
    ("given", "sku", "expected"),
    [
        (order(S.DELIVERED, delivered=30), "TB-102", (D("3.90"), D("54.10"))),
        (order(S.DELIVERED, delivered=31), "TB-102", "too_late"),
        (order(S.DELIVERED, delivered=3), None, (D("3.90"), D("0.00"))),
        (order(S.SHIPPED, shipped=2), "TB-102", "not_delivered"),
        (order(S.DELIVERED, delivered=3, items=(CANDLE,)), "GI-601", "not_returnable"),
        (
            order(S.DELIVERED, delivered=3, cases=[open_case(CaseKind.RETURN, "TB-102")]),
            "TB-102",
            "already",
        ),
        (
            order(S.DELIVERED, delivered=3, cases=[open_case(CaseKind.REFUND, None)]),
            "TB-102",
            "already",
        ),
        (
            order(S.DELIVERED, delivered=3, cases=[open_case(CaseKind.RETURN, "X")]),
            "TB-102",
            (D("3.90"), D("54.10")),
        ),
    ],
)
def test_return(policy, given, sku, expected):
    assert outcome(assess_return(given, sku, policy, NOW)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (order(S.DELIVERED, delivered=14), (D("0.00"), D("0.00"))),
        (order(S.DELIVERED, delivered=15), "too_late"),
        (order(S.SHIPPED, shipped=9), "not_delivered"),
        (order(S.SHIPPED, shipped=10), (D("0.00"), D("0.00"))),
        (order(S.PLACED), "not_delivered"),
        (order(S.DELIVERED, delivered=3, items=(CANDLE, MUG)), (D("0.00"), D("0.00"))),
        (order(S.DELIVERED, delivered=3, cases=[open_case(CaseKind.DAMAGE, "TB-102")]), "already"),
    ],
)
def test_damage(policy, given, expected):
    assert outcome(assess_damage(given, "TB-102", policy, NOW)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (order(S.DELIVERED, delivered=3), (D("3.90"), D("54.10"))),
        (order(S.DELIVERED, delivered=3, items=(MUG, CANDLE)), (D("3.90"), D("54.10"))),
        (order(S.DELIVERED, delivered=40), "too_late"),
        (order(S.PLACED), "not_delivered"),
        (order(S.PLACED, paid=False), "unpaid"),
        (order(S.DELIVERED, delivered=3, cases=[open_case(CaseKind.RETURN, "X")]), "already"),
    ],
)
def test_refund(policy, given, expected):
    assert outcome(assess_refund(given, policy, NOW)) == expected


def test_invoice():
    assert assess_invoice(order()) == Quote()
    assert outcome(assess_invoice(order(S.CANCELLED, paid=False))) == "cancelled"


def terms(policy, **returns):
    """The shop's policy with other terms of return."""
    return Policy({**policy.raw, "returns": {**policy.raw["returns"], **returns}})


ARRIVED = order(S.DELIVERED, delivered=3)


@pytest.mark.parametrize("assess", [assess_return, assess_exchange])
@pytest.mark.parametrize("kind", [CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND])
@pytest.mark.parametrize("sku", ["TB-102", None])
def test_what_is_on_its_way_back_does_not_go_back_again(policy, assess, kind, sku):
    taken = replace(ARRIVED, cases=(open_case(kind, sku),))
    assert assess(taken, "TB-102", policy, NOW) == Refusal("already", {"reference": "R-1"})


@pytest.mark.parametrize("assess", [assess_return, assess_exchange])
@pytest.mark.parametrize("case", [open_case(CaseKind.DAMAGE, "TB-102"), open_case(CaseKind.REFUND, "X")])  # fmt: skip
def test_a_case_about_something_else_is_no_hindrance(policy, assess, case):
    assert isinstance(assess(replace(ARRIVED, cases=(case,)), "TB-102", policy, NOW), Quote)


@pytest.mark.parametrize(("assess", "longest"), [(assess_return, 20), (assess_exchange, 40)])
def test_a_return_and_an_exchange_have_a_window_each(policy, assess, longest):
    own = terms(policy, window_days=20, exchange_window_days=40)
    in_time, late = (order(S.DELIVERED, delivered=days) for days in (longest, longest + 1))
    assert isinstance(assess(in_time, "TB-102", own, NOW), Quote)
    told = {"days_since": str(longest + 1), "window": str(longest)}
    assert assess(late, "TB-102", own, NOW) == Refusal("too_late", told)


def test_an_exchange_asks_no_money_and_only_for_what_may_go_back(policy):
    assert assess_exchange(ARRIVED, "TB-102", policy, NOW) == Quote()
    candle = order(S.DELIVERED, delivered=3, items=(CANDLE,))
    assert outcome(assess_exchange(candle, "GI-601", policy, NOW)) == "not_returnable"
    assert outcome(assess_exchange(order(), "TB-102", policy, NOW)) == "not_delivered"


def test_money_back_has_the_window_of_a_return_to_its_last_day(policy):
    own = terms(policy, window_days=20, exchange_window_days=40)
    in_time, late = (order(S.DELIVERED, delivered=days) for days in (20, 21))
    assert isinstance(assess_refund(in_time, own, NOW), Quote)
    told = {"days_since": "21", "window": "20"}
    assert assess_refund(late, own, NOW) == Refusal("too_late", told)


@pytest.mark.parametrize("kind", [CaseKind.REFUND, CaseKind.RETURN])
def test_money_is_paid_back_once(policy, kind):
    asked = replace(ARRIVED, cases=(open_case(kind, None),))
    assert outcome(assess_refund(asked, policy, NOW)) == "already"


def test_what_is_paid_back_is_never_less_than_nothing(policy):
    nothing_goes_back = order(S.DELIVERED, delivered=3, items=(CANDLE,))
    assert outcome(assess_refund(nothing_goes_back, policy, NOW)) == (D("3.90"), D("0.00"))
    cheap = order(S.DELIVERED, delivered=3, items=(replace(MUG, quantity=1, unit_price=D("1.00")),))
    assert outcome(assess_return(cheap, "TB-102", policy, NOW)) == (D("3.90"), D("0.00"))


def test_damage_is_reported_though_a_return_is_open_and_late_is_told_in_days(policy):
    returned = replace(ARRIVED, cases=(open_case(CaseKind.RETURN, "TB-102"),))
    assert assess_damage(returned, "TB-102", policy, NOW) == Quote()
    late = assess_damage(order(S.DELIVERED, delivered=15), "TB-102", policy, NOW)
    assert late == Refusal("too_late", {"days_since": "15", "window": "14"})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (order(paid=False), Quote()),
        (order(S.CANCELLED), Quote()),
        (order(S.CANCELLED, paid=False), Refusal("cancelled")),
    ],
)
def test_a_bill_is_for_what_was_or_will_be_paid(given, expected):
    assert assess_invoice(given) == expected
