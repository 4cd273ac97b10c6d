"""What is a clear yes, a clear no, and neither."""

from __future__ import annotations

import random
import time

import pytest

from switchboard.project import PROJECT
from switchboard.text.consent import read_consent, refuses_in_many_words
from switchboard.text.refusal import refuses_plainly

POLITE = {"thanks", "thank you very much", "lol", "...", "谢谢", "啊", "哦", "哈哈", "嗯……"}
"""Beside a yes these say nothing else."""
TITLES = {"en": ("Yes, cancel it", "No, keep it"), "zh": ("确认取消", "不取消")}


def replies(language):
    """(label, reply) that others wrote for "Shall I cancel it?"."""
    text = (PROJECT / "tests" / "goals" / f"confirm_{language}.tsv").read_text(encoding="utf-8")
    return [line.split("\t", 1) for line in text.splitlines() if line]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_no_clear_yes_never_is_one(language):
    others = [text for label, text in replies(language) if label != "yes"]
    assert [text for text in others if read_consent(text, TITLES[language])] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_clear_answers_are_understood(language):
    """The rest is asked once more."""
    for label, wanted in (("yes", True), ("no", False)):
        said = [text for name, text in replies(language) if name == label]
        found = [read_consent(text, TITLES[language]) for text in said]
        assert found.count(wanted) >= 0.7 * len(said)
        assert found.count(not wanted) == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_yes_with_something_else_in_it_is_none(language):
    chance = random.Random(7)
    yes = [text for label, text in replies(language) if label == "yes"]
    other = [text for label, text in replies(language) if label == "other" and text not in POLITE]
    for _ in range(2000):
        first, second = chance.choice(yes), chance.choice(other)
        said = " ".join((first, second) if chance.random() < 0.5 else (second, first))
        assert read_consent(said, TITLES[language]) is not True, said


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("oh well, let's leave it as it was then, you have been very kind", True),
        ("Actually don't do anything, I've changed my mind about the whole business", True),
        ("那还是算了吧，我老婆说留着也行，麻烦你啦", True),
        ("先不办了，按原来的发就好", True),
        ("never mind the clock, only the mug", False),
        ("算了，换成退那个杯子", False),
        ("hold on, never mind, let me think", False),
        ("yes please", False),
    ],
)
def test_a_refusal_in_plain_words(text, refuses):
    assert refuses_plainly(text) == refuses


ONCE_A_YES = """等一下|等等|嗯好吧 那算了|好吧，那在考虑一下|真的吗|确定吗|可以吗|哦|。。。|hmm|oh|I see|ok wait
|maybe|whatever|is yes the right answer?|yeah right|yes that's right, the stoneware bowl set
|yes but only one|ok?|???"""


@pytest.mark.parametrize("text", ["", "yes " * 50, *ONCE_A_YES.replace("\n", "").split("|")])
def test_what_once_cancelled_an_order(text):
    assert read_consent(text, TITLES["en"]) is not True


@pytest.mark.parametrize(
    ("text", "agreed"),
    [
        ("Yes, cancel it", True),
        ("是的，取消", True),
        ("cancel it please", True),
        ("no, keep it", False),
        ("don't cancel it", False),
        ("别取消", False),
    ],
)
def test_the_buttons_words_typed(text, agreed):
    titles = TITLES["zh" if not text.isascii() else "en"]
    assert read_consent(text, titles) is agreed


def test_another_acts_verb_is_no_consent():
    assert read_consent("return it", TITLES["en"]) is None


@pytest.mark.parametrize(
    "piece", ["好的", "嗯", "好吧", "yes i do ", "go ahead and ", "那就取消吧", "😀"]
)
def test_a_long_reply_is_read_at_once(piece):
    started = time.perf_counter()
    read_consent((piece * 40)[:80] + "x", TITLES["en"])
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("You know what, no, let's not do that after all.", True),
        ("no, I only meant the mug", False),
        ("no, unless it is free", False),
        ("I don't know", False),
    ],
)
def test_a_no_in_many_words(text, refuses):
    assert refuses_in_many_words(text) is refuses


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("I have read that through and everything is in order. Yes, please proceed.", True),
        ("Yes, yes – do it ... thanks.", True),
        ("ok ... fine", True),
        ("everything is fine", None),
        ("I have read it", None),
        ("yes...", None),
        ("yes ... i guess", None),
        ("yes... no", None),
        ("yes – but the mug", None),
        ("ok... whatever", None),
    ],
)
def test_pauses_and_what_stands_beside_a_yes(text, agrees):
    assert read_consent(text) is agrees
