"""Cancelling an order, and asking for the fee."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.action_services import ActionServices
from actions.base import Events, SafeAction
from actions.order_form import order_skill
from actions.order_task import OrderTask, Wish
from actions.order_turn import message_numbers
from switchboard.orders.cancellation import Cancel, assess_cancel
from switchboard.orders.model import Order
from switchboard.orders.rules import Assessment, Quote, Refusal


@order_skill
class CancelOrder(OrderTask):
    """Cancel an order before it is shipped."""

    name = "cancel_order"
    refusals = ("cancelled", "shipped", "delivered")

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_cancel(order, services.policy, services.now())

    @override
    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        if not order.paid:
            return "_unpaid"
        return "_fee" if quote.fee else "_free"

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> Cancel:
        return Cancel(fee=quote.fee)


class ActionCheckCancellationFee(SafeAction):
    """Tells the fee for the proved order, else the rule."""

    @override
    def name(self) -> str:
        return "action_check_cancellation_fee"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Tell the fee without cancelling."""
        order = await self.open_order(tracker)
        named = message_numbers(tracker)
        if order is None or (named and order.number not in named):
            dispatcher.utter_message(response="say_cancellation_fee_general")
            return []
        task = CancelOrder()
        quote = task.assess(order, {}, self.services)
        if isinstance(quote, Refusal):
            ending, facts = "_impossible", {"order_number": order.number}
        else:
            ending = task.variant(order, {}, quote)
            facts = task.facts(order, {}, quote, self.speech(tracker))
        dispatcher.utter_message(response=f"say_cancellation_fee{ending}", **facts)
        return []
