"""Wishes to be told of something by itself: agreed to where the order is proved."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from switchboard.mailroom.window import PAGES, WINDOW_HOURS
from switchboard.orders.model import Order, OrderState
from switchboard.outreach.news_kinds import OF_ORDERS, NewsKind
from switchboard.outreach.news_wishes import stops_news, wishes_in
from switchboard.shop.speech import Speech

_RECENT = 8
"""Messages of the customer in which a wish is looked for: a form asks a few things first."""


async def agree_to_order_news(
    services: ActionServices, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order
) -> None:
    """Take up a wish of the latest messages, once the order that it is about is proved."""
    kinds = [kind for kind in OF_ORDERS if kind in _wished(tracker)]
    if order.state is OrderState.DELIVERED and NewsKind.DELIVERY in kinds:
        kinds.remove(NewsKind.DELIVERY)  # there is no more news of it
    if order.state is OrderState.CANCELLED or not kinds:
        return
    await _agree(services, dispatcher, tracker, kinds, order.number)


async def agree_to_stock_news(
    services: ActionServices, dispatcher: CollectingDispatcher, tracker: Tracker, speech: Speech
) -> bool:
    """Take up a wish of the latest message to be told when a product is back; whether it was
    one."""
    text = str(tracker.latest_message.get("text") or "")
    if services.consents is None or NewsKind.STOCK not in wishes_in(text):
        return False
    sku = next(iter(tracker.get_latest_entity_values("product")), None)
    known = speech.catalogue.by_sku
    if sku is None or str(sku) not in known:
        example = speech.product(next(iter(known))) if known else "…"
        dispatcher.utter_message(response="say_news_which_product", example=example)
        return True
    await _agree(services, dispatcher, tracker, [NewsKind.STOCK], str(sku))
    return True


async def _agree(
    services: ActionServices,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    kinds: list[NewsKind],
    subject: str,
) -> None:
    if services.consents is None:
        return
    channel = str(tracker.get_latest_input_channel() or "")
    recorded = [
        await asyncio.to_thread(services.consents.agree, tracker.sender_id, channel, kind, subject)
        for kind in kinds
    ]
    if not all(recorded):
        dispatcher.utter_message(response="say_news_unreachable")
    elif channel in WINDOW_HOURS:
        hours = str(WINDOW_HOURS[channel])
        dispatcher.utter_message(response="say_news_agreed_window", window_hours=hours)
    else:
        page = "_page" if channel in PAGES else ""
        dispatcher.utter_message(response=f"say_news_agreed{page}")


def _wished(tracker: Tracker) -> frozenset[NewsKind]:
    """What the latest messages ask for, since the form began or since it was taken up."""
    read = 0
    for event in reversed(tracker.events):
        if _takes_up(event):
            break
        if event.get("event") != "user":
            continue
        text = str(event.get("text") or "")
        kinds = wishes_in(text)
        read += 1
        if kinds or stops_news(text) or read >= _RECENT:
            return kinds
    return frozenset()


def _takes_up(event: dict[str, Any]) -> bool:
    """Whether an event is an answer by which a wish was taken up already."""
    named = str((event.get("metadata") or {}).get("utter_action") or "")
    return event.get("event") == "bot" and named.startswith(("say_news_agreed", "say_news_unr"))
