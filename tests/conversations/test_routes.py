"""Where a turn goes and why: decided once, carried on the event."""

import pytest

from switchboard.conversations.moods import Level
from switchboard.conversations.routes import (
    Cause,
    Decision,
    Route,
    decide,
    decided,
    displeased_twice,
    upset_now,
)
from switchboard.conversations.turns import CAREFUL_INTENTS


def said(intent, **more):
    return {"intent": {"name": intent, "confidence": 0.9}, **more}


UPSET = {"cause": "anger", "detail": "0.91: 'third time'"}
TWICE = [{"level": "displeased", "displeasure": 0.6}] * 2


@pytest.mark.parametrize(
    ("data", "moods", "paused", "route", "cause", "reason"),
    [
        (said("track_order"), (), False, Route.KNOWN, Cause.INTENT, "track_order 0.90"),
        (said("nlu_fallback", open_reason="like none"), (), False, Route.OPEN, Cause.UNKNOWN, "like none"),
        (said(None), (), False, Route.OPEN, Cause.UNKNOWN, "no known intent"),
        ({}, (), False, Route.OPEN, Cause.UNKNOWN, "no known intent"),
        (said("negative_sentiment", mood=UPSET), (), False, Route.PERSON, Cause.ANGER, "anger 0.91: 'third time'"),
        (said("negative_sentiment", mood={"cause": "legal words", "detail": "'police'"}), (), False,
         Route.PERSON, Cause.LEGAL_WORDS, "legal or safety words: 'police'"),
        (said("contact_human_agent"), (), False, Route.PERSON, Cause.ASKED, "asked for a person"),
        (said("threat"), (), False, Route.PERSON, Cause.THREAT, "threat"),
        (said("track_order"), TWICE, False, Route.PERSON, Cause.DISPLEASED_TWICE, "displeased twice: 0.60, 0.60"),
        (said("contact_human_agent"), TWICE, False, Route.PERSON, Cause.ASKED, "asked for a person"),
        (said("track_order"), TWICE, True, Route.PERSON, Cause.WITH_PERSON, "already with a person"),
    ],
)  # fmt: skip
def test_each_turn_has_a_route_a_cause_and_a_reason(data, moods, paused, route, cause, reason):
    decision = decide(data, moods, paused)
    assert (decision.route, decision.cause, decision.reason) == (route, cause, reason)


@pytest.mark.parametrize("cause", list(Cause))
def test_a_decision_is_carried_on_the_event_as_it_is(cause):
    decision = Decision(Route.PERSON, cause, "x")
    assert decided({"route": decision.as_dict()}) == decision
    assert decision.reason


def test_without_a_decision_there_is_none():
    assert decided({}) is None
    assert decided({"route": "person"}) is None


def test_anger_is_a_cause_with_what_tells_it():
    told = upset_now("x", {"anger": 0.91, "words": "third time"}, Level.ANGRY)
    assert told == (Cause.ANGER, "0.91: 'third time'")
    assert upset_now("where is it", {"anger": 0.4}, Level.DISPLEASED) is None


@pytest.mark.parametrize(
    "text", ["my lawyer will write", "I call the police", "我要报警", "打12315"]
)
def test_safety_words_are_a_reason_however_calm(text):
    cause, detail = upset_now(text, {}, Level.CALM)
    assert cause is Cause.LEGAL_WORDS
    assert detail.strip("'") in text.lower()


def moods(*levels):
    return [{"level": level, "anger": 0.3} for level in levels]


@pytest.mark.parametrize(
    ("levels", "person"),
    [
        (["displeased", "displeased"], True),
        (["displeased", "calm", "displeased"], True),
        (["displeased", "calm", "calm", "displeased"], False),
        (["displeased", "glad", "displeased"], False),
        (["displeased", "displeased", "calm"], False),
        (["troubled", "troubled", "troubled"], False),
        (["displeased"], False),
        ([], False),
    ],
)
def test_displeased_twice_within_three(levels, person):
    assert bool(displeased_twice(moods(*levels))) == person


@pytest.mark.parametrize("words", ["my lawyer will write", "我要报警"])
def test_safety_words_are_seen_far_down_a_long_message(words):
    told = "The parcel came late. " * 68
    assert 1490 < len(told) < 1510
    for text in (told + words, f"{words}. {told}"):
        cause, _ = upset_now(text, {}, Level.CALM)
        assert cause is Cause.LEGAL_WORDS


def test_what_is_pasted_beyond_two_thousand_characters_is_not_read():
    assert upset_now("x" * 2000 + " my lawyer will write", {}, Level.CALM) is None


def test_a_word_that_only_contains_a_legal_one_is_none():
    assert upset_now("the issue is your policeman mug", {}, Level.CALM) is None


@pytest.mark.parametrize("intent", sorted(CAREFUL_INTENTS))
def test_a_careful_topic_is_a_persons_turn_however_sure_the_classifier(intent):
    decision = decide(said(intent))
    assert (decision.route, decision.cause.value) == (Route.PERSON, intent)
    assert decision.reason == intent.replace("_", " ")


def test_upset_without_a_word_why_is_anger():
    assert decide(said("negative_sentiment")).cause is Cause.ANGER
