"""What is on file of a customer's own order."""

from __future__ import annotations

import re
from decimal import Decimal

from actions.order_form import order_skill
from actions.order_task import OrderTask, TaskReply
from switchboard.orders.model import Order
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
        texts = {
            "say_order_details_items": {"lines": _lines(order, speech)},
            "say_order_details_total": {"delivery_fee": speech.money(order.delivery_fee)},
            "say_order_details_address": {"address": order.address},
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


_FACTS = (
    (
        "details_address",
        r"address|where (?:is|are|will).*(?:go|sent|deliver)|going to|which (?:house|town|city)"
        r"|deliver(?:ed|y)? to|destination|地址|寄到哪|送到哪|寄去哪|收货人|收件人|哪儿收|dizhi",
    ),
    ("details_payment", r"\bpa(?:y|id|ying|yment)\b|card|paypal|付款|支付|付的|怎么付|付过|付钱"),
    ("details_refunded", r"refund|money back|退款|退了多少|退多少|退回"),
    (
        "details_parcel",
        r"track(?:ing)?|parcel number|carrier|courier|who (?:delivers|brings)|运单|快递单"
        r"|单号是|物流单|物流号|什么快递|哪家快递|kuaidi",
    ),
    (
        "details_no_parcel",
        r"track(?:ing)?|parcel number|carrier|courier|运单|快递单|物流单|物流号|什么快递|哪家快递",
    ),
    (
        "details_delivered",
        r"deliver(?:ed|y) (?:on|date|day|when)|when .*(?:deliver|arriv|came|come|drop|land"
        r"|turn up)|arrived|签收|什么时候到|哪天到|几号到|送到的|送达|啥时候到",
    ),
    (
        "details_placed",
        r"when .*(?:order|buy|bought|place)|order date|delivery method|express"
        r"|什么时候(?:下|买)|哪天(?:下|买)|下单时间|配送方式",
    ),
    (
        "details_total",
        r"total|in all|altogether|how much|sum|amount|cost me|shipping cost|delivery (?:fee"
        r"|cost)|多少钱|总共|一共|总价|金额|总额|运费|合计|总计|duoshao",
    ),
    (
        "details_items",
        r"what (?:is|'s|did i|have i|do i|was|items|things|stuff)|contents?|which (?:items"
        r"|things|products)|what .*(?:in|order)|price of|(?:pay|paid|cost|price).*\bfor\b"
        r"|list|里面有|有什么|有哪些|买了什么|买了啥|哪几样|几样|清单|单价|明细|都有啥",
    ),
)
_PATTERNS = [(fact, re.compile(pattern, re.IGNORECASE)) for fact, pattern in _FACTS]
_BY_WHICH_MEANS = re.compile(
    r"\b(?:how|which|by|with)\b.*\b(?:pa(?:y|id)\b(?! for)|payment|card|method)"
    r"|\bpa(?:y|id)\b.*\bwith\b|怎么付|付款方式|支付方式",
    re.IGNORECASE,
)
_READ = 500


def facts_asked(text: str) -> list[str]:
    """The facts of an order that a question names; where it names a product, its price."""
    found = [fact for fact, pattern in _PATTERNS if pattern.search(text[:_READ])]
    of_money = "details_items" in found or "details_total" in found
    if "details_payment" in found and of_money and not _BY_WHICH_MEANS.search(text[:_READ]):
        found.remove("details_payment")  # "what did I pay for it"
    return found
