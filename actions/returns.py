"""Returns and exchanges."""

from __future__ import annotations

from decimal import Decimal

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import ITEM, Detail, OrderTask, Wish, read_text
from switchboard.orders.acts import OpenCase
from switchboard.orders.model import CaseKind, Order
from switchboard.orders.returns import assess_exchange, assess_return
from switchboard.orders.rules import Assessment, Quote
from switchboard.shop.speech import Speech


@order_skill
class ReturnItem(OrderTask):
    """Return one line for a refund."""

    name = "return_item"
    refusals = ("not_delivered", "too_late", "not_returnable", "already")
    details = (ITEM, Detail("return_item_reason", read_text, "say_order_item_unknown"))

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_return(order, wish.get("order_item"), services.policy, services.now())

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> OpenCase:
        return OpenCase(
            CaseKind.RETURN,
            str(wish["order_item"]),
            str(wish["return_item_reason"]),
            quote.refund,
        )


@order_skill
class ExchangeItem(OrderTask):
    """Exchange one line for another item."""

    name = "exchange_item"
    second_item = "exchange_item_wanted"
    refusals = ("not_delivered", "too_late", "not_returnable", "already")
    details = (ITEM, Detail("exchange_item_wanted", read_text, "say_order_item_unknown"))

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_exchange(order, wish.get("order_item"), services.policy, services.now())

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> OpenCase:
        wanted = str(wish["exchange_item_wanted"])
        return OpenCase(CaseKind.EXCHANGE, str(wish["order_item"]), wanted, Decimal("0.00"))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        facts = super().facts(order, wish, quote, speech)
        return {**facts, "wanted": str(wish.get("exchange_item_wanted"))}
