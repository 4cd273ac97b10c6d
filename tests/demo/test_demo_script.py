"""The customers of the demo, as they stand in the file."""

import pytest

from switchboard.demo.demo_marks import conversation_name, number_of
from switchboard.demo.demo_script import CUSTOMER, When, read_scripts
from switchboard.errors import ConfigurationError
from switchboard.text.language import read_language

SCRIPTS = read_scripts()


def test_there_is_something_of_everything():
    assert 40 <= len(SCRIPTS) <= 70
    kinds = {step.kind for script in SCRIPTS for step in script.steps}
    assert kinds >= {"take", "answer", "note", "tag", "close", "give_back", "snooze", "until"}
    assert {script.when for script in SCRIPTS} == set(When)
    assert {script.kind for script in SCRIPTS} == {"web", "telegram", "facebook"}
    said = [step.value for script in SCRIPTS for step in script.steps if step.kind == CUSTOMER]
    assert sum(read_language(text) == "zh" for text in said) >= 10


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: str(s.steps[0].value)[:30])
def test_nobody_acts_on_a_ticket_that_nobody_took(script):
    taken = False
    for step in script.steps:
        taken |= step.kind == "take"
        assert taken or step.kind in (CUSTOMER, "rate", "until", "now"), step
    assert script.steps[0].kind == CUSTOMER


@pytest.mark.parametrize(
    "written",
    [
        "customers: [{channel: pigeon, says: [hello]}]",
        "customers: [{channel: web, says: [{dance: all night}]}]",
        "customers: [{channel: web, when: never, says: [hello]}]",
        "customers: [{channel: web, says: ['']}]",
        "nobody: []",
        "[",
    ],
)
def test_what_nobody_can_do_is_refused(tmp_path, written):
    path = tmp_path / "customers.yml"
    path.write_text(written)
    with pytest.raises(ConfigurationError):
        read_scripts(path)


@pytest.mark.parametrize(
    ("conversation_id", "number"),
    [
        (conversation_name("web", 7), 7),
        (conversation_name("telegram", 12), 12),
        ("web:0a1b2c3d4e5f60718293a4b5c6d7e8f9", None),
        ("telegram:5", None),
        ("facebook:1234:5678", None),
        ("web:demo-", None),
        ("web:demo-7x", None),
        ("demo-7", None),
    ],
)
def test_a_demo_conversation_is_known_by_its_name(conversation_id, number):
    assert number_of(conversation_id) == number
