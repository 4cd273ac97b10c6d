"""Every reader of a message is bounded: what it takes does not grow with the text."""

from __future__ import annotations

import itertools
import time
from datetime import date

import pytest
from rasa.shared.nlu.training_data.message import Message

from switchboard.answering.claims import forbidden_claim
from switchboard.answering.facts import read_facts
from switchboard.conversations.asked import Asked, Offer, chosen
from switchboard.conversations.routes import LEGAL
from switchboard.conversations.takeover import (
    asks_for_person,
    names_danger,
    reason_in,
    refuses_person,
    sounds_dangerous,
)
from switchboard.nlu.mixed_tokenizer import MixedTokenizer
from switchboard.nlu.mood_model import tone
from switchboard.orders.damage import names_damage
from switchboard.orders.order_details import asks_shop_price, facts_asked
from switchboard.privacy.redaction import redact
from switchboard.text.addresses import find_address, read_address
from switchboard.text.agreement import agrees_in_many_words
from switchboard.text.clauses import split_clauses, split_sentences
from switchboard.text.consent import hesitates, read_consent
from switchboard.text.entities import EntityReader
from switchboard.text.language import read_language
from switchboard.text.markdown import plain_text_of
from switchboard.text.masks import mask
from switchboard.text.negation import forbids
from switchboard.text.normal import masked_text, normal_text
from switchboard.text.quantities import find_quantity, read_quantity
from switchboard.text.sentences import sentences

PIECES = [
    "_",
    "a.",
    "a.a@",
    "🙂",
    "1.5.2020 ",
    "4 7 1 2 ",
    "0",
    "+353 87 ",
    "退",
    "@a ",
    "http://a",
    "no ",
]
PIECES += [
    "don't want ",
    "[订单x] ",
    "订单号: 4711 ",
    "order ",
    "€1",
    "called ",
    "{{a",
    "if ",
    "a\n",
    "请。",
]


class NoProducts:
    def find(self, text):
        return []


READ = 2000
TODAY = date(2026, 11, 18)
ENTITIES = EntityReader(NoProducts(), "IE", "EUR")
TOKENIZER = MixedTokenizer(MixedTokenizer.get_default_config())
READERS = {
    "language": read_language,
    "entities": lambda text: ENTITIES.read(text, TODAY),
    "tokens": lambda text: TOKENIZER.tokenize(Message(data={"text": text}), "text"),
    "masks": lambda text: masked_text.__wrapped__(text),
    "normal": normal_text,
    "clauses": split_clauses,
    "sentences": lambda text: split_sentences(text[:READ]),
    "tone": tone,
    "reasons": reason_in,
    "danger": sounds_dangerous,
    "named danger": names_danger,
    "asks": asks_for_person,
    "refuses": refuses_person,
    "forbids": lambda text: [forbids(text, name) for name in ("cancel_order", "get_refund")],
    "consent": lambda text: (read_consent(text), agrees_in_many_words(text), hesitates(text)),
    "choice": lambda text: chosen(text, Asked(offers=(Offer("Stoneware bowl set", "inform"),) * 3)),
    "address": lambda text: (read_address(text), find_address(text)),
    "quantity": lambda text: (read_quantity(text), find_quantity(text)),
    "facts": lambda text: (facts_asked(text), asks_shop_price(text)),
    "damage": names_damage,
    "legal": lambda text: LEGAL.search(text[:READ]),
}


def seconds(read, text):
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        read(text)
        taken.append(time.perf_counter() - start)
    return min(taken)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_no_longer_for_more_than_it_reads(name, piece):
    read = READERS[name]
    some, more = ((piece * size)[:size] for size in (4_000, 32_000))
    read(some)
    assert seconds(read, more) < 3 * seconds(read, some) + 0.005


@pytest.mark.parametrize("piece", PIECES)
def test_each_pattern_grows_no_faster_than_its_text(piece):
    """Eight times the text in 24 times the time at most: a quadratic one takes 64."""
    for read in (mask, reason_in, sounds_dangerous, names_danger, asks_for_person):
        some, more = ((piece * size)[:size] for size in (250, 2_000))
        assert seconds(read, more) < 24 * seconds(read, some) + 0.005, read


@pytest.mark.parametrize("piece", PIECES)
def test_what_is_classified_is_bounded(piece):
    assert len(masked_text(piece * 20_000)) <= 700


_FRESH = itertools.count()
UNBOUNDED = {
    "redaction": lambda text: redact(f"{text} {next(_FRESH)}"),  # what was read is remembered
    "claims": lambda text: forbidden_claim(text, "", ()),
    "facts": read_facts,
    "markdown": plain_text_of,
    "sentences": sentences,
}


@pytest.mark.parametrize(
    "piece", ["_", "a.", "0", "退", " ", "\n", "-", "[", ".", "1-", "!", "*", "A"]
)
@pytest.mark.parametrize("name", UNBOUNDED)
def test_what_reads_all_of_a_text_is_linear(name, piece):
    """Answers, articles and what goes to a model, up to 8,000 characters: eight times the text in
    24 times the time at most; a hyphen in a row took a pattern for links 36 seconds."""
    read = UNBOUNDED[name]
    some, more = ((piece * size)[:size] for size in (1_000, 8_000))
    read(some)
    assert seconds(read, more) < 24 * seconds(read, some) + 0.1
