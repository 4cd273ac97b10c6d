"""The form and the action of each order task: validation, confirmation, act and report.

The sequence is the same for every task: which order, whose identity, is it allowed, which details,
yes or no, done. Rasa's forms carry it; what is asked next is decided here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeVar

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from actions.order_task import OrderTask, TaskReply, Wish
from actions.order_turn import (
    HANDED_OVER,
    FormTurn,
    allows,
    appraise,
    asked_before,
    complete,
    just_activated,
    message_numbers,
    quoted,
    read_wish,
)
from actions.outreach import agree_to_order_news
from actions.prices import tell_shop_price
from switchboard.errors import OrderSystemDown
from switchboard.orders.model import Conflict, Order
from switchboard.orders.order_system import act_key, with_choices
from switchboard.orders.rules import Assessment, Quote, Refusal
from switchboard.shop.speech import Speech


class TaskAction(SafeAction, ABC):
    """An action of an order task: `order_skill` makes one of each kind for it."""

    @property
    @abstractmethod
    def task(self) -> OrderTask:
        """The task."""


class ValidateOrderForm(TaskAction, ABC):
    """`validate_<form>`: updates the slots after each message and decides what to ask next."""

    @override
    def name(self) -> str:
        return f"validate_{self.task.form}"

    def failed(self, dispatcher: CollectingDispatcher, kind: str, **facts: str) -> Events:
        """End the form; the task's own action, which Rasa runs next, tells the customer."""
        failure = f"{kind}:{facts['error_id']}" if "error_id" in facts else kind
        return [SlotSet("order_failure", failure), SlotSet("requested_slot", None)]

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Settle the slots in order until one is missing."""
        starting = just_activated(tracker, self.task.form)
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        fresh = {k: v for k, v in tracker.slots_to_validate().items() if v is not None}
        turn = FormTurn(self.task, self.services, dispatcher, tracker, fresh, starting)
        await turn.correct()
        told = fresh or turn.corrected or await turn.introduces() or intent == self.task.name
        if not starting and not told:
            return []  # nothing for this form: other rules answer, then Rasa asks again
        ask = await turn.settle()
        if ask and asked_before(tracker, f"utter_ask_{ask}") >= PATIENCE:
            dispatcher.utter_message(response="say_asked_again_detail")
        return [*(SlotSet(k, v) for k, v in turn.slots.items()), SlotSet("requested_slot", ask)]


class PerformOrderTask(TaskAction, ABC):
    """`action_<task>`: after the form, refuses, leaves the order as it is, or does the act once."""

    @override
    def name(self) -> str:
        return f"action_{self.task.name}"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Reply and act; the form's slots are cleared in any case."""
        failure = tracker.get_slot("order_failure")
        handed, _, other = str(failure or "").partition(":")
        if handed == HANDED_OVER:
            cleared = {slot["name"]: slot for slot in self._cleared_slots()}
            del cleared["order_failure"]
            return [*cleared.values(), FollowupAction(TASKS[other].form)]
        if failure:
            kind, _, error_id = str(failure).partition(":")
            dispatcher.utter_message(response=f"say_{kind}", error_id=error_id)
        else:
            order = await self.open_order(tracker)
            if order is None:
                dispatcher.utter_message(response="say_left_as_is")
            else:
                await self._respond(dispatcher, tracker, order)
        return self._cleared_slots()

    @override
    def failed(self, dispatcher: CollectingDispatcher, kind: str, **facts: str) -> Events:
        return [*super().failed(dispatcher, kind, **facts), *self._cleared_slots()]

    def _cleared_slots(self) -> Events:
        slots = ["order_confirm", "order_quote", "order_failure", "order_swaps"]
        return [SlotSet(slot, None) for slot in [*slots, *(d.slot for d in self.task.details)]]

    async def _respond(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order
    ) -> None:
        speech = self.speech(tracker)
        if self.task.details:
            order = await with_choices(self.services.orders, order)
        wish = read_wish(self.task, tracker, order, speech)
        quote: Assessment = Refusal("not_allowed")
        if allows(order, self.task):
            quote = self.task.assess(order, wish, self.services)
        confirmable = await self.task.confirmable(order, self.services)
        known = complete(self.task, order, wish, self.services.policy)
        if isinstance(quote, Quote) and confirmable and known:
            quote = await appraise(self.task, order, wish, self.services)
        if isinstance(quote, Refusal):
            self._refuse(dispatcher, order, wish, quote, speech)
            return
        facts = self.task.facts(order, wish, quote, speech)
        asked = str(tracker.get_slot("order_question") or "")
        reply = TaskReply(dispatcher, self.services, order, facts, speech, asked)
        if not confirmable:
            await self.task.show(reply)
            await agree_to_order_news(self.services, dispatcher, tracker, order)
        elif tracker.get_slot("order_confirm") is not True:
            reply.say("say_left_as_is")
        elif tracker.get_slot("order_quote") != quoted(
            tracker.sender_id, order, self.task.act(order, wish, quote)
        ):
            reply.say("say_order_changed")
        else:
            await self._perform(tracker.sender_id, wish, quote, reply)

    def _refuse(
        self,
        dispatcher: CollectingDispatcher,
        order: Order,
        wish: Wish,
        refusal: Refusal,
        speech: Speech,
    ) -> None:
        """Say why not: the task's own reasons in its words, the order system's in general ones."""
        items = [speech.item(item) for item in order.lines(wish.get("order_item"))]
        named = {"item": speech.listed(items)} if items else {}
        facts = {"order_number": order.number, **refusal.facts, **named}
        if refusal.reason in self.task.refusals:
            response = f"say_{self.task.name}_{refusal.reason}"
        else:
            known = refusal.reason in SYSTEM_REFUSALS
            response = f"say_order_{refusal.reason if known else 'not_allowed'}"
        dispatcher.utter_message(response=response, **facts)

    async def _perform(self, actor: str, wish: Wish, quote: Quote, reply: TaskReply) -> None:
        """Do the act once, and report the result."""
        order = reply.order
        act = self.task.act(order, wish, quote)
        key = act_key(actor, order.number, order.version, act)
        try:
            receipt = await self.services.orders.perform(
                order.number, order.version, act, key, actor=actor
            )
        except OrderSystemDown:
            reply.say("say_order_system_uncertain")
            return
        if isinstance(receipt, Conflict):
            reply.say("say_order_changed")
        elif receipt.repeated:
            reply.dispatcher.utter_message(response="say_already_done", reference=receipt.reference)
        else:
            ending = self.task.variant(order, wish, quote)
            done = f"say_{self.task.name}_done{ending}"
            await self.task.report_done(reply, done, receipt.reference)


