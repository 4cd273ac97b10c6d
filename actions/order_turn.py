"""One turn of an order form: which order, whose, is it allowed, which details, yes or no."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Container, Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from actions.order_task import ITEM, ITEMS, NOT_NEEDED, PAYMENT, Detail, OrderTask, Wish
from actions.recognition import by_second_fact, origin_of, outcome
from actions.swaps import LINES, WANTED, choosable, join_wanted, offered, read_wanted
from switchboard.conversations.asked import quote_of
from switchboard.orders.acts import Act
from switchboard.orders.choosing import kept_lines, named_lines, read_swaps, so_many_of_them
from switchboard.orders.contacts import contact_of, normal_contact
from switchboard.orders.identity import Verdict
from switchboard.orders.model import Item, Order, OrderState, Variant
from switchboard.orders.order_system import act_key, with_choices
from switchboard.orders.rules import Assessment, Refusal
from switchboard.shop.policy import Policy
from switchboard.shop.speech import Speech

ASKED = "asked"
"""In `identity_fact`: the question for the second fact is open."""
HANDED_OVER = "handed_over"
"""In `order_failure`, before the name of the task whose form goes on with the same wish."""
_AS_WELL = re.compile(
    r"\b(?:also|too|as well|and the|plus|add(?:ing)?|another|one more|includ(?:e|ing)|along with"
    r"|together with|with (?:the|those|these) (?:rest|others?)|throw in|on top|forgot)\b"
    r"|也|还有|加上|一起|再加|忘了",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?:instead|rather|only|meant(?! to)|not the)\b|而不是|只|不是", re.IGNORECASE
)
_POSTCODE = re.compile(r"\b(?=\w*\d)[A-Za-z0-9]{2,8}(?:[ -][A-Za-z0-9]{2,4})?\b")
_INTRODUCTION = 300
_TWO_NAMES = re.compile(r"\b[A-Z][\w'-]+ (?:[a-z]{2,3} )?[A-Z][\w'-]+")
_CODE_WORD = re.compile(
    r"\b(?:zip|post ?code|postal|name|i am|i'm|this is|here)\b|邮编|我叫|我是", re.IGNORECASE
)
_OTHER_ORDER = re.compile(
    r"\b(?:my |the )?(?:other|another|different) (?:order|purchase|one)\b"
    r"|另(?:外)?一?[个单笔]|别的(?:订单|单)",
    re.IGNORECASE,
)


def message_numbers(tracker: Tracker) -> list[str]:
    """The distinct order numbers in the latest message, in order."""
    found = (str(v) for v in tracker.get_latest_entity_values("order_number"))
    return list(dict.fromkeys(n for n in found if n))


def just_activated(tracker: Tracker, form: str) -> bool:
    """Whether the form started with the latest message.

    Rasa sets the loop before it validates, and offers whatever the form's slots hold from earlier
    for validation, so only the event after the message tells.
    """
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "active_loop":
            return bool(event.get("name") == form)
    return False


def slot_before(tracker: Tracker, slot: str) -> str:
    """The value of a slot before the latest message, which may have named another; empty for none.

    Rasa fills slots from a message's entities before it validates.
    """
    told = False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            told = True
        elif told and event.get("event") == "slot" and event.get("name") == slot:
            return str(event.get("value") or "")
    return ""


def asked_before(tracker: Tracker, action: str) -> int:
    """How many customer messages in a row, up to the latest, this question was asked before."""
    times = 0
    asked = True
    for event in reversed(tracker.events):
        if event.get("event") == "active_loop":
            break
        if event.get("event") == "action" and event.get("name") == action:
            asked = True
            times += 1
        elif event.get("event") == "user":
            if not asked:
                break
            asked = False
    return times


def quoted(actor: str, order: Order, act: Act) -> str:
    """The token of a quote: which act on which version of which order, for whom. A yes carries it,
    so that it agrees to what was said and to nothing else."""
    return act_key(actor, order.number, order.version, act)[:16]


def read_wish(task: OrderTask, tracker: Tracker, order: Order, speech: Speech) -> Wish:
    """The details that the form has collected."""
    wish: dict[str, Any] = {}
    for detail in task.details:
        given = tracker.get_slot(detail.slot)
        if detail.slot == WANTED.slot and tracker.get_slot(LINES):
            given = _wanted_so_far(tracker.get_slot(LINES), order.lines(wish.get("order_item")))
        given = None if given == NOT_NEEDED else given
        wish[detail.slot] = None if given is None else detail.read(str(given), order, speech)
    return wish


def _wanted_so_far(chosen: dict[str, str], items: Sequence[Item]) -> str | None:
    """The articles for all of the items in one value; None while one is missing."""
    lines = [item.line for item in items]
    return join_wanted(chosen, lines) if lines and all(line in chosen for line in lines) else None


def allows(order: Order, task: OrderTask) -> bool:
    """Whether the order system would accept what the task ends in; as far as it tells."""
    return (
        order.allows is None or not task.acts or any(act.type in order.allows for act in task.acts)
    )


def complete(task: OrderTask, order: Order, wish: Wish, policy: Policy) -> bool:
    """Whether all that the task needs to know is known."""
    needed = [d for d in task.details if not d.optional and d.needed(order, wish, policy)]
    return all(wish.get(detail.slot) is not None for detail in needed)


async def appraise(
    task: OrderTask, order: Order, wish: Wish, services: ActionServices
) -> Assessment:
    """What the act would cost, or why it is not allowed: by the shop's policy, then by the order
    system where it has a say."""
    if not allows(order, task):
        return Refusal("not_allowed")
    quote = task.assess(order, wish, services)
    if isinstance(quote, Refusal):
        return quote
    told = await services.orders.quote(order, task.act(order, wish, quote))
    return quote if told is None else told


def _introduction(tracker: Tracker) -> str:
    """The latest message of the conversation so far in which the customer said who they are: with
    two names and a postcode, and without any other matter."""
    for event in reversed(tracker.events):
        if event.get("event") != "user":
            continue
        text = str(event.get("text") or "")[:_INTRODUCTION]
        for number in event.get("parse_data", {}).get("entities") or []:
            if number.get("entity") == "order_number":
                text = text.replace(str(number.get("value")), " ")
        if _POSTCODE.search(text) and _TWO_NAMES.search(text) and _CODE_WORD.search(text):
            return text
    return ""


def _some_of(text: str, order: Order, lines: Sequence[Item]) -> Item | None:
    """So many of the only line as a text says that names none."""
    whole = order.item(lines[0].line) if len(lines) == 1 else None
    return so_many_of_them(text, whole) if whole else None


def _corrected_lines(
    text: str,
    order: Order,
    current: Sequence[Item],
    named: Sequence[Item],
    kept: Container[str],
    swaps: Mapping[str, str],
) -> list[Item]:
    """The lines of the wish after a correction: those named instead or as well, without those that
    the customer keeps, or fewer pieces of the only one; none where nothing changes."""
    some = _some_of(text, order, current)
    if some and not named:
        named = [some]
    left = [item for item in current if item.line not in kept]
    if not named and not swaps:
        return left if len(left) < len(current) else []
    if swaps or (kept and left) or (_AS_WELL.search(text) and not _INSTEAD.search(text)):
        swapped = [item for item in order.items if item.line in swaps]
        merged = {item.line: item for item in [*left, *swapped, *named]}
        return list(merged.values())
    return list(named)


class FormTurn:
    """One turn of a form. `slots` collects the slots to set."""

    def __init__(
        self,
        task: OrderTask,
        services: ActionServices,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        fresh: dict[str, Any],
        starting: bool,
    ) -> None:
        self.task, self.services = task, services
        self.dispatcher, self.tracker, self.fresh = dispatcher, tracker, fresh
        self.speech = services.phrasebook.speak(tracker.get_slot("language"))
        self.slots: dict[str, Any] = {}
        self.starting = starting
        self.corrected = False
        """Whether the message changes details at the question for a yes."""
        if starting:
            self._start()

    def get(self, slot: str) -> Any:
        """The value that a slot will have after this turn."""
        return self.slots.get(slot, self.tracker.get_slot(slot))

    def say(self, response: str, **facts: str) -> None:
        """Send a message before the next question."""
        self.dispatcher.utter_message(response=response, **facts)

    @property
    def _text(self) -> str:
        return str(self.tracker.latest_message.get("text") or "")

    def _products(self) -> list[str]:
        return list(dict.fromkeys(map(str, self.tracker.get_latest_entity_values("product"))))

    def _start(self) -> None:
        """Clear what an earlier run left, above all its yes; take what the wish names."""
        self.slots.update(order_confirm=None, order_quote=None, order_failure=None)
        self.slots.update({detail.slot: None for detail in self.task.details})
        # The item of the form that this one takes over from.
        if self._takes_items and self.tracker.get_slot("requested_slot"):
            self.slots["order_item"] = self.tracker.get_slot("order_item")
        handed_over = str(self.tracker.get_slot("order_failure")).startswith(HANDED_OVER)
        question = str(self.tracker.get_slot("order_question") or "") if handed_over else self._text
        others = self.tracker.get_slot("order_other_items") if handed_over else None
        self.slots.update(order_question=question, order_other_items=None, order_swaps=None)
        self.slots.update(self._found())
        products = self._products()
        if others and self.task.second_item:
            self._queue(others)
        if products and "order_item" in self.slots:
            self.slots["order_item"] = products[0]
            if ITEM in self.task.details or self.task.second_item:
                self._queue(products[1:])
        # If this form interrupts another one, Rasa has not filled the number for it.
        numbers = message_numbers(self.tracker)
        if numbers:
            self.slots["order_number"] = numbers[0]
        if len(numbers) > 1:
            others = ", ".join(numbers[1:])
            self.say("say_one_order_at_a_time", order_number=numbers[0], others=others)

    def _found(self) -> dict[str, str]:
        """What the latest message says of the details, by slot, unless a button sent it."""
        if self._text.startswith("/"):
            return {}
        found = ((detail.slot, detail.find(self._text)) for detail in self.task.details)
        return {slot: value for slot, value in found if value is not None}

    def _queue(self, products: list[str]) -> None:
        """Two items in one wish are dealt with one after the other."""
        taken = self.task.second_item
        if products and taken:
            self.slots[taken] = self.speech.product(products[0])
        else:
            self.slots["order_other_items"] = products[:2]

    def _queue_others(self, order: Order) -> None:
        """What else was named of this order is asked for afterwards."""
        others = self.get("order_other_items") or []
        requests = [
            {
                "text": self.speech.product(sku),
                "intent": {"name": self.task.name, "confidence": 1.0},
                "entities": [{"entity": "product", "value": sku, "start": 0, "end": 0}],
            }
            for sku in others
            if order.item(sku)
        ]
        if others:
            self.slots["order_other_items"] = None
        if requests:
            waiting = self.get("pending_requests") or []
            self.slots["pending_requests"] = [*waiting, *requests][:3]

    def _put_items_in_place(self, order: Order) -> None:
        """Of two products named, the one in the order is the item, wherever it stands."""
        products = self._products()
        wanted = self.task.second_item
        if wanted and self.get(wanted):
            own = [self.speech.item(item) for item in order.items]
            if self.get(wanted) in own:  # two of the order's lines, neither in the other's place
                self.slots[wanted] = None
        if self.starting and wanted and len(products) > 1:
            first, second = products[:2]
            if order.item(first) is None and order.item(second) is not None:
                self.slots["order_item"] = second
                self.slots[self.task.second_item] = self.speech.product(first)

    async def correct(self) -> None:
        """At the question for a yes: a message with something else in it changes the wish."""
        if self.starting or self.tracker.get_slot("requested_slot") != "order_confirm":
            return
        agreed = self.fresh.get("order_confirm")
        if agreed or self._text.startswith("/"):
            return
        if agreed is None:
            found = self._found()
            products = self._products()
            if products and self._takes_items:
                found["order_item"] = products[0]
            self.corrected = bool(found)
            self.slots.update(found)
        if any(detail.slot in ("order_item", PAYMENT.slot) for detail in self.task.details):
            await self._correct_choices()
        if agreed is False and self.corrected:  # "no, the mug only" refuses what was read alone
            self.slots["order_confirm"] = None

    async def _correct_choices(self) -> None:
        """The same for what only the order tells: its lines, the variants of their products, and
        its customer's means of payment."""
        hand = await asyncio.to_thread(
            self.services.gate.in_hand, self.tracker.sender_id, self.get("order_number")
        )
        found = await self.services.orders.find(str(hand.number)) if hand.proved else None
        if found is None:
            return
        order = await with_choices(self.services.orders, found)
        if self._takes_items:
            self._correct_lines(order)
        method = PAYMENT.read(self._text, order, self.speech)
        if method and any(detail.slot == PAYMENT.slot for detail in self.task.details):
            self.slots[PAYMENT.slot] = method
            self.corrected = True

    def _correct_lines(self, order: Order) -> None:
        current = order.lines(slot_before(self.tracker, "order_item"))
        kept = {item.line for item in kept_lines(self._text, order, self.speech)}
        named = named_lines(self._text, order, self.speech, everything=False)
        named = tuple(item for item in named if item.line not in kept)
        swaps = self._swaps_in(named or current)
        lines = _corrected_lines(self._text, order, current, named, kept, swaps)
        if lines:
            # What the wish said of lines is no longer read (`_take_lines`).
            settled = dict(self.tracker.get_slot("order_swaps") or {})
            self.slots.update(order_item=order.choice(lines), order_swaps={**settled, **swaps})
            self.corrected = True

    def _swaps_in(self, items: Sequence[Item]) -> dict[str, str]:
        if not items or not any(detail.slot == WANTED.slot for detail in self.task.details):
            return {}
        answering = items[0].line if len(items) == 1 else ""
        chosen = read_swaps(self._text, items, self.speech, answering).chosen
        if self.fresh.get("order_confirm") is not False:
            return dict(chosen)
        own = {item.line: item.sku for item in items}  # "no, I keep the blue one"
        return {line: sku for line, sku in chosen.items() if own.get(line) != sku}

    @property
    def _takes_items(self) -> bool:
        return any(detail.slot == "order_item" for detail in self.task.details)

    @property
    def _contact(self) -> str:
        """The e-mail address or phone that the customer gave; empty for none."""
        contact = str(self.get("order_contact") or "")
        return "" if contact == NOT_NEEDED else contact

    async def introduces(self) -> bool:
        """Whether the message says who the customer is, in words that fill no slot."""
        asked = self.tracker.get_slot("requested_slot")
        if asked == "order_contact" and self.services.gate.name_and_postcode:
            return _POSTCODE.search(self._text) is not None
        if asked != "order_number":
            return bool(asked == "identity_fact")
        gate, conversation = self.services.gate, self.tracker.sender_id
        return await asyncio.to_thread(gate.proved_customer, conversation) is not None

    async def settle(self) -> str | None:
        """The slot to ask for, or None when the form is done."""
        if self.starting:
            await self._choose_order()
        order = await self._identify()
        if not isinstance(order, Order):
            return order
        if not self._contact:
            self.slots["order_contact"] = NOT_NEEDED  # known in another way
        if self.task.details:
            order = await with_choices(self.services.orders, order)
        wish: dict[str, Any] = {}
        self._put_items_in_place(order)
        self._take_lines(order)
        if self._hands_over(order) or isinstance(self._allowed(order), Refusal):
            return None
        self._queue_others(order)
        missing = self._missing(order, wish)
        if missing:
            return missing
        if not await self.task.confirmable(order, self.services):
            return None
        quote = await appraise(self.task, order, wish, self.services)
        if isinstance(quote, Refusal):
            return None
        act = self.task.act(order, wish, quote)
        return self._confirm(quoted(self.tracker.sender_id, order, act))

    def _missing(self, order: Order, wish: dict[str, Any]) -> str | None:
        """The first detail that is still to be asked for; `wish` takes what is known."""
        for detail in self.task.details:
            if not detail.needed(order, wish, self.services.policy):
                self.slots[detail.slot] = NOT_NEEDED
                continue
            read = self._read_wanted if detail.slot == WANTED.slot else self._read
            if not read(detail, wish, order) and not detail.optional:
                return detail.slot
        return None

    def _allowed(self, order: Order) -> Assessment:
        """Before any detail is asked for: whether it is possible at all."""
        if not allows(order, self.task):
            return Refusal("not_allowed")
        return self.task.assess(order, {}, self.services)

    def _hands_over(self, order: Order) -> bool:
        """Whether another task gives what is wished, as the order stands: its form goes on."""
        other, wanted = self.task.instead(order), self._wants_another(order)
        if self.task.name == "change_order" and (wanted or self._wants_variant(order)):
            other = "exchange_item"
        if other:
            self.slots.update(
                order_failure=f"{HANDED_OVER}:{other}", order_other_items=wanted or None
            )
        return bool(other)

    def _wants_another(self, order: Order) -> list[str]:
        """The products that a wish names beside one of an order that is there: "the desk lamp for
        the floor lamp" changes nothing, and is an exchange."""
        if order.state is not OrderState.DELIVERED:
            return []
        return [sku for sku in self.get("order_other_items") or [] if order.item(sku) is None]

    def _wants_variant(self, order: Order) -> bool:
        wished = read_swaps(str(self.get("order_question") or ""), order.items, self.speech)
        latest = read_swaps(self._text, order.items, self.speech)
        counted = self.services.policy.optional("changes", "quantities") is not False
        products = any(item.product for item in order.items)
        return products and bool(not counted or wished.chosen or wished.open or latest.chosen)

    def _take_lines(self, order: Order) -> None:
        """The lines that the wish names, or its correction at the question for a yes."""
        if not any(detail.read == ITEMS.read for detail in self.task.details):
            return
        given = str(self.get("order_item") or "")
        settled = bool(given) and order.choice(order.lines(given)) == given
        asked_now = self.tracker.get_slot("requested_slot") == "order_item"
        if self._text.startswith("/") or (settled and asked_now):
            return
        if not settled or self.get("order_swaps") is None:
            question = str(self.get("order_question") or "")
            named = named_lines(question, order, self.speech)
            some = None if named else _some_of(question, order, order.items)
            named = (some,) if some else named
            if len(named) > 1 or (named and (not settled or named[0].line == given)):
                self.slots["order_item"] = order.choice(named)
                self.slots["order_other_items"] = None

    async def _choose_order(self) -> None:
        """Of the orders proved to be theirs: the other one, or the one with the product."""
        if message_numbers(self.tracker) or self._text.startswith("/"):
            return
        gate, orders = self.services.gate, self.services.orders
        proved = await asyncio.to_thread(gate.proved_orders, self.tracker.sender_id)
        current = self.tracker.get_slot("order_number")
        if _OTHER_ORDER.search(self._text):
            others = [number for number in proved if number != current]
            self.slots["order_number"] = others[0] if len(others) == 1 else None
            return
        products = self._products()
        for number in [n for n in (current, *proved) if n in proved] if products else ():
            order = await orders.find(number)
            named = [sku for sku in products if order and order.item(sku)]
            if named:
                self.slots["order_number"] = number
                return

    async def _identify(self) -> Order | str | None:
        """The proved order; else the slot to ask for, or None to end."""
        raw = self.get("order_number")
        gate, conversation = self.services.gate, self.tracker.sender_id
        hand = await asyncio.to_thread(gate.in_hand, conversation, raw)
        number = self.slots["order_number"] = hand.number
        if number is None:
            if self.task.general and not raw:
                self.slots["order_failure"] = self.task.general
                return None
            if raw:
                self.say("say_order_number_invalid")
            return await self._which_order()
        if hand.proved:
            return await self.services.orders.find(number) or "order_number"
        if await asyncio.to_thread(gate.locked, conversation):
            self.slots["order_failure"] = "identity_locked"
            return None
        found = await self.services.orders.find(number)
        adopted = found is not None and await asyncio.to_thread(gate.adopt, conversation, found)
        if adopted:
            return found
        contact = self._contact_given()
        if not contact:
            return "order_contact"
        return await self._prove(number, contact, found)

    async def _which_order(self) -> Order | str | None:
        """Without a number: one of the orders of the customer who is known, or who becomes known by
        a contact and a second fact; returns what `_identify` returns."""
        gate, conversation = self.services.gate, self.tracker.sender_id
        customer = await asyncio.to_thread(gate.proved_customer, conversation)
        if customer is None and self.services.orders.finds_customers:
            customer = await self._recognise()
        if customer is None or self.slots.get("order_failure"):
            waits = "identity_fact" if self.slots.get("identity_fact") == ASKED else "order_number"
            return None if self.slots.get("order_failure") else waits
        orders = await self.services.orders.orders_of(customer)
        named = [order for order in orders if named_lines(self._text, order, self.speech)]
        chosen = named if self.starting or len(named) == 1 else []
        if len(chosen) != 1 and len(orders) > 1:
            return "order_number"
        order = next(iter(chosen or orders), None)
        if order is None or not await asyncio.to_thread(gate.adopt, conversation, order):
            return "order_number"
        self.slots["order_number"] = order.number
        return order

    async def _recognise(self) -> str | None:
        """The customer whom the contact given and the answer to the second question fit."""
        contact = self._contact
        asked = self.tracker.get_slot("requested_slot")
        if not normal_contact(contact) or asked not in ("order_number", "identity_fact"):
            return None
        if asked == "order_number":
            self.slots["identity_fact"] = ASKED
            return None
        known = await by_second_fact(self.services, self.tracker, contact, self.speech)
        self.slots.update(outcome(known, self.dispatcher))
        if known.code:
            self.slots["identity_fact"] = ASKED
        return known.customer_id or None

    def _contact_given(self) -> str:
        """The contact, or the name and the postcode, that the customer gave; empty for nothing."""
        contact = self._contact
        if contact or not self.services.gate.name_and_postcode:
            return contact
        asked = self.tracker.get_slot("requested_slot") == "order_contact"
        if asked and not self.starting:
            return self._text if _POSTCODE.search(self._text) else ""
        return _introduction(self.tracker) if self.starting else ""

    async def _prove(self, number: str, contact: str, found: Order | None) -> Order | str | None:
        """Check an identity try; returns what `_identify` returns."""
        on_file = contact_of(found.customer) if found else None
        verdict = await asyncio.to_thread(
            self.services.gate.check,
            self.tracker.sender_id,
            number,
            contact,
            on_file,
            origin_of(self.tracker),
        )
        if verdict in (Verdict.WAIT, Verdict.LOCKED):
            self.slots.update(order_failure=f"identity_{verdict.value}", order_contact=None)
            return None
        if verdict is Verdict.WRONG or found is None:
            self.say("say_identity_wrong")
            self.slots.update(order_number=None, order_contact=None)
            return "order_number"
        return found

    def _read(self, detail: Detail, wish: dict[str, Any], order: Order) -> bool:
        """Read one detail into `wish`; False if it must be asked for."""
        given = self.get(detail.slot)
        if detail.slot == "order_item" and len(order.items) == 1 and not order.lines(given):
            given = order.items[0].line
        if given is None:
            return False
        value = wish[detail.slot] = detail.read(str(given), order, self.speech)
        self.slots[detail.slot] = value if isinstance(value, str) or value is None else str(given)
        if value is None:
            if not detail.optional:
                self.say(detail.complaint, order_number=order.number)
            return False
        return True

    def _read_wanted(self, detail: Detail, wish: dict[str, Any], order: Order) -> bool:
        """What shall come in place of each line: from the wish, then from each answer."""
        items = order.lines(wish.get("order_item"))
        asked = self.tracker.get_slot("requested_slot") == detail.slot
        in_words = self.get(detail.slot) if not asked or detail.slot in self.slots else None
        if not any(item.product for item in items) or (in_words and not read_wanted(in_words)):
            return self._read(detail, wish, order)
        chosen = {
            line: sku
            for line, sku in dict(self.get(LINES) or {}).items()
            if any(item.line == line for item in items)
        }
        waiting = [item for item in items if item.line not in chosen]
        left: dict[str, tuple[Variant, ...]] = {}
        pressed = next(iter(self.tracker.get_latest_entity_values("variant")), None)
        first = waiting[0].product if waiting else None
        if asked and pressed and first is not None and first.variant(str(pressed)):
            chosen[waiting[0].line] = str(pressed)
        elif not self._text.startswith("/") and waiting:
            text = self._text if asked else str(self.get("order_question") or "")
            answering = waiting[0].line if asked else ""
            read = read_swaps(text, waiting, self.speech, answering)
            chosen.update(read.chosen)
            left.update(read.open)
        self.slots[LINES] = chosen
        wanted = _wanted_so_far(chosen, items)
        if wanted is not None:
            self.slots[detail.slot] = wish[detail.slot] = wanted
            return True
        item = next(item for item in items if item.line not in chosen)
        other = self._other_product(item) if asked and item is waiting[0] else None
        if other is not None:
            self.slots[detail.slot] = wish[detail.slot] = self.speech.product(other)
            return True
        variants = left.get(item.line) or choosable(item.product)
        found = (
            "several" if item.line in left else "none" if asked and item is waiting[0] else "ask"
        )
        self.dispatcher.utter_message(
            response=f"say_which_variant_{found}", **offered(item, variants, self.speech)
        )
        self.slots[detail.slot] = None
        return False

    def _other_product(self, item: Item) -> str | None:
        """The product that the message names to come in place of this one, where the shop takes
        another than a variant of the same."""
        if self.services.policy.optional("exchanges", "other_products") is False:
            return None
        others = (sku for sku in self._products() if sku not in (item.sku, item.product_id))
        return next(others, None)

    def _confirm(self, quote: str) -> str | None:
        """Ask for a yes, unless this message is one to exactly this quote, or a no."""
        fresh = (
            "order_confirm" in self.fresh
            and self.tracker.get_slot("requested_slot") == "order_confirm"
            and "order_confirm" not in self.slots
            # "No, I meant 4712" is a correction, not a refusal.
            and not message_numbers(self.tracker)
        )
        named = quote_of(self.tracker.latest_message.get("entities") or [])
        if fresh and self.get("order_confirm") is False:
            return None
        if fresh and named == quote == self.get("order_quote"):
            return None
        if fresh and named not in (None, quote, self.get("order_quote")):
            self.say("say_quote_outdated")
        self.slots["order_confirm"] = None
        return "order_confirm"
