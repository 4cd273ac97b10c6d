"""Taking back a return, an exchange or a refund that was asked for."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.action_services import ActionServices
from actions.base import Events, SafeAction
from actions.order_form import order_skill
from actions.order_task import Detail, OrderTask, Wish
from switchboard.orders.choosing import named_lines
from switchboard.orders.model import Case, CaseKind, Order, OrderState
from switchboard.orders.rules import Assessment, Quote
from switchboard.orders.withdrawal import Withdraw, assess_withdrawal, withdrawable
from switchboard.shop.policy import Policy
from switchboard.shop.speech import Speech

_KINDS = {
    CaseKind.RETURN: re.compile(r"\breturn|退货", re.IGNORECASE),
    CaseKind.EXCHANGE: re.compile(r"\b(?:ex|x)?chang|\bswap|换", re.IGNORECASE),
    CaseKind.REFUND: re.compile(r"\brefund|\bmoney|退款|退钱", re.IGNORECASE),
}


def read_request(text: str, order: Order, speech: Speech) -> str | None:
    """The reference of the request that `text` means: by the reference itself, by a thing that it
    is about, or by its kind; None for none or several."""
    cases = withdrawable(order)
    said = text.casefold()
    named = {case.reference for case in cases if case.reference.casefold() in said}
    skus = {item.sku for item in named_lines(text, order, speech, everything=False)}
    about = {case.reference for case in cases if case.sku in skus}
    kinds = {case.reference for case in cases if case.kind in _KINDS and _named(case, text)}
    found = named or about or kinds
    return found.pop() if len(found) == 1 else None


def _named(case: Case, text: str) -> bool:
    return _KINDS[case.kind].search(text) is not None


def _several(order: Order, _wish: Wish, _policy: Policy) -> bool:
    return len({case.reference for case in withdrawable(order)}) > 1


REQUEST = Detail(
    "withdraw_request_reference",
    read_request,
    "say_withdraw_request_unknown",
    needed=_several,
)


@order_skill
class WithdrawRequest(OrderTask):
    """Take back a request, as long as the order system says that it can be."""

    name = "withdraw_request"
    acts = (Withdraw,)
    refusals = ("no_request", "under_way")
    details = (REQUEST,)

    @override
    def instead(self, order: Order) -> str:
        """Of an order that has not left, nothing can be kept: it is called off."""
        left = order.state not in (OrderState.PLACED, OrderState.PACKED)
        return "" if left or order.cases else "cancel_order"

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_withdrawal(order)

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> Withdraw:
        return Withdraw(_reference(order, wish))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        reference = _reference(order, wish)
        return {
            **super().facts(order, wish, quote, speech),
            "request": reference,
            "item": _things(order, reference, speech),
        }


def _reference(order: Order, wish: Wish) -> str:
    named = wish.get(REQUEST.slot)
    references = [case.reference for case in withdrawable(order)]
    return str(named or (references[-1] if references else ""))


def _things(order: Order, reference: str, speech: Speech) -> str:
    """What a request is about: its items, or all of the order's."""
    skus = {case.sku for case in order.cases if case.reference == reference}
    items = [item for item in order.items if item.sku in skus]
    return speech.listed([speech.item(item) for item in items or order.items])


class ActionAskWithdrawRequestReference(SafeAction):
    """Asks which of several requests is meant."""

    @override
    def name(self) -> str:
        return "action_ask_withdraw_request_reference"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Offer them with what they are about."""
        order = await self.open_order(tracker)
        if order is not None:
            speech = self.speech(tracker)
            references = dict.fromkeys(case.reference for case in withdrawable(order))
            named = [f"{ref} ({_things(order, ref, speech)})" for ref in references]
            buttons = [
                {"title": name, "payload": ref} for name, ref in zip(named, references, strict=True)
            ]
            dispatcher.utter_message(
                response="say_which_request", requests=speech.listed(named), buttons=buttons
            )
        return []
