"""What customers ask of their profile, and what they say that they prefer."""

import time

import pytest
import yaml

from switchboard.profile.preferences import read_preferences
from switchboard.profile.profile_words import asks_for_profile, asks_to_forget
from switchboard.project import PROJECT as ROOT

HERE = ROOT / "tests" / "profile"


def said(name):
    cases = yaml.safe_load((HERE / name).read_text())
    return [(section, text) for section, texts in cases.items() for text in texts]


def wished(section):
    return [] if section == "none" else [section.replace("call ", "calls ")]


def read(text):
    return [f"{one.kind} {one.value}" for one in read_preferences(text).found]


@pytest.mark.parametrize(("meant", "text"), said("profile_said.yml"))
def test_a_question_about_the_customer_is_told_from_others(meant, text):
    assert asks_for_profile(text) is (meant == "tell")
    assert asks_to_forget(text) is (meant == "forget")


@pytest.mark.parametrize(("meant", "text"), said("preferences_said.yml"))
def test_a_preference_is_told_from_a_complaint(meant, text):
    assert read(text) == wished(meant)


def test_of_the_cases_kept_back_nothing_is_read_that_was_not_said():
    wrong = []
    for meant, text in said("profile_said_kept_back.yml"):
        told, forgot = asks_for_profile(text), asks_to_forget(text)
        assert not told or meant == "tell", text
        assert not forgot or meant == "forget", text
        wrong += [text] * ((told, forgot) != (meant == "tell", meant == "forget"))
    for meant, text in said("preferences_said_kept_back.yml"):
        assert set(read(text)) <= set(wished(meant)), text
        wrong += [text] * (read(text) != wished(meant))
    assert len(wrong) <= 6, wrong


def test_a_preference_within_a_longer_message_is_read_beside_its_wish():
    found = read_preferences("Where is my order 4711? Please don't call me. My size is M.")
    assert [(one.kind, one.value) for one in found.found] == [("calls", "no"), ("size", "M")]
    assert not found.alone
    assert read_preferences("Don't call me. My size is M.").alone


@pytest.mark.parametrize("text", ["please " * 50, "我穿" * 190, "from now on " * 30, "请你" * 49])
def test_no_text_takes_long(text):
    began = time.perf_counter()
    assert not read_preferences(text).found
    assert not asks_for_profile(text)
    assert not asks_to_forget(text)
    assert time.perf_counter() - began < 0.5
