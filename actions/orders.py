"""Tracking an order, and the two questions that all order forms share."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.order_form import active_task, order_skill
from actions.order_task import OrderTask, TaskReply
from actions.order_turn import read_wish
from switchboard.orders.model import OrderState
from switchboard.orders.rules import Quote


@order_skill
class TrackOrder(OrderTask):
    """Tell where an order is."""

    name = "track_order"
    changes_order = False

    async def show(self, reply: TaskReply) -> None:
        """One reply per state, another if the order is late."""
        order, speech = reply.order, reply.speech
        state, shipment = order.state.value, order.shipment
        days = speech.policy.facts(speech.language)[f"delivery_{order.delivery}_days"]
        facts = {
            "placed_on": speech.day(order.placed_at),
            "delivery_method": speech.word("deliveries", order.delivery),
            "delivery_days": days,
        }
        if shipment is not None:
            late = shipment.expected_on < reply.services.now().date()
            if order.state is OrderState.SHIPPED and late:
                state = "overdue"
            facts.update(
                carrier=shipment.carrier,
                tracking=shipment.tracking,
                shipped_on=speech.day(shipment.shipped_at),
                expected_on=speech.day(shipment.expected_on),
                delivered_on=speech.day(shipment.delivered_at) if shipment.delivered_at else "",
            )
        reply.say(f"say_track_order_{state}", **facts)


class ActionAskOrderItem(SafeAction):
    """Asks for a line of the order: as buttons, and in words for customers who type."""

    @override
    def name(self) -> str:
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


class ActionAskOrderConfirm(SafeAction):
    """Describes what would happen, and asks for a yes."""

    @override
    def name(self) -> str:
        return "action_ask_order_confirm"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Reply with the task's quote."""
        order, task = await self.open_order(tracker), active_task(tracker)
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
