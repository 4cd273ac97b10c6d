"""The trained pipeline, as Rasa's server runs it."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message

from components.sentiment_router import SentimentRouter
from scripts.training import newest_model


@pytest.fixture(scope="module")
def parse():
    model = newest_model()
    assert model is not None, "no trained model: run make train"
    agent = Agent.load(str(model))
    return lambda text: asyncio.run(agent.parse_message(text))


def entities(parsed):
    return [(e["entity"], e["value"]) for e in parsed["entities"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is #4711", [("order_number", "4711")]),
        ("TW-4711 and 4712?", [("order_number", "4711"), ("order_number", "4712")]),
        ("Jo.Brown@example.org", [("email", "Jo.Brown@example.org")]),
        ("+353 87 555 0101", [("phone", "+353 87 555 0101")]),
        ("087 555 0101", [("phone", "087 555 0101")]),
        ("I paid €12.50 on 12 May 2025", [("amount", "€12.50"), ("date", "12 May 2025")]),
        ("charged 1299 euros", [("amount", "1299 euros")]),
        ("on 2026-11-18", [("date", "2026-11-18")]),
        ("the Stoneware Mug", [("product", "Stoneware Mug")]),
        ("since 2024", []),
        ("a board of 30 x 40", []),
    ],
)
def test_entities(parse, text, expected):
    assert entities(parse(text)) == expected


def test_entities_never_overlap(parse):
    found = parse("4711 +353 87 555 0101 4711@example.com €4711.00 4711-12-12 4711")["entities"]
    ends = 0
    for entity in sorted(found, key=lambda e: e["start"]):
        assert entity["start"] >= ends
        ends = entity["end"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("any idea when my package turns up, number is 4805", "track_order"),
        ("pls stop my order from going out", "cancel_order"),
        ("got the incorrect item in the box", "report_damaged_item"),
        ("I'd like to know under which terms I get money back", "check_refund_policy"),
        ("which cards can I use", "check_payment_methods"),
        ("4711", "inform"),
        ("does the grinder come with a brush", "nlu_fallback"),
        ("what is the tallest mountain", "nlu_fallback"),
        ("", "nlu_fallback"),
    ],
)
def test_intents_in_other_words(parse, text, intent):
    assert parse(text)["intent"]["name"] == intent


@pytest.mark.parametrize(
    "text",
    [
        "you are the worst shop I have ever dealt with",
        "WHERE IS MY PARCEL??? I am so angry",
        "I've been lied to for weeks, this is outrageous",
        "my lawyer will write to you",
    ],
)
def test_upset_customers_are_routed_and_the_intent_stays_readable(parse, text):
    parsed = parse(text)
    assert parsed["intent"]["name"] == "negative_sentiment"
    assert parsed["intent_ranking"][1]["name"] not in (None, "negative_sentiment")
    assert parsed["mood"]["reason"]


@pytest.mark.parametrize(
    "text",
    [
        "my parcel has not arrived",
        "the bowl is broken",
        "my payment failed",
        "please cancel my order",
        "no",
        "stop",
        "I want to return this, it is too small",
        "are you a human?",
    ],
)
def test_a_stated_problem_is_no_mood(parse, text):
    assert parse(text)["intent"]["name"] != "negative_sentiment"


def test_a_payload_is_taken_at_its_word(parse):
    assert parse("/cancel_order")["intent"]["name"] == "cancel_order"


def test_a_huge_message_is_bounded(parse):
    import time

    started = time.monotonic()
    parse("where is my order 4711 " * 5000)
    assert time.monotonic() - started < 2


def test_the_router_decides_by_its_threshold():
    message = Message(data={"text": "hm", "mood": {"negative": 0.65}, "intent": {"name": "x"}})
    SentimentRouter({"threshold": 0.7}).process([message])
    assert message.get("intent")["name"] == "x"
    SentimentRouter({"threshold": 0.6}).process([message])
    assert message.get("intent")["name"] == "negative_sentiment"
    assert message.get("mood")["reason"] == "negative mood 0.65"
