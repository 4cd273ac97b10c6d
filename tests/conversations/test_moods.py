"""How a message was said, in steps."""

import pytest

from switchboard.conversations.moods import Level, Thresholds, level_of

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
