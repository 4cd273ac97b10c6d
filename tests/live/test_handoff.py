"""Upset customers: a ticket with the story, a silent bot, and the bot back afterwards."""

from __future__ import annotations

import pytest

from tests.live.office import command as desk


def ticket_of(system, sender):
    rows = system.run("SELECT reference FROM tickets WHERE open_for=?", sender)
    return rows[0][0] if rows else None


def upset(system, sender):
    return system.texts(sender, "this is the third time I ask, you are completely useless!!!")


def test_an_upset_customer_is_handed_over_with_the_story(system, sender):
    system.say(sender, "where is order 4712")
    system.say(sender, "maya@example.com")
    answer = upset(system, sender)
    reference = ticket_of(system, sender)
    assert reference in answer
    shown = desk(system, "show", reference).stdout
    for part in ("anger", "4712 (identity proved)", "where is order 4712", "useless"):
        assert part in shown
    assert reference in desk(system, "list").stdout


def test_the_bot_is_silent_and_makes_no_second_ticket(system, sender):
    upset(system, sender)
    reference = ticket_of(system, sender)
    for text in ("hello?", "YOU ARE USELESS", "cancel 4711", "/restart", "yes"):
        assert system.say(sender, text) == []
    rows = system.run("SELECT count(*) FROM tickets WHERE conversation_id=?", sender)
    assert rows == [(1,)]
    shown = desk(system, "show", reference).stdout
    assert "Since then:" in shown
    assert "cancel 4711" in shown


def test_it_goes_to_a_person_from_inside_a_form_too(system, sender):
    system.say(sender, "return something from 4730")
    system.say(sender, "sofia@example.com")
    answer = upset(system, sender)
    assert ticket_of(system, sender) in answer
    assert system.say(sender, "the bath mat") == []


def test_asking_for_a_person(system, sender):
    answer = system.texts(sender, "let me talk to a real person")
    assert ticket_of(system, sender) in answer
    row = system.run("SELECT reason FROM tickets WHERE open_for=?", sender)
    assert row == [("asked",)]


def test_a_resolved_ticket_gives_the_bot_back(system, sender):
    upset(system, sender)
    done = desk(system, "resolve", ticket_of(system, sender), "apologised")
    assert done.returncode == 0
    assert "Hello" in system.texts(sender, "hi")
    assert "e-mail" in system.texts(sender, "where is order 4712")
    assert "left on" in system.texts(sender, "maya@example.com")
    assert ticket_of(system, sender) is None
    assert system.texts(sender, "/restart") is not None
    assert "Hello" in system.texts(sender, "hi")
    assert ticket_of(system, sender) is None
    upset(system, sender)
    assert ticket_of(system, sender) is not None


@pytest.mark.long
def test_restarts_in_between_lose_nothing(system, sender):
    system.say(sender, "cancel 4720")
    system.say(sender, "tom@example.com")
    other = sender + "-angry"
    upset(system, other)
    system.restart_rasa(force=True)
    system.restart_actions()
    assert system.say(other, "anybody there?") == []
    assert "is cancelled" in system.texts(sender, "yes")
    desk(system, "resolve", ticket_of(system, other))
    assert "Hello" in system.texts(other, "hi")
    shown = desk(system, "show", system.run(
        "SELECT reference FROM tickets WHERE conversation_id=?", other)[0][0]).stdout  # fmt: skip
    assert "anybody there?" in shown


def test_a_long_conversation_keeps_its_state(system, sender):
    """Far beyond the window in which a conversation is read: form, slots and pause survive."""
    system.say(sender, "where is order 4712")
    system.say(sender, "maya@example.com")
    for _ in range(25):
        system.say(sender, "what is your refund policy")
    assert system.run(
        "SELECT count(*) FROM conversation_checkpoints WHERE conversation_id=?", sender
    ) == [(1,)]
    assert "left on" in system.texts(sender, "where is my order")
    system.say(sender, "I want to return order 4713")
    for _ in range(25):
        assert "why it goes back" in system.texts(sender, "how long does delivery take")
    assert "Shall I?" in system.texts(sender, "it is too big")
    upset(system, sender)
    shown = desk(system, "show", ticket_of(system, sender)).stdout
    assert "customer  where is order 4712" in shown
    for _ in range(40):
        assert system.say(sender, "hello?") == []
