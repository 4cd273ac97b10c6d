"""Tracking an order, and the two questions that all order forms share."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from actions.base import Events
from actions.order_form import OrderAction, PerformOrderTask, ValidateOrderForm
from actions.order_task import OrderTask
from actions.order_turn import read_wish
from switchboard.orders.model import Order, OrderState
from switchboard.orders.rules import Quote
from switchboard.shop.speech import Speech


class TrackOrder(OrderTask):
    """Where is it?"""

    name = "track_order"

    async def confirmable(self, order: Order, services: ActionServices) -> bool:
        """Looking changes nothing."""
        return False


class ValidateTrackOrderForm(ValidateOrderForm):
    """Collects the order and the proof."""

    task = TrackOrder()


class ActionTrackOrder(PerformOrderTask):
    """Tells how far an order has come."""

    task = TrackOrder()

    async def show(
        self,
        dispatcher: CollectingDispatcher,
        order: Order,
        facts: dict[str, str],
        speech: Speech,
    ) -> None:
        """One sentence for each state, another when it is late."""
        state = order.state.value
        days = speech.policy.facts(speech.language)[f"delivery_{order.delivery}_days"]
        facts = {
            **facts,
            "placed_on": speech.day(order.placed_at),
            "delivery_method": speech.word("deliveries", order.delivery),
            "delivery_days": days,
        }
        shipment = order.shipment
        if shipment is not None:
            late = shipment.expected_on < self.services.now().date()
            if order.state is OrderState.SHIPPED and late:
                state = "overdue"
            facts.update(
                carrier=shipment.carrier,
                tracking=shipment.tracking,
                shipped_on=speech.day(shipment.shipped_at),
                expected_on=speech.day(shipment.expected_on),
                delivered_on=speech.day(shipment.delivered_at) if shipment.delivered_at else "",
            )
        dispatcher.utter_message(response=f"say_track_order_{state}", **facts)


def task_of(tracker: Tracker) -> OrderTask | None:
    """The task whose form is active."""
    form = (tracker.active_loop or {}).get("name")
    tasks = (action().task for action in ValidateOrderForm.__subclasses__())
    return next((task for task in tasks if task.form == form), None)


class ActionAskOrderItem(OrderAction):
    """Which line of the order: as buttons, and in words for who types."""

    def name(self) -> str:
        """See `SafeAction`."""
        return "action_ask_order_item"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Offer the items."""
        order = await self.open_order(tracker)
        if order is not None:
            speech = self.speech(tracker)
            buttons = [
                {"title": speech.item(item), "payload": f'/inform{{"product": "{item.sku}"}}'}
                for item in order.items
            ]
            dispatcher.utter_message(
                response="say_which_item", order_number=order.number, buttons=buttons
            )
        return []


class ActionAskOrderConfirm(OrderAction):
    """Says what would happen, and asks for a yes."""

    def name(self) -> str:
        """See `SafeAction`."""
        return "action_ask_order_confirm"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Put the task's quote into words."""
        order, task = await self.open_order(tracker), task_of(tracker)
        if order is None or task is None:
            return []
        speech = self.speech(tracker)
        wish = read_wish(task, tracker, order, speech)
        quote = task.assess(order, wish, self.services)
        if isinstance(quote, Quote):
            response = f"say_{task.name}_confirm{task.variant(order, wish, quote)}"
            facts = task.facts(order, wish, quote, speech)
            dispatcher.utter_message(response=response, **facts)
        return []
