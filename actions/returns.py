"""Returns and exchanges."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import ITEMS, PAYMENT, Detail, OrderTask, Wish, read_text
from actions.swaps import WANTED, read_wanted, swap_facts
from switchboard.orders.acts import Act, LineChange, LineReturn, OpenCase
from switchboard.orders.changes import ChangeItems, assess_change
from switchboard.orders.model import CaseKind, Order, OrderState
from switchboard.orders.returns import (
    ExchangeItems,
    ReturnItems,
    assess_exchange,
    assess_return,
    price_difference,
)
from switchboard.orders.rules import Assessment, Quote, Refusal
from switchboard.shop.policy import Policy
from switchboard.shop.speech import Speech

ASK = "ask"
"""In the policy: the customer is asked where money goes, or comes from."""


def _asks_reason(_order: Order, _wish: Wish, policy: Policy) -> bool:
    return policy.optional("returns", "ask_reason") is not False


def _asks_refund_to(order: Order, _wish: Wish, policy: Policy) -> bool:
    several = len(order.customer.payment_methods) > 1
    return several and policy.optional("returns", "refund_to") == ASK


def _asks_payment(order: Order, wish: Wish, policy: Policy) -> bool:
    """Only where money moves."""
    several = len(order.customer.payment_methods) > 1
    asks = several and policy.optional("exchanges", "difference_by") == ASK
    return asks and bool(line_changes(order, wish))


@order_skill
class ReturnItem(OrderTask):
    """Return lines for a refund."""

    name = "return_item"
    refusals = ("not_delivered", "too_late", "not_returnable", "already")
    acts = (ReturnItems, OpenCase)
    details = (
        ITEMS,
        Detail("return_item_reason", read_text, "say_order_item_unknown", needed=_asks_reason),
        replace(PAYMENT, needed=_asks_refund_to),
    )

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_return(order, wish.get("order_item"), services.policy, services.now())

    @override
    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        return "" if quote.fee else "_free"

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> ReturnItems:
        reason = str(wish.get("return_item_reason") or "")
        lines = tuple(
            LineReturn(item.line, item.quantity, reason) for item in order.lines(wish["order_item"])
        )
        return ReturnItems(lines, quote.refund, str(wish.get("order_payment_method") or ""))


def line_changes(order: Order, wish: Wish) -> tuple[LineChange, ...]:
    """The lines that other variants are wanted for; none where the wish is words alone. Before
    packing a line is changed as a whole: the contract cannot split one."""
    chosen = dict(read_wanted(str(wish.get(WANTED.slot) or "")))
    whole = {item.line: item.quantity for item in order.items}
    placed = order.state is OrderState.PLACED
    return tuple(
        LineChange(item.line, chosen[item.line], whole[item.line] if placed else item.quantity)
        for item in order.lines(wish.get("order_item"))
        if item.line in chosen
    )


@order_skill
class ExchangeItem(OrderTask):
    """Other variants for lines of an order: before it is packed a change, after delivery an
    exchange. Where the product has no variants, any words for what is wanted."""

    name = "exchange_item"
    second_item = WANTED.slot
    refusals = ("not_delivered", "too_late", "not_returnable", "already")
    acts = (ExchangeItems, ChangeItems, OpenCase)
    details = (ITEMS, WANTED, replace(PAYMENT, needed=_asks_payment))

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        if order.state is OrderState.PLACED and _has_variants(order):
            allowed = assess_change(order, None, None)
        else:
            allowed = assess_exchange(
                order, wish.get("order_item"), services.policy, services.now()
            )
        if isinstance(allowed, Refusal):
            return allowed
        return Quote(refund=-price_difference(line_changes(order, wish), order))

    @override
    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        if not line_changes(order, wish):
            return ""
        when = "_change" if order.state is OrderState.PLACED else "_swap"
        if quote.refund == 0:
            return f"{when}_even"
        return f"{when}_{'more' if quote.refund < 0 else 'less'}"

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> Act:
        changes = line_changes(order, wish)
        method = str(wish.get("order_payment_method") or "")
        if changes and order.state is OrderState.PLACED:
            return ChangeItems(changes, method)
        if changes:
            return ExchangeItems(changes, method)
        sku = order.lines(wish["order_item"])[0].sku
        return OpenCase(CaseKind.EXCHANGE, sku, str(wish[WANTED.slot]), Decimal("0.00"))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        return {
            **super().facts(order, wish, quote, speech),
            "wanted": str(wish.get(WANTED.slot)),
            **swap_facts(order, line_changes(order, wish), quote, speech),
        }


def _has_variants(order: Order) -> bool:
    return any(item.product is not None for item in order.items)
