"""Money back: asking for it, and following it."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from actions.order_form import PerformOrderTask, ValidateOrderForm
from actions.order_task import OrderTask, Wish
from switchboard.orders.model import CaseKind, OpenCase, Order
from switchboard.orders.rules import Assessment, Quote, assess_refund
from switchboard.shop.speech import Speech


class GetRefund(OrderTask):
    """The whole order's money back."""

    name = "get_refund"

    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        """See `OrderTask`."""
        return assess_refund(order, services.policy, services.now())

    def act(self, order: Order, wish: Wish, quote: Quote) -> OpenCase:
        """See `OrderTask`."""
        return OpenCase(CaseKind.REFUND, None, "refund of the whole order", quote.refund)


class ValidateGetRefundForm(ValidateOrderForm):
    """Collects what a refund needs."""

    task = GetRefund()


class ActionGetRefund(PerformOrderTask):
    """Files the request."""

    task = GetRefund()


class TrackRefund(OrderTask):
    """Where is the money?"""

    name = "track_refund"

    async def confirmable(self, order: Order, services: ActionServices) -> bool:
        """Looking changes nothing."""
        return False


class ValidateTrackRefundForm(ValidateOrderForm):
    """Collects the order and the proof."""

    task = TrackRefund()


class ActionTrackRefund(PerformOrderTask):
    """Tells how far each refund has come."""

    task = TrackRefund()

    async def show(
        self,
        dispatcher: CollectingDispatcher,
        order: Order,
        facts: dict[str, str],
        speech: Speech,
    ) -> None:
        """One sentence for each refund, newest first, three at most."""
        refunds = await self.services.orders.refunds(order.number)
        if not refunds:
            dispatcher.utter_message(response="say_track_refund_none", **facts)
        for refund in refunds[:3]:
            dispatcher.utter_message(
                response=f"say_track_refund_{refund.state.value}",
                order_number=order.number,
                reference=refund.reference,
                amount=speech.money(refund.amount),
                payment=speech.word("payments", refund.method),
                requested_on=speech.day(refund.requested_at),
                paid_on=speech.day(refund.paid_at) if refund.paid_at else "",
            )
