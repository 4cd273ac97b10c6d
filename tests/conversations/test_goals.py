"""The goals of the simulated customers, and what tells whether they were reached."""

from __future__ import annotations

import re
import sqlite3

import pytest

from switchboard.goals.asked_questions import AskedQuestions
from switchboard.goals.goal import read_goals, read_words
from switchboard.goals.goal_judge import judge
from switchboard.goals.goal_run import PEOPLE
from switchboard.goals.simulated_customer import SimulatedCustomer
from switchboard.project import PROJECT

FOLDER = PROJECT / "data" / "goals"
GOALS = read_goals(FOLDER)
QUESTIONS = AskedQuestions()


def test_there_are_enough_goals_in_both_languages():
    assert len(GOALS) >= 120
    assert {goal.language for goal in GOALS} == {"en", "zh"}
    assert len({(goal.name, goal.language) for goal in GOALS}) == len(GOALS)


@pytest.mark.parametrize(
    "folder", [FOLDER, PROJECT / "tests" / "goals" / "unseen"], ids=["words", "unseen"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_four_people_have_words_for_every_act(folder, language):
    words = read_words(folder, language)
    goals = [goal for goal in GOALS if goal.language == language]
    said = {act for goal in goals for act in goal.says}
    assert said <= set(words)
    assert {act for act in words if len(words[act]) != PEOPLE} == set()
    for goal in goals:
        for act in goal.says:
            named = {name for text in words[act] for name in re.findall(r"\{(\w+)\}", text)}
            assert named <= set(goal.facts), (goal.name, act)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("What is the order number? It is in your e-mail, for instance 4711.", None),
        ("Which item of order 4730 is it?", "order_item"),
        ("I'm sorry that you can't get in. Which item of order 4730 is it?", "order_item"),
        ("是订单 4730 里的哪一件？", "order_item"),
        ("You're welcome. Is there anything else?", "anything_else"),
        ("Order 4711 is cancelled already.", None),
    ],
)
def test_a_question_is_told_by_its_text(answer, kind):
    assert QUESTIONS.asked([answer]) == kind


class Script:
    """An assistant that says the same whatever is written."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def __call__(self, _text: str) -> list[str]:
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


@pytest.fixture
def empty_shop():
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE acts (id)")
    db.execute("CREATE TABLE orders (number, state, address)")
    db.execute("INSERT INTO orders VALUES ('4711', 'packed', '')")
    return db


def talk_of(name, *answers):
    goal = next(g for g in GOALS if g.name == name and g.language == "en")
    words = read_words(FOLDER, "en")
    return SimulatedCustomer(goal, words, 0, QUESTIONS, Script(*answers)).converse()


def test_a_question_without_end_is_a_loop(empty_shop):
    talk = talk_of("cancel 4711", "Which item of order 4711 is it?")
    assert talk.ending in ("loop", "dead end")
    assert not judge(talk, empty_shop, 0).reached


def test_what_was_done_without_being_wanted_is_counted(empty_shop):
    empty_shop.execute("INSERT INTO acts VALUES (1)")
    talk = talk_of("the fee in general", "It is €5.00.")
    verdict = judge(talk, empty_shop, 0)
    assert verdict.unasked
    assert not verdict.reached


def test_a_goal_is_reached_by_state_and_by_what_was_told(empty_shop):
    assert judge(talk_of("the fee in general", "It is €5.00."), empty_shop, 0).reached
    assert not judge(talk_of("the fee in general", "It depends."), empty_shop, 0).reached
    assert not judge(talk_of("cancel 4711", "It is done."), empty_shop, 0).reached
