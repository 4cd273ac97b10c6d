"""Orders whose day has passed: told of once, to who asked, while the order system is there."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from switchboard.errors import OrderSystemDown
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.orders.model import OrderState, Shipment
from switchboard.outreach.late_orders import LateOrders
from tests.outreach.conftest import NOON

DUBLIN = ZoneInfo("Europe/Dublin")
TODAY = datetime.fromtimestamp(NOON, DUBLIN).date()
YESTERDAY = date.fromordinal(TODAY.toordinal() - 1)
THEN = datetime(2026, 11, 10, tzinfo=timezone.utc)


class Orders:
    """An order system with one order of the demo shop's; it can be away."""

    def __init__(self, order):
        self.order, self.away, self.asked = order, False, 0

    async def find(self, number):
        self.asked += 1
        if self.away:
            raise OrderSystemDown("away")
        return self.order if number == self.order.number else None


@pytest.fixture
def orders(seeded_shop, tmp_path):
    shutil.copy(seeded_shop, tmp_path / "orders.db")
    system = SqliteOrderSystem(f"sqlite:///{tmp_path / 'orders.db'}")
    order = asyncio.run(system.find("4711"))
    parcel = Shipment("An Post", "AB1", THEN, YESTERDAY, None)
    return Orders(replace(order, state=OrderState.SHIPPED, shipment=parcel))


@pytest.fixture
def late(asked_for, orders, clock):
    return LateOrders(asked_for.outreach.consents, asked_for.news, orders, DUBLIN, clock)


def look(*late):
    return sum(asyncio.run(one.look()) for one in late)


def test_a_day_that_has_passed_is_told_once(asked_for, late, orders, clock):
    other = LateOrders(asked_for.outreach.consents, asked_for.news, orders, DUBLIN, clock)
    assert look(late, other, late) == 1
    for _ in range(3):
        asked_for.outreach.attend()
    (said,) = asked_for.said()
    assert "order 4711 is later than planned" in said
    clock.now += 86_400
    assert look(late) == 0


def test_another_day_that_passes_is_told_anew(asked_for, late, orders, clock):
    assert look(late) == 1
    orders.order = replace(orders.order, shipment=replace(orders.order.shipment, expected_on=TODAY))
    assert look(late) == 0
    clock.now += 86_400
    assert look(late) == 1


@pytest.mark.parametrize(
    ("state", "expected", "delivered"),
    [
        (OrderState.SHIPPED, TODAY, None),
        (OrderState.DELIVERED, YESTERDAY, THEN),
        (OrderState.SHIPPED, YESTERDAY, THEN),
        (OrderState.CANCELLED, YESTERDAY, None),
    ],
)
def test_what_is_not_late_is_not_told(late, orders, state, expected, delivered):
    parcel = replace(orders.order.shipment, expected_on=expected, delivered_at=delivered)
    orders.order = replace(orders.order, state=state, shipment=parcel)
    assert look(late) == 0
    orders.order = replace(orders.order, shipment=None)
    assert look(late) == 0


def test_only_orders_that_somebody_wants_to_hear_of_are_asked_for(asked_for, late, orders):
    with asked_for.engine.begin() as db:
        asked_for.outreach.consents.stop(db, "telegram:5")
    assert look(late) == 0
    assert orders.asked == 0


def test_while_the_order_system_is_away_nothing_is_told(late, orders):
    orders.away = True
    assert look(late) == 0
    orders.away = False
    assert look(late) == 1
