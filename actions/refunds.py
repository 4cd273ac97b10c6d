"""Refunds: requesting and tracking them."""

from __future__ import annotations

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import OrderTask, TaskReply, Wish
from switchboard.orders.acts import OpenCase
from switchboard.orders.model import CaseKind, Order
from switchboard.orders.refunds import assess_refund
from switchboard.orders.returns import ReturnItems
from switchboard.orders.rules import Assessment, Quote


@order_skill
class GetRefund(OrderTask):
    """Request the refund of a whole order."""

    name = "get_refund"
    acts = (OpenCase, ReturnItems)
    refusals = ("not_delivered", "too_late", "already", "unpaid")

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_refund(order, services.policy, services.now())

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> OpenCase:
        return OpenCase(CaseKind.REFUND, None, "refund of the whole order", quote.refund)


@order_skill
class TrackRefund(OrderTask):
    """Tell the state of an order's refunds."""

    name = "track_refund"
    changes_order = False

    async def show(self, reply: TaskReply) -> None:
        """One reply per refund, newest first, three at most."""
        refunds = await reply.services.orders.refunds(reply.order.number)
        reports = [case for case in reply.order.cases if case.kind is CaseKind.DAMAGE]
        if not refunds and reports:
            reply.say("say_track_refund_case", reference=reports[-1].reference)
        elif not refunds:
            reply.say("say_track_refund_none")
        speech = reply.speech
        for refund in refunds[:3]:
            reply.say(
                f"say_track_refund_{refund.state.value}",
                reference=refund.reference,
                amount=speech.money(refund.amount),
                payment=speech.word("payments", refund.method),
                requested_on=speech.day(refund.requested_at),
                paid_on=speech.day(refund.paid_at) if refund.paid_at else "",
            )
