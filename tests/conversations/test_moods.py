"""When a mood calls for a person."""

import pytest

from switchboard.conversations.moods import Level, Thresholds, level_of, reason_in_turn, reason_now

LIMITS = Thresholds(angry=0.5, displeased=0.25, troubled=0.7)


@pytest.mark.parametrize(
    ("mood", "level"),
    [
        ({"anger": 0.9, "negative": 0.9}, Level.ANGRY),
        ({"anger": 0.5}, Level.ANGRY),
        ({"anger": 0.3, "positive": 0.9}, Level.DISPLEASED),
        ({"anger": 0.1, "displeasure": 0.4}, Level.DISPLEASED),
        ({"anger": 0.1, "negative": 0.8}, Level.TROUBLED),
        ({"anger": 0.0, "positive": 0.8}, Level.GLAD),
        ({"anger": 0.0, "neutral": 0.9}, Level.CALM),
        ({}, Level.CALM),
    ],
)
def test_levels(mood, level):
    assert level_of(mood, LIMITS) is level


def test_anger_is_a_reason_in_words():
    assert reason_now("x", {"anger": 0.91, "words": "third time"}, Level.ANGRY) == (
        "anger 0.91: 'third time'"
    )
    assert reason_now("where is it", {"anger": 0.4}, Level.DISPLEASED) is None


@pytest.mark.parametrize(
    "text", ["my lawyer will write", "I call the police", "我要报警", "打12315"]
)
def test_safety_words_are_a_reason_however_calm(text):
    assert "legal or safety" in reason_now(text, {}, Level.CALM)


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
    assert (reason_in_turn(moods(*levels)) is not None) == person


@pytest.mark.parametrize("words", ["my lawyer will write", "我要报警"])
def test_safety_words_are_seen_far_down_a_long_message(words):
    told = "The parcel came late. " * 68  # some 1,500 characters
    assert 1490 < len(told) < 1510
    assert "legal or safety" in reason_now(told + words, {}, Level.CALM)
    assert "legal or safety" in reason_now(f"{words}. {told}", {}, Level.CALM)


def test_what_is_pasted_beyond_two_thousand_characters_is_not_read():
    assert reason_now("x" * 2000 + " my lawyer will write", {}, Level.CALM) is None


def test_a_word_that_only_contains_a_legal_one_is_none():
    assert reason_now("the issue is your policeman mug", {}, Level.CALM) is None
