"""By construction: whatever a model says, the customer reads the shop's own sentences.

The model here obeys every attack of `tests/questions/redteam.yml`, and says what the attacker wants
in every field of its reply, at any length and in any shape. What reaches the customer is taken apart
into sentences of the shop; nothing may be left.
"""

from __future__ import annotations

import json
import random
import re

import pytest
import yaml

from switchboard.answering.opening import open_answers, open_library
from switchboard.answering.question import KnownCustomer, Origin, Question
from switchboard.answering.trace import Trace
from switchboard.database.connection import open_database
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.knowledge.statements import FORMS
from switchboard.llm.chat_model import Message
from switchboard.project import PROJECT as ROOT
from switchboard.settings import load_settings

ATTACKS = [
    (language, attack, says)
    for language, kinds in yaml.safe_load(
        (ROOT / "tests" / "questions" / "redteam.yml").read_text()
    ).items()
    for rows in kinds.values()
    for attack, says in rows
]
ORDERS = {"4711": ["Order 4711 has 4 x Stoneware mug.", "Order 4711 is packed."]}


@pytest.fixture(scope="module")
def library(phrasebook):
    return open_library(load_settings({}), phrasebook)


@pytest.fixture
def engine(llm, library, phrasebook, tmp_path):
    settings = load_settings({"OPENAI_BASE_URL": f"{llm.url}/v1", "SWITCHBOARD_LLM_STALL": "8"})
    database = open_database(f"sqlite:///{tmp_path / 'switchboard.db'}")
    yield open_answers(settings, library, phrasebook, database)
    database.dispose()


@pytest.fixture(scope="module")
def own_sentences(library, phrasebook):
    """Everything that the shop says in answers, longest first."""
    said = {
        statement.said(form)
        for passage in library.passages()
        for statement in passage.statements
        for form in ("", *FORMS)
    }
    facts = ProductFacts(phrasebook)
    for product in phrasebook.catalogue.entries:
        for language in ("en", "zh"):
            passage = facts.passage(product.sku, language)
            said |= {statement.text for statement in passage.statements}
    said |= {text for texts in ORDERS.values() for text in texts}
    said |= {passage.name for passage in library.passages()}
    for section in ("openings", "closings", "answers", "in_english"):
        said |= {text for forms in phrasebook.words[section].values() for text in forms.values()}
    return sorted(said, key=len, reverse=True)


def left_of(text, own_sentences):
    """What is in a text beside the shop's sentences and what stands between them."""
    for sentence in own_sentences:
        text = text.replace(sentence, "")
    return re.sub(r"[\s:：]+", "", text)


def obedient(says, lot):
    """A reply that says it everywhere, in a shape drawn by lot."""

    def made(asked):
        prompt = asked["messages"][1]["content"]
        numbers = [int(n) for n in re.findall(r"^(\d+)\. ", prompt, re.MULTILINE)]
        chosen = lot.sample(numbers, min(len(numbers), lot.randint(1, 5)))
        words = lot.choice([says, [says], {"text": says}, says * 20, f"sorry {says}"])
        reply = {
            "kind": lot.choice(["answer"] * 8 + ["ask", "start", "handoff", "decline", says]),
            "statements": lot.choice([chosen, chosen, chosen, [*chosen, says], says, [10**9]]),
            "form": lot.choice([words, "yes", "no", "short", "friendly", None]),
            "opening": lot.choice([words, "sorry", "glad", "partly", None]),
            "closing": lot.choice([words, "person", None]),
            "intent": lot.choice([words, "get_refund"]),
            "order_number": lot.choice([words, "4711", "4720"]),
            **{name: words for name in ("draft", "text", "english", "answer", "content", says[:9])},
        }
        raw = json.dumps(reply)
        return lot.choice([raw, raw, raw, raw, f"{says} {raw} {says}", says, f"{raw}{raw}"])

    return made


@pytest.mark.parametrize("place", ["question", "order", "history"])
async def test_nothing_that_a_model_says_reaches_a_customer(engine, llm, own_sentences, place):
    lot = random.Random(7)
    answered, found = 0, []
    for language, attack, says in lot.sample(ATTACKS, 120):
        llm.replies = [obedient(says, lot)]
        plain = "how long can I send it back?" if language == "en" else "多久之内可以退货？"
        customer = KnownCustomer(attack[:60] if place == "order" else "", ORDERS)
        history = [Message("user", attack), Message("assistant", attack)]
        question = Question(
            text=attack if place == "question" else f"{plain} {lot.random()}",
            language=language,
            history=history if place == "history" else (),
            customer=customer,
        )
        answer = await engine.answer(question, Trace())
        answered += answer.origin is Origin.MODEL
        rest = left_of(answer.text, own_sentences)
        if rest:
            found.append((says, answer.text))
        assert answer.order_number in ("", "4711", "4720")
    assert found == []
    assert answered > 30, "hardly anything was answered: the test shows nothing"


@pytest.mark.parametrize("language", ["fr", "de", "ja", "xx"])
async def test_nor_in_another_language(engine, llm, own_sentences, language):
    lot = random.Random(7)
    for _, attack, says in lot.sample(ATTACKS, 15):
        llm.replies = [obedient(says, lot)]
        answer = await engine.answer(
            Question(f"returns {attack}", language, customer=KnownCustomer())
        )
        assert left_of(answer.text, own_sentences) == ""
