"""Cancelling an order, and asking for the fee."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.action_services import ActionServices
from actions.base import Events, SafeAction
from actions.order_form import order_skill
from actions.order_task import ITEMS_IF_NAMED, Detail, OrderTask, TaskReply, Wish
from switchboard.orders.acts import Act, LineChange
from switchboard.orders.cancellation import BETWEEN_WORDS, Cancel, assess_cancel, named_reason
from switchboard.orders.changes import ChangeItems, assess_taking_out
from switchboard.orders.model import Item, Order, OrderState
from switchboard.orders.rules import Assessment, Quote, Refusal
from switchboard.orders.withdrawal import withdrawable
from switchboard.shop.policy import Policy
from switchboard.shop.speech import Speech


def read_reason(text: str, _order: Order, speech: Speech) -> str | None:
    """The shop's code for the reason that `text` gives."""
    return named_reason(text, speech.words)


def _asks_reason(order: Order, wish: Wish, policy: Policy) -> bool:
    return policy.optional("cancellation", "ask_reason") is True and not part_of(order, wish)


@order_skill
class CancelOrder(OrderTask):
    """Cancel an order before it is shipped; or take out the items that are named."""

    name = "cancel_order"
    refusals = ("cancelled", "shipped", "delivered", "packed")
    acts = (Cancel,)
    details = (
        ITEMS_IF_NAMED,
        Detail(
            "cancel_order_reason",
            read_reason,
            "say_cancel_order_reason_unknown",
            needed=_asks_reason,
        ),
    )

    @override
    def instead(self, order: Order) -> str:
        """What can be called off of an order that is there is its return."""
        delivered = order.state is OrderState.DELIVERED
        return "withdraw_request" if delivered and withdrawable(order) else ""

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        part = part_of(order, wish)
        whole = assess_cancel(order, services.policy, services.now())
        if not part or isinstance(whole, Refusal):
            return whole
        return assess_taking_out(order, part)

    @override
    def variant(self, order: Order, wish: Wish, quote: Quote) -> str:
        if part_of(order, wish):
            return "_part"
        if not order.paid:
            return "_unpaid"
        return "_fee" if quote.fee else "_free"

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> Act:
        part = part_of(order, wish)
        if not part:
            return Cancel(quote.fee, str(wish.get("cancel_order_reason") or ""))
        left = {item.line: item.quantity for item in order.items}
        return ChangeItems(
            tuple(LineChange(i.line, i.sku, left[i.line] - i.quantity) for i in part)
        )


def part_of(order: Order, wish: Wish) -> tuple[Item, ...]:
    """The items that alone are to be cancelled; none for the whole order, or all of it."""
    items = order.lines(wish.get("order_item"))
    return () if order.is_all(items) else items


class ActionAskCancelOrderReason(SafeAction):
    """Asks why the order is cancelled, where the shop wants to know (`cancellation.ask_reason`)."""

    @override
    def name(self) -> str:
        return "action_ask_cancel_order_reason"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Offer the shop's reasons."""
        speech = self.speech(tracker)
        reasons = [
            speech.word("cancel_reasons", code).split(BETWEEN_WORDS)[0]
            for code in speech.words.get("cancel_reasons", {})
        ]
        dispatcher.utter_message(
            response="say_which_cancel_reason",
            reasons=speech.listed(reasons),
            buttons=[{"title": reason, "payload": reason} for reason in reasons],
        )
        return []


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
