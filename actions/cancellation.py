"""Cancelling an order, and asking for the fee."""

from __future__ import annotations

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import ITEM_IF_NAMED, OrderTask, TaskReply, Wish
from switchboard.orders.acts import Act
from switchboard.orders.cancellation import Cancel, assess_cancel
from switchboard.orders.changes import ChangeItem, assess_change
from switchboard.orders.model import Item, Order
from switchboard.orders.rules import Assessment, Quote, Refusal


@order_skill
class CancelOrder(OrderTask):
    """Cancel an order before it is shipped; or take out the one item that is named."""

    name = "cancel_order"
    refusals = ("cancelled", "shipped", "delivered", "packed")
    details = (ITEM_IF_NAMED,)

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        part = part_of(order, wish)
        whole = assess_cancel(order, services.policy, services.now())
        if part is None or isinstance(whole, Refusal):
            return whole
        return assess_change(order, part.sku, 0)

    @override
    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        if part_of(order, wish) is not None:
            return "_part"
        if not order.paid:
            return "_unpaid"
        return "_fee" if quote.fee else "_free"

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> Act:
        part = part_of(order, wish)
        return Cancel(fee=quote.fee) if part is None else ChangeItem(part.sku, 0)


def part_of(order: Order, wish: Wish) -> Item | None:
    """The item that alone is to be cancelled; None for the whole order."""
    item = order.item(str(wish.get("order_item")))
    return item if len(order.items) > 1 else None


@order_skill
class CheckCancellationFee(OrderTask):
    """Tell what cancelling the order would cost now; without an order, the rule."""

    name = "check_cancellation_fee"
    changes_order = False
    general = "cancellation_fee_general"

    async def show(self, reply: TaskReply) -> None:
        """One reply for each kind of cancellation."""
        quote = assess_cancel(reply.order, reply.services.policy, reply.services.now())
        if isinstance(quote, Refusal):
            reply.say("say_cancellation_fee_impossible")
            return
        ending = CancelOrder().variant(reply.order, {}, quote)
        reply.say(f"say_cancellation_fee{ending}", fee=reply.speech.money(quote.fee))
