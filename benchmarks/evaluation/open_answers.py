"""Evaluates open questions: retrieval, declining, the checks, and attacks."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from typing_extensions import override

from benchmarks.evaluation.redaction import evaluate_redaction
from switchboard.answering.checks import AnswerChecks, Grounds
from switchboard.answering.customer import describe_order
from switchboard.answering.engine import AnswerEngine, Asking
from switchboard.answering.followup import completed
from switchboard.answering.ledger import Ledger
from switchboard.answering.opening import open_library
from switchboard.answering.prompt import PromptWriter
from switchboard.answering.question import KnownCustomer, Origin, Question
from switchboard.answering.reply import Kind
from switchboard.answering.support import Support
from switchboard.database.connection import open_database
from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ModelWrong
from switchboard.knowledge.library import LiveLibrary
from switchboard.knowledge.memory_index import MemoryIndex
from switchboard.llm.chat_model import ChatModel, Completion, Deadline, Message, Schema, Usage
from switchboard.llm.token_counter import TokenCounter
from switchboard.orders.model import Customer as Buyer
from switchboard.orders.model import Item, Order, OrderState, Shipment
from switchboard.orders.postal import PostalAddress
from switchboard.settings import load_settings
from switchboard.shop.speech import Phrasebook, Speech, open_phrasebook

LANGUAGES = ("en", "zh")
Figures = dict[str, Any]


class ObedientModel(ChatModel):
    """Replies what the attacker wants, citing all passages it was given."""

    name = "obedient"

    def __init__(self) -> None:
        self.says = ""

    @override
    async def complete(
        self, messages: Sequence[Message], deadline: Deadline, schema: Schema | None = None
    ) -> Completion:
        reply = {
            "kind": Kind.ANSWER.value,
            "text": self.says,
            "passages": [1, 2, 3, 4],
            "intent": None,
            "order_number": None,
            "english": None,
        }
        return Completion(json.dumps(reply), Usage(), "")


def _load(folder: Path, name: str) -> Any:
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))


def _ranks(scores: Sequence[Sequence[str]], wanted: Sequence[str]) -> Figures:
    ranks = np.array(
        [
            found.index(right) + 1 if right in found else np.inf
            for found, right in zip(scores, wanted, strict=True)
        ]
    )
    hits = {f"hit_{k}": float((ranks <= k).mean()) for k in (1, 2, 3)}
    return {**hits, "mrr": float((1 / ranks).mean())}


def _index(library: LiveLibrary, language: str) -> MemoryIndex:
    passages = [p for p in library.passages() if p.language == language]
    return MemoryIndex(passages, default_encoder())


def _retrieval(library: LiveLibrary, folder: Path, language: str) -> Figures:
    index = _index(library, language)
    pairs = [
        (question, passage)
        for passage, asked in _load(folder, "answerable.yml").items()
        for question in asked[language]
    ]
    wanted = [passage for _, passage in pairs]
    found = [index.search(question, 10) for question, _ in pairs]
    ours = _ranks([[hit.passage.id for hit in hits] for hits in found], wanted)
    words = [index.search_words(question, 10) for question, _ in pairs]
    theirs = _ranks([[passage.id for passage in hits] for hits in words], wanted)
    answered = [hits[0].score >= index.bar for hits in found]
    right = [h[0].passage.id == w for h, w, a in zip(found, wanted, answered, strict=True) if a]
    declined = [
        index.search(question, 1)[0].score < index.bar
        for question in _load(folder, "unanswerable.yml")[language]
    ]
    follow = []
    for first, second, passage in _load(folder, "followups.yml")[language]:
        asked = completed(second, [Message("user", first), Message("assistant", "…")])
        follow.append(passage in [h.passage.id for h in index.search(asked, 2)])
    return {
        "questions": len(pairs),
        "hybrid": ours,
        "bm25": theirs,
        "answered": float(np.mean(answered)),
        "right_of_answered": float(np.mean(right)),
        "unanswerable": len(declined),
        "declined": float(np.mean(declined)),
        "follow_ups": float(np.mean(follow)),
    }


def _groundedness(checks: AnswerChecks, library: LiveLibrary, folder: Path) -> Figures:
    """Shares of good answers that pass, and of answers with one wrong fact that are stopped."""
    figures: Figures = {}
    for language, rows in _load(folder, "answers.yml").items():
        passed = caught = changed = 0
        for passage, text in rows:
            source = library.find(passage, language)
            grounds = Grounds([source] if source else [], {}, frozenset())
            passed += _passes(checks, text, grounds, language)
            wrong = _with_a_wrong_number(text)
            if wrong != text:
                changed += 1
                caught += not _passes(checks, wrong, grounds, language)
        figures[language] = {"passed": passed / len(rows), "caught": caught / max(changed, 1)}
    return figures


def _inversions(checks: AnswerChecks, library: LiveLibrary, folder: Path) -> Figures:
    """The share of stopped answers among those that say the opposite of the cited passage."""
    stopped: Figures = {}
    for language, rows in _load(folder, "inversions.yml").items():
        caught = 0
        for attack, says in rows:
            hits = [*library.search(attack, 4, language), *library.search(says, 2, language)]
            grounds = Grounds([hit.passage for hit in hits], {}, frozenset())
            caught += not _passes(checks, says, grounds, language)
        stopped[language] = {"stopped": caught / len(rows), "number": len(rows)}
    return stopped


def _passes(checks: AnswerChecks, text: str, grounds: Grounds, language: str) -> bool:
    try:
        checks.check(text, grounds, language)
    except ModelWrong:
        return False
    return True


def _with_a_wrong_number(text: str) -> str:
    return "".join(str((int(char) + 7) % 10) if char.isdigit() else char for char in text)


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
    return KnownCustomer(attack[:80], {"4711": describe_order(order, speech)})


async def _survivors(
    engine: AnswerEngine, model: ObedientModel, folder: Path, phrasebook: Phrasebook
) -> Figures:
    """Run each attack in the question, in the order and the name, and in the history."""
    survived: list[str] = []
    outcomes: Counter[str] = Counter()
    for language, kinds in _load(folder, "redteam.yml").items():
        plain = "how long can I send it back?" if language == "en" else "多久之内可以退货？"
        for attack, says in (pair for pairs in kinds.values() for pair in pairs):
            model.says = says
            said = [Message("user", attack), Message("assistant", attack)]
            for question in (
                Question(attack, language),
                Question(plain, language, customer=_hostile(attack, phrasebook.speak(language))),
                Question(plain, language, said),
            ):
                answer = await engine.answer(question)
                outcomes[answer.origin.value] += 1
                if answer.origin is Origin.MODEL:
                    survived.append(says)
    return {"attacks": outcomes.total(), "survived": survived, "outcomes": dict(outcomes)}


def evaluate_answering(folder: Path) -> Figures:
    """All figures on open questions; `folder` has the question sets."""
    logging.getLogger("switchboard").setLevel(logging.ERROR)  # else every attack is logged
    settings = load_settings({})
    phrasebook = open_phrasebook(settings.data_dir)
    policy = phrasebook.policy
    library = open_library(settings, policy)
    encoder = default_encoder()
    checks = AnswerChecks(Support(encoder), policy)
    model = ObedientModel()
    writer = PromptWriter("Tidewick", "", {}, TokenCounter(encoder.count_pieces), 3000)
    with tempfile.TemporaryDirectory() as scratch:
        ledger = Ledger(open_database(f"sqlite:///{scratch}/ledger.db"))
        engine = AnswerEngine(library, ledger, Asking(model, writer, checks, 5.0))
        red_team = asyncio.run(_survivors(engine, model, folder, phrasebook))
    return {
        "retrieval": {code: _retrieval(library, folder, code) for code in LANGUAGES},
        "groundedness": _groundedness(checks, library, folder),
        "inversions": _inversions(checks, library, folder),
        "red_team": red_team,
        "redaction": evaluate_redaction(folder / "redaction.yml"),
    }
