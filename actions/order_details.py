"""What is on file of a customer's own order."""

from __future__ import annotations

from decimal import Decimal

from actions.order_form import order_skill
from actions.order_task import OrderTask, TaskReply
from switchboard.orders.model import Order
from switchboard.orders.order_details import facts_asked
from switchboard.shop.speech import Speech
from switchboard.text.language import CHINESE


@order_skill
class OrderDetails(OrderTask):
    """Tell what is on file of an order: what was asked for, or all of it."""

    name = "order_details"
    changes_order = False

    async def show(self, reply: TaskReply) -> None:
        """The facts that the question names, each a sentence; all where it names none."""
        order, speech = reply.order, reply.speech
        wanted = facts_asked(reply.asked)
        refunds = await reply.services.orders.refunds(order.number)
        shipment = order.shipment
        texts: dict[str, dict[str, str]] = {
            "say_order_details_items": {"lines": _lines(order, speech)},
            "say_order_details_total": {"delivery_fee": speech.money(order.delivery_fee)},
            "say_order_details_address": {"address": str(order.address)},
            f"say_order_details_payment{'' if order.paid else '_open'}": {},
            "say_order_details_placed": {
                "placed_on": speech.day(order.placed_at),
                "delivery_method": speech.word("deliveries", order.delivery),
            },
        }
        if shipment is None:
            texts["say_order_details_no_parcel"] = {}
        else:
            delivered = shipment.delivered_at
            texts["say_order_details_parcel"] = {
                "carrier": shipment.carrier,
                "tracking": shipment.tracking,
            }
            if delivered is not None:
                texts["say_order_details_delivered"] = {"delivered_on": speech.day(delivered)}
        if refunds:
            total = sum((refund.amount for refund in refunds), Decimal("0.00"))
            texts["say_order_details_refunded"] = {"refunded": speech.money(total)}
        chosen = [name for name in texts if any(fact in name for fact in wanted)] or list(texts)
        for name in chosen:
            reply.say(name, **texts[name])


def _lines(order: Order, speech: Speech) -> str:
    between = "、" if speech.language == CHINESE else ", "
    return between.join(
        f"{item.quantity} x {speech.item(item)} ({speech.money(item.unit_price)})"
        for item in order.items
    )
