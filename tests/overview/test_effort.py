"""How often a customer had to tell a wish, by what is known of each turn."""

import pytest

from switchboard.overview.effort import Effort, read_effort
from switchboard.overview.visits import TurnSeen


def turn(intent="check_refund_policy", route="known", **more):
    return TurnSeen(0.0, "rest", route, intent, **more)


def in_other_words(first, second):
    said = {first, second}
    returns = {"send it back", "how do returns work", "i want to return this"}
    return said <= returns or said <= {"where is 4711", "has 4712 left yet", "has 4711 left yet"}


ASKED = turn(route="open", intent="nlu_fallback")
CASES = {
    "one wish": ([turn()], ["send it back"], Effort(1)),
    "a greeting is no wish": ([turn("greet"), turn()], ["hi", "send it back"], Effort(2)),
    "the same words": ([ASKED, ASKED], ["Send it back!", "send it back"], Effort(2, 1)),
    "other words": ([ASKED, turn()], ["send it back", "how do returns work"], Effort(2, 0, 1)),
    "twice in other words": (
        [ASKED, ASKED, turn()],
        ["send it back", "how do returns work", "i want to return this"],
        Effort(3, 0, 2),
    ),
    "with another wish between": (
        [ASKED, turn("track_order"), turn()],
        ["send it back", "where is my parcel", "how do returns work"],
        Effort(3, 0, 1),
    ),
    "another wish": ([turn(), turn("track_order")], ["send it back", "where is it"], Effort(2)),
    "another order": (
        [turn("track_order"), turn("track_order")],
        ["where is 4711", "where is 4712"],
        Effort(2),
    ),
    "another order in other words": (
        [turn("track_order"), turn("track_order")],
        ["where is 4711", "has 4712 left yet"],
        Effort(2),
    ),
    "the same order in other words": (
        [turn("track_order"), turn("track_order")],
        ["where is 4711", "has 4711 left yet"],
        Effort(2, 0, 1),
    ),
    "the same intent, and no words are kept": ([turn(), turn()], ["", ""], Effort(2, 1, None)),
    "different intents, and no words": ([turn(), turn("greet")], ["", ""], Effort(2)),
    "what is said to a person": (
        [ASKED, turn(route="person"), turn(route="person")],
        ["where is it", "send it back", "how do returns work"],
        Effort(3),
    ),
    "what is said when a person gets it": (
        [ASKED, turn(route="person")],
        ["send it back", "how do returns work"],
        Effort(2, 0, 1),
    ),
    "answers in a form": (
        [turn("return_item", result="asking"), turn("return_item")],
        ["send it back", "how do returns work"],
        Effort(2),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_effort(name):
    part, texts, effort = CASES[name]
    assert read_effort(part, texts, in_other_words) == effort


def test_without_a_way_to_tell_rephrasings_are_not_told():
    effort = read_effort([ASKED, ASKED], ["send it back", "how do returns work"], None)
    assert effort == Effort(2, 0, None)
