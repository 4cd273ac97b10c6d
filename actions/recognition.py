"""Who the customer is, without an order's number: what forms about the customer ask for first."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from actions.order_task import NOT_NEEDED
from switchboard.conversations.turns import ORIGIN
from switchboard.orders.choosing import named_lines
from switchboard.orders.contact_codes import VALID_SECONDS, Sent, wants_code
from switchboard.orders.contacts import is_fact_of, normal_contact
from switchboard.orders.identity import Verdict
from switchboard.orders.model import Customer
from switchboard.orders.order_system import CustomerQuery
from switchboard.shop.speech import Speech

_NAMES = re.compile(r"[A-Z][\w'’-]+(?: (?:[a-z]{2,3} )?[A-Z][\w'’-]+)+")
_CODES = re.compile(r"\b(?=\w*\d)[A-Za-z0-9]{3,8}\b")
_READ, _MOST = 300, 3
_ONE_THING = 60
"""Characters of an answer that names something ordered."""


@dataclass(frozen=True)
class Recognition:
    """The customer, or what to `ask` for, or why it `failed`; `wrong`: it fits nobody; `code`: what
    came of a wish for a code."""

    customer_id: str = ""
    ask: str = ""
    failed: str = ""
    wrong: bool = False
    code: Sent | None = None


def concerns(tracker: Tracker, starting: bool, name_and_postcode: bool) -> bool:
    """Whether a message is for a form about the customer; what is not is answered by other rules,
    and Rasa asks again."""
    text = str(tracker.latest_message.get("text") or "")[:_READ]
    asked = tracker.get_slot("requested_slot")
    introduced = name_and_postcode and asked == "order_contact" and _CODES.search(text)
    fresh = any(value is not None for value in tracker.slots_to_validate().values())
    return starting or fresh or bool(introduced)


async def recognise(
    services: ActionServices, tracker: Tracker, starting: bool, speech: Speech
) -> Recognition:
    """Whether the conversation has proved to be a customer; else the next step towards it."""
    gate, conversation = services.gate, tracker.sender_id
    if not services.orders.finds_customers:
        return Recognition(failed="list_orders_number_needed")
    known = await asyncio.to_thread(gate.proved_customer, conversation)
    if known:
        return Recognition(known)
    if await asyncio.to_thread(gate.locked, conversation):
        return Recognition(failed="identity_locked")
    text = str(tracker.latest_message.get("text") or "")[:_READ]
    asked = "" if starting else str(tracker.get_slot("requested_slot") or "")
    contact = str(tracker.get_slot("order_contact") or "").removeprefix(NOT_NEEDED)
    if not normal_contact(contact):
        if gate.name_and_postcode and asked == "order_contact" and _CODES.search(text):
            found = await _by_name_and_postcode(services, text)
            return await judge(services, tracker, text, found.id if found else None)
        return Recognition(ask="order_contact")
    if services.policy.optional("identity", "email_alone") is True and "@" in contact:
        (found, *_) = [*await services.orders.find_customers(CustomerQuery(email=contact)), None]
        return await judge(services, tracker, contact, found.id if found else None)
    if asked != "identity_fact":
        return Recognition(ask="identity_fact")
    return await by_second_fact(services, tracker, contact, speech)


async def by_second_fact(
    services: ActionServices, tracker: Tracker, contact: str, speech: Speech
) -> Recognition:
    """What the latest message, the answer to the question for a second fact, comes to: a code is
    sent where it asks for one; else it is a try."""
    text = str(tracker.latest_message.get("text") or "")[:_READ]
    conversation = tracker.sender_id
    if wants_code(text):
        customers = await services.orders.find_customers(_query(contact))
        whose = customers[0] if len(customers) == 1 else None
        sent = await services.codes.send(conversation, contact, whose, speech.language)
        return Recognition(ask="identity_fact", code=sent)
    by_code = await asyncio.to_thread(services.codes.customer_with, conversation, contact, text)
    if by_code:
        return await judge(services, tracker, contact, by_code, two_facts=True)
    found = await customer_with(services, contact, text, speech)
    return await judge(services, tracker, contact, found.id if found else None, two_facts=True)


def _query(contact: str) -> CustomerQuery:
    email = contact if "@" in contact else ""
    return CustomerQuery(email=email, phone="" if email else contact)


async def judge(
    services: ActionServices,
    tracker: Tracker,
    given: str,
    customer_id: str | None,
    *,
    two_facts: bool = False,
) -> Recognition:
    """What a try comes to: `customer_id` is whom a contact and a second fact fit together, if it
    was `two_facts`; else whom the shop takes what was given for."""
    verdict = await asyncio.to_thread(
        services.gate.check_customer,
        tracker.sender_id,
        given,
        customer_id,
        origin_of(tracker),
        two_facts=two_facts,
    )
    if verdict is Verdict.PROVED and customer_id:
        return Recognition(customer_id)
    if verdict is Verdict.WRONG:
        return Recognition(ask="order_contact", wrong=True)
    return Recognition(failed=f"identity_{verdict.value}")


def outcome(known: Recognition, dispatcher: CollectingDispatcher) -> dict[str, Any]:
    """The slots that follow; what fits nobody is said, and asked for anew."""
    slots: dict[str, Any] = {"order_failure": known.failed} if known.failed else {}
    if known.code:
        dispatcher.utter_message(
            response=f"say_code_{known.code.value}", minutes=str(int(VALID_SECONDS // 60))
        )
    if known.wrong:
        dispatcher.utter_message(response="say_customer_wrong")
        slots["order_contact"] = None
    return slots


async def customer_with(
    services: ActionServices, contact: str, fact: str, speech: Speech
) -> Customer | None:
    """The customer on file with this contact whom a second fact fits too: the postcode, the other
    contact, or the name of something they ordered."""
    for customer in await services.orders.find_customers(_query(contact)):
        if is_fact_of(customer, fact, besides=contact):
            return customer
        if len(fact) > _ONE_THING:
            continue  # a list of all that the shop sells names everybody's orders
        for order in await services.orders.orders_of(customer.id):
            if named_lines(fact, order, speech, everything=False):
                return customer
    return None


def origin_of(tracker: Tracker) -> str:
    """Where the latest message came from, as far as its channel knows; empty for nowhere."""
    metadata = tracker.latest_message.get("metadata")
    return str(metadata.get(ORIGIN) or "") if isinstance(metadata, dict) else ""


async def _by_name_and_postcode(services: ActionServices, text: str) -> Customer | None:
    """The customer of whom a text gives both, in whatever words."""
    names = _NAMES.findall(text)[:_MOST]
    for code in _CODES.findall(text)[:_MOST]:
        for name in names:
            words = name.split(" ")
            for start in range(len(words) - 1):  # "I'm Ann Lee", "Name Ann Lee"
                query = CustomerQuery(name=" ".join(words[start:]), postcode=code)
                found = await services.orders.find_customers(query)
                if len(found) == 1:
                    return found[0]
    return None
