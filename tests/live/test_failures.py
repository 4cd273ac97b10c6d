"""What a customer reads when a part is down, slow or wrong."""

from __future__ import annotations

import threading

import pytest

from tests.fakes.llm_server import reply

QUESTION = "can I put the mugs in the dishwasher?"


def test_the_model_answers_from_the_article(system, llm, sender):
    answer = system.texts(sender, QUESTION)
    assert "\nStoneware mugs and bowls are safe in the dishwasher and microwave." in answer
    assert "Stoneware in daily use" in answer


@pytest.mark.parametrize(
    "mode", ["slow", "stalls", "rate_limited", "broken", "not_json", "cut", "endless"]
)
def test_the_article_answers_when_the_model_fails(system, llm, sender, mode):
    llm.mode, llm.delay = mode, 60.0  # twice as long as `texts` waits for an answer
    assert "This is what our article" in system.texts(sender, QUESTION)


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "Sure! I am happy to chat.",
        reply(statements=[99], draft="It costs €123.45."),
        "{" * 3000,
    ],
)
def test_the_article_answers_when_the_model_talks_rubbish(system, llm, sender, rubbish):
    llm.replies = [rubbish]
    assert "This is what our article" in system.texts(sender, QUESTION)


def test_other_customers_do_not_wait_for_a_slow_model(system, patient, sender):
    patient.mode = "slow"
    slow = threading.Thread(target=system.say, args=(sender + "-slow", QUESTION))
    slow.start()
    patient.wait_until_asked()
    assert "30 days" in system.texts(sender, "what is your refund policy")
    assert slow.is_alive(), "the known question should have been answered first"
    assert not patient.given, "the model is still thinking"
    patient.go_on.set()
    slow.join()


@pytest.mark.long
def test_the_action_server_is_down(system, sender):
    system.say(sender, "cancel 4720")
    system.actions.stop(force=True)
    try:
        answers = system.say(sender, "tom@example.com")
        assert len(answers) == 1
        assert "not answering" in answers[0]["text"]
        assert "30 days" in system.texts(sender, "what is your refund policy")
        assert "not answering" in system.texts(sender, QUESTION)
    finally:
        system.start_actions()
        system.actions.wait()
    system.say(sender, "cancel 4720")
    assert "Shall I?" in system.texts(sender, "tom@example.com")
    assert "is cancelled" in system.texts(sender, "yes")


def test_the_order_system_is_away(system, sender):
    away = {"SWITCHBOARD_ORDERS_URL": "http://127.0.0.1:9", "SWITCHBOARD_ORDERS_TIMEOUT": "1"}
    with system.actions_with(**away):
        system.say(sender, "where is order 4712")
        answers = system.say(sender, "maya@example.com")
        assert [a["text"].split(",")[0] for a in answers] == ["Sorry"]
        assert "order system" in answers[0]["text"]


def test_the_ticket_cannot_be_written(system, sender):
    system.run("ALTER TABLE tickets RENAME TO tickets_gone")
    system.run("CREATE TABLE tickets (id INTEGER, open_for TEXT)")
    try:
        answer = system.texts(sender, "let me talk to a human")
        assert "nobody has been told yet" in answer
        assert "help@tidewick.example" in answer
        assert "Hello" in system.texts(sender, "hi")
    finally:
        system.run("DROP TABLE tickets")
        system.run("ALTER TABLE tickets_gone RENAME TO tickets")


def test_logs_hold_nothing_personal(system, sender):
    system.say(sender, "where is order 4712")
    system.say(sender, "maya@example.com")
    for log in ("actions.log", "rasa.log"):
        assert "maya@example.com" not in (system.folder / log).read_text(errors="replace")
