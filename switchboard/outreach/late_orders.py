"""Orders that are late by their own days, for customers who asked to be told.

The order system's own word (`order.late`) comes when it says so; that a day has passed says itself.
Each order is told of once for each day on which it was expected, whoever looks: news are known by
their ids.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from switchboard.clock import epoch_now
from switchboard.errors import OrderSystemError
from switchboard.failures import place_of
from switchboard.orders.model import Order, OrderState
from switchboard.orders.order_system import OrderSystem
from switchboard.outreach.consents import WishBook
from switchboard.outreach.news_inbox import NewsInbox
from switchboard.outreach.news_kinds import News, NewsKind, NewsTopic

logger = logging.getLogger(__name__)

LOOK_SECONDS = 900.0
"""Between two looks."""
MOST_ORDERS = 500
"""Looked up at once, those first of which word was asked for last."""
WANTED_SECONDS = 60 * 86400.0
"""An order of which word was asked for longer ago is left alone."""


class LateOrders:
    """Looks for them. `zone`: where the shop's days begin and end."""

    def __init__(
        self,
        wishes: WishBook,
        news: NewsInbox,
        orders: OrderSystem,
        zone: ZoneInfo,
        clock: Callable[[], float] = epoch_now,
    ) -> None:
        self._wishes, self._news, self._orders = wishes, news, orders
        self._zone, self._clock = zone, clock

    async def look(self) -> int:
        """Tell of each order that is late; of how many nobody had told. While the order system is
        away nothing is told, and the next look finds it.

        Raises SQLAlchemy's errors.
        """
        now = self._clock()
        today = datetime.fromtimestamp(now, self._zone).date()
        told = 0
        for number in self._wishes.wanted(NewsKind.DELIVERY, now - WANTED_SECONDS, MOST_ORDERS):
            try:
                order = await self._orders.find(number)
            except OrderSystemError as error:
                logger.warning("late orders are looked for later: %s", place_of(error))
                return told
            if order is not None and is_late(order, today) and order.shipment is not None:
                expected = order.shipment.expected_on.isoformat()
                told += self._news.keep(News(f"day:{number}:{expected}", NewsTopic.LATE, number))
        return told


def is_late(order: Order, today: date) -> bool:
    """Whether it is on its way and the day on which it was expected is over."""
    parcel = order.shipment
    if parcel is None or parcel.delivered_at is not None or order.state is not OrderState.SHIPPED:
        return False
    return parcel.expected_on < today
