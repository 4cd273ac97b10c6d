"""The demo's customers who are misread, as they stand in the file, and what they do."""

from collections import Counter

import pytest

from benchmarks.nlu_data import read_nlu
from switchboard.demo.demo_habits import habit_scripts, read_habits
from switchboard.demo.demo_script import CHANNELS, CUSTOMER
from switchboard.errors import ConfigurationError
from switchboard.learning.learned_examples import as_example, is_kept_back, taught_intents
from switchboard.learning.misreadings import is_wish
from switchboard.text.language import read_language
from tests.conftest import DATA

HABITS = read_habits()
WORDINGS = [text for habit in HABITS for text in habit.wordings]


@pytest.mark.parametrize("habit", HABITS, ids=lambda h: f"{h.intent}, {h.who}")
def test_every_wording_means_something_that_the_shop_knows(habit):
    assert habit.intent in taught_intents(DATA)
    assert is_wish(habit.intent)
    for text in (*habit.wordings, *habit.plainly):
        assert read_language(text) in (habit.language, None), text
        assert as_example(text) == text  # it can be taught as it is
    assert habit.wordings


def test_nothing_of_it_is_taught_already():
    taught = {example.text.lower() for example in read_nlu(DATA / "nlu")}
    assert [text for text in WORDINGS if text.lower() in taught] == []
    assert [text for text, count in Counter(WORDINGS).items() if count > 1] == []


def test_there_is_enough_to_learn_and_to_compare_by():
    assert 6 <= len({habit.intent for habit in HABITS}) <= 10
    kept_back = [text for text in WORDINGS if is_kept_back(text)]
    assert len(kept_back) >= 10
    assert len(WORDINGS) - len(kept_back) >= 40


def test_each_wording_is_one_customers():
    scripts = habit_scripts(HABITS)
    firsts = [script.steps[0] for script in scripts]
    assert all(step.kind == CUSTOMER for step in firsts)
    assert sorted(step.value for step in firsts) == sorted(WORDINGS)
    assert {script.kind for script in scripts} == set(CHANNELS)
    meant = {text: habit.intent for habit in HABITS for text in habit.wordings}
    for script in scripts:
        second = script.steps[1]
        told = second.value[0] if second.kind == "means" else second.value
        assert told == meant[script.steps[0].value]
    assert sum(script.needs_people for script in scripts) == sum(len(h.leaves) for h in HABITS) > 0


@pytest.mark.parametrize(
    "written",
    [
        "habits: [{intent: track_order, language: en, who: me, says: [hm]}]",
        "habits: [{language: en, who: me, says: [hm], plainly: [where is it]}]",
        "habits: [{intent: track_order, language: en, who: me, says: [7], plainly: [where]}]",
        "nobody: []",
        "[",
    ],
)
def test_half_a_habit_is_refused(tmp_path, written):
    path = tmp_path / "habits.yml"
    path.write_text(written)
    with pytest.raises(ConfigurationError):
        read_habits(path)
