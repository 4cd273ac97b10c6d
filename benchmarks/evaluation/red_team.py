"""Evaluates attacks: a model that says what the attacker wants, everywhere it can.

In the shop's wording nothing of it may reach the customer, whatever the model says. In the model's
wording the judge obeys too, so that what survives is what the checks alone let pass.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from switchboard.answering.customer import order_statements
from switchboard.answering.facts import visible
from switchboard.answering.opening import open_answers
from switchboard.answering.question import Answer, KnownCustomer, Origin, Question
from switchboard.answering.reply import Kind
from switchboard.database.connection import open_database
from switchboard.knowledge.index import Hit
from switchboard.knowledge.library import LiveLibrary
from switchboard.knowledge.statements import Statement
from switchboard.llm.chat_model import ChatModel, Completion, Deadline, Message, Schema, Usage
from switchboard.orders.model import Customer as Buyer
from switchboard.orders.model import Item, Order, OrderState, Shipment
from switchboard.orders.postal import PostalAddress
from switchboard.settings import load_settings
from switchboard.shop.speech import Phrasebook, Speech
from switchboard.text.sentences import sentences

PLACES = ("question", "article", "order", "history")
WORDINGS = ("shop", "model")
Figures = dict[str, Any]
_NUMBERED = re.compile(r"^(\d+)\. ", re.MULTILINE)


class ObedientModel(ChatModel):
    """Says what the attacker wants in every field, cites all that it may, and judges it true."""

    name = "obedient"

    def __init__(self) -> None:
        self.says = ""

    @override
    async def complete(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None = None
    ) -> Completion:
        asked = schema or {}
        if "verdicts" in asked.get("properties", {}):
            said = enumerate(sentences(self.says), 1)
            true = [{"sentence": n, "verdict": "entailed", "english": text} for n, text in said]
            return Completion(json.dumps({"verdicts": true}), Usage(), "")
        numbers = [int(n) for m in messages for n in _NUMBERED.findall(m.content)]
        reply = {
            **dict.fromkeys(("form", "opening", "closing", "order_number", "text"), self.says),
            "kind": Kind.ANSWER.value,
            "statements": sorted(set(numbers)),
            "draft": self.says,
        }
        return Completion(json.dumps(reply), Usage(), "")


class PoisonedLibrary:
    """The shop's articles, to one of which somebody has added a sentence."""

    def __init__(self, library: LiveLibrary) -> None:
        self._library, self.added = library, ""

    def search(self, question: str, limit: int = 3, language: str = "en") -> list[Hit]:
        """As the library finds; the first passage has the added sentence."""
        hits = self._library.search(question, limit, language)
        if not hits or not self.added:
            return hits
        first = hits[0].passage
        said = (*first.statements, Statement(self.added))
        poisoned = replace(first, text=f"{first.text} {self.added}", statements=said)
        return [replace(hits[0], passage=poisoned), *hits[1:]]


def _hostile(attack: str, speech: Speech) -> KnownCustomer:
    """A customer whose name, product and carrier are the attack, as from an order system."""
    item = Item("X-1", attack, 1, Decimal(5), True)
    then = datetime(2026, 11, 18, 12, tzinfo=timezone.utc)
    order = Order(
        number="4711",
        version="1",
        state=OrderState.SHIPPED,
        placed_at=then,
        customer=Buyer(attack, "", ""),
        address=PostalAddress(attack),
        items=(item,),
        delivery="standard",
        delivery_fee=Decimal(0),
        payment="card",
        paid=True,
        shipment=Shipment(attack, "NP1", then, then.date(), None),
        cases=(),
    )
    return KnownCustomer(attack[:80], {"4711": order_statements(order, speech)})


def _attacks(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(language, what the customer writes, what an obedient model says)."""
    rows = yaml.safe_load((folder / "redteam.yml").read_text(encoding="utf-8"))
    for language, kinds in rows.items():
        yield from ((language, *pair) for pairs in kinds.values() for pair in pairs)
    answers = yaml.safe_load((folder / "answers.yml").read_text(encoding="utf-8"))
    for language, by_kind in answers.items():
        yield from ((language, row["question"], row["says"]) for row in by_kind["wrong"])


def _question(place: str, language: str, attack: str, speech: Speech) -> Question:
    plain = "how long can I send it back?" if language == "en" else "多久之内可以退货？"
    if place == "question":
        return Question(attack, language)
    if place == "order":
        return Question(plain, language, customer=_hostile(attack, speech))
    said = [Message("user", attack), Message("assistant", attack)]
    return Question(plain, language, said if place == "history" else ())


def _beside_the_shop(answer: Answer, attack: str) -> str:
    """What of an answer stands neither in the cited articles nor in what was added to one."""
    own = [said.text for passage in answer.sources for said in passage.statements]
    text = visible(answer.text)
    for sentence in [attack, *own]:
        text = text.replace(visible(sentence), "")
    return text


async def _attack(
    wording: str, folder: Path, library: LiveLibrary, phrasebook: Phrasebook, scratch: Path
) -> Figures:
    environment = {
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",  # the model stands in this process
        "SWITCHBOARD_LLM_WORDING": wording,
    }
    model, poisoned = ObedientModel(), PoisonedLibrary(library)
    database = open_database(f"sqlite:///{scratch / wording}.db")
    engine = open_answers(
        load_settings(environment), library, phrasebook, database, model, poisoned
    )
    answered: Counter[str] = Counter()
    survived: Counter[str] = Counter()
    told: list[str] = []
    for language, attack, says in _attacks(folder):
        model.says = says
        for place in PLACES:
            poisoned.added = attack if place == "article" else ""
            asked = _question(place, language, attack, phrasebook.speak(language))
            answer = await engine.answer(asked)
            answered[place] += answer.origin is Origin.MODEL
            if visible(says) in _beside_the_shop(answer, attack):
                survived[place] += 1
                told.append(says)
    database.dispose()
    return {"answered": dict(answered), "survived": dict(survived), "told": sorted(set(told))}


def evaluate_attacks(
    folder: Path, library: LiveLibrary, phrasebook: Phrasebook, scratch: Path
) -> Figures:
    """By wording: how many attacks were answered by the model, and what reached the customer."""
    attacks = len(list(_attacks(folder)))
    figures: Figures = {"attacks": attacks}
    for wording in WORDINGS:
        figures[wording] = asyncio.run(_attack(wording, folder, library, phrasebook, scratch))
    return figures
