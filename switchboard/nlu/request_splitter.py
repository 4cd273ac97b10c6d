"""Several requests in one message: the first is dealt with now, the others wait their turn."""

from __future__ import annotations

import itertools
import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message

from switchboard.conversations.turns import PERSON_INTENT, REQUESTS, SMALL_TALK
from switchboard.nlu.message_step import MessageStep, put_first
from switchboard.nlu.sentence_embedder import CLAUSES, Clause
from switchboard.text.bare import only_names

_SURELY = 0.75  # from here on the parts are believed even if the whole was taken for something else


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RequestSplitter(MessageStep, IntentClassifier):
    """Takes a message apart when its clauses are surely different requests.

    The message keeps the first one's intent and entities. A clause that is only a number asks the
    same again for that order ("cancel 4711 and 4712").
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`confidence`: the probability that each clause's intent has to have."""
        return {"confidence": 0.55}

    def judge(self, message: Message) -> None:
        """Set `requests`, or leave the message whole."""
        clauses: list[Clause] = message.get(CLAUSES) or []
        parts = [self._request(clause, message) for clause in clauses]
        requests = [part for part in parts if part is not None]
        for earlier, later in itertools.pairwise(requests):
            if later["intent"]["name"] is None:  # a bare order number
                later["intent"] = earlier["intent"]
        requests = [r for r in requests if r["intent"]["name"]]
        if any(map(_only_states, requests)) and any(r["intent"]["name"] in _ACTS for r in requests):
            acts = [r["intent"] for r in requests if r["intent"]["name"] in _ACTS]
            if (message.get(INTENT) or {}).get("name") not in {act["name"] for act in acts}:
                put_first(message, acts[0]["name"], acts[0]["confidence"])
            return  # "it has come, and I would like to exchange it" is one wish
        if any(_one_wish(a, b) for a, b in itertools.combinations(requests, 2)):
            return
        if len(requests) < 2 or len({_meaning(r) for r in requests}) < len(requests):
            return
        whole = (message.get(INTENT) or {}).get("name")
        names = [r["intent"]["name"] for r in requests]
        surely = all(r["intent"]["confidence"] >= _SURELY for r in requests)
        if not (whole in names or surely) or PERSON_INTENT in names:
            return
        first = requests[0]
        put_first(message, first["intent"]["name"], first["intent"]["confidence"])
        elsewhere = [e["start"] for r in requests[1:] for e in r["found"]]
        kept = [e for e in message.get(ENTITIES) or [] if e["start"] not in elsewhere]
        message.set(ENTITIES, kept, add_to_output=True)
        rest = [{k: r[k] for k in ("text", "intent", "entities")} for r in requests[1:]]
        message.set(REQUESTS, rest, add_to_output=True)

    def _request(self, clause: Clause, message: Message) -> dict[str, Any] | None:
        """A clause as a request of its own, or None."""
        end = clause.start + len(clause.text)
        found = [
            e for e in message.get(ENTITIES) or [] if clause.start <= e["start"] and e["end"] <= end
        ]
        moved = [
            {**e, "start": e["start"] - clause.start, "end": e["end"] - clause.start} for e in found
        ]
        numbers = [(e["start"], e["end"]) for e in moved if e["entity"] == "order_number"]
        request: dict[str, Any] = {"text": clause.text, "entities": moved, "found": found}
        if only_names(clause.text, numbers):
            return {**request, "intent": {"name": None, "confidence": 1.0}}
        best: dict[str, Any] = clause.ranking[0] if clause.ranking else {"confidence": 0.0}
        sure = (
            best["confidence"] >= float(self._config["confidence"])
            and clause.evidence["score"] >= clause.evidence["threshold"]
            and best["name"] not in SMALL_TALK
        )
        return {**request, "intent": dict(best)} if sure else None


_ACTS = frozenset(
    """cancel_order change_order change_shipping_address change_payment_method return_item
    exchange_item get_refund report_damaged_item""".split()
)
_STATE = re.compile(
    r"\b(?:has|have|hasn'?t|haven'?t|was|is|isn'?t|not|just|already|yet)\b.{0,30}"
    r"\b(?:deliver|arriv|ship|sent|pack|here|receiv|left|out|pending|reach|come)"
    r"|\b(?:arrived|came|received|recieved|reached me|got)\b"
    r"|已经?(?:到|收|发|送)|还没(?:到|发|寄)|收到了",
    re.IGNORECASE,
)


def _only_states(request: dict[str, Any]) -> bool:
    """Whether a part says where an order is, rather than asks for it."""
    asks = "?" in request["text"] or "？" in request["text"]
    about = request["intent"]["name"] in ("track_order", "order_details")
    return about and not asks and _STATE.search(request["text"]) is not None


_ONE_WISH = (
    {"return_item", "get_refund", "exchange_item", "check_refund_policy"},
    {"report_damaged_item", "get_refund", "return_item", "exchange_item", "complaint"},
    {"cancel_order", "get_refund"},
    {"track_refund", "get_refund", "delivery_period"},
    {"track_order", "delivery_period"},
    {"order_details", "check_payment_methods"},
)
"""Wishes that customers say in one breath and mean once: "send it back and get my money"."""


def _one_wish(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = {one["intent"]["name"], other["intent"]["name"]}
    if len(names) == 1:  # twice the same, unless for two orders or two items
        return not any(
            _named(one, kind) and _named(other, kind) and _named(one, kind) != _named(other, kind)
            for kind in ("order_number", "product")
        )
    return any(names <= together for together in _ONE_WISH)


def _named(request: dict[str, Any], kind: str) -> set[str]:
    return {str(e["value"]) for e in request["entities"] if e["entity"] == kind}


def _meaning(request: dict[str, Any]) -> tuple[str, ...]:
    numbers = [e["value"] for e in request["entities"] if e["entity"] == "order_number"]
    return (request["intent"]["name"], *numbers)