class TellOrderTask(TaskAction, ABC):
    """`action_tell_<task>`: tells about the order in hand and leaves the form at work as it is.

    Where the order, or whose it is, has to be asked for, it begins the task's own form.
    """

    @override
    def name(self) -> str:
        return f"action_tell_{self.task.name}"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Tell, or begin the form."""
        speech = self.speech(tracker)
        if tell_shop_price(dispatcher, tracker, speech):
            return []
        order, named = await self.open_order(tracker), message_numbers(tracker)
        if order is None or (named and order.number not in named):
            return [FollowupAction(self.task.form)]
        facts = self.task.facts(order, {}, Quote(), speech)
        text = str(tracker.latest_message.get("text") or "")
        await self.task.show(TaskReply(dispatcher, self.services, order, facts, speech, text))
        await agree_to_order_news(self.services, dispatcher, tracker, order)
        return []


SYSTEM_REFUSALS = frozenset({"not_allowed", "gift_card_too_low", "unavailable"})
"""Reasons of an order system that have a text of their own (`say_order_<reason>`)."""
PATIENCE = 3
"""Times that a detail is asked for before another way is offered."""
TASKS: dict[str, OrderTask] = {}
"""All order tasks by name; a task is registered when its module is imported."""
FORM_VALIDATIONS: dict[str, type[ValidateOrderForm]] = {}
TASK_ACTIONS: dict[str, type[PerformOrderTask]] = {}
TELLING: dict[str, type[TellOrderTask]] = {}
Task = TypeVar("Task", bound=type[OrderTask])


def order_skill(task: Task) -> Task:
    """Register a task, with the actions that Rasa calls for it.

    `validate_<name>_form`, `action_<name>` and `action_tell_<name>` differ between tasks only
    in the task, so they are created here. The SDK finds them as all subclasses of `Action`.
    """
    made = task()
    names = {"task": made, "__module__": task.__module__}
    TASKS[made.name] = made
    FORM_VALIDATIONS[made.name] = type(
        f"Validate{task.__name__}Form",
        (ValidateOrderForm,),
        {**names, "__doc__": f"Collects what {made.name} needs."},
    )
    TASK_ACTIONS[made.name] = type(
        f"Action{task.__name__}", (PerformOrderTask,), {**names, "__doc__": task.__doc__}
    )
    if not made.changes_order:
        TELLING[made.name] = type(
            f"ActionTell{task.__name__}", (TellOrderTask,), {**names, "__doc__": task.__doc__}
        )
    return task


def active_task(tracker: Tracker) -> OrderTask | None:
    """The task whose form is active."""
    form = str((tracker.active_loop or {}).get("name") or "")
    return TASKS.get(form.removesuffix("_form"))
