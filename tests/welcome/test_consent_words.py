"""What customers answer to the question for consent, and how they take it back."""

import time

import pytest
import yaml

from switchboard.project import PROJECT as ROOT
from switchboard.welcome.consent_words import read_consent_answer, withdraws_consent

HERE = ROOT / "tests" / "welcome"
ANSWERS = {"yes": True, "no": False, "neither": None, "withdraw": ..., "not_withdraw": ...}


def said(name, sections):
    cases = yaml.safe_load((HERE / name).read_text())
    return [(section, text) for section in sections for text in cases[section]]


@pytest.mark.parametrize(("meant", "text"), said("consent_said.yml", ("yes", "no", "neither")))
def test_a_clear_answer_is_one_and_nothing_else(meant, text):
    assert read_consent_answer(text) is ANSWERS[meant]


@pytest.mark.parametrize(("meant", "text"), said("consent_said.yml", ANSWERS))
def test_consent_is_taken_back_in_so_many_words(meant, text):
    assert withdraws_consent(text) is (meant == "withdraw")


def test_of_the_cases_kept_back_nine_in_ten_are_read_and_none_is_taken_for_its_contrary():
    wrong = []
    for meant, text in said("consent_said_kept_back.yml", ("yes", "no", "neither")):
        read = read_consent_answer(text)
        assert read in (None, ANSWERS[meant]), text
        wrong += [text] * (read is not ANSWERS[meant])
    for meant, text in said("consent_said_kept_back.yml", ANSWERS):
        read = withdraws_consent(text)
        assert meant == "withdraw" or not read, text
        wrong += [text] * (read is not (meant == "withdraw"))
    assert len(wrong) <= 4, wrong


@pytest.mark.parametrize("text", ["我" * 5000, "i i i " * 2000, "please " * 11 + "x", "好" * 79])
def test_no_text_takes_long(text):
    began = time.perf_counter()
    assert read_consent_answer(text) is not True
    assert not withdraws_consent(text)
    assert time.perf_counter() - began < 0.5
