"""Paying for an order by another means."""

from __future__ import annotations

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import PAYMENT, OrderTask, Wish
from switchboard.orders.changes import ChangePayment, assess_change_payment
from switchboard.orders.model import Order
from switchboard.orders.rules import Assessment, Quote


@order_skill
class ChangePaymentMethod(OrderTask):
    """Pay for an order by another of the customer's means of payment."""

    name = "change_payment_method"
    acts = (ChangePayment,)
    refusals = ("cancelled", "packed", "shipped", "delivered", "same_method", "none_on_file")
    details = (PAYMENT,)

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_change_payment(order, wish.get("order_payment_method"))

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> ChangePayment:
        return ChangePayment(str(wish["order_payment_method"]))
