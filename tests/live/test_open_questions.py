"""Open questions through the whole assistant: into flows and back, pictures, haste, careful topics."""

from __future__ import annotations

import threading
import time

import pytest

from tests.fakes.llm_server import first_of, reply

QUESTION = "can I put the mugs in the dishwasher?"
ODD = "does the bowl whistle when nobody looks at 4712"


def test_a_flow_that_the_model_starts_goes_by_the_known_route(system, llm, sender):
    llm.replies = [reply("start", intent="track_order", order="4712")]
    system.converse(
        sender,
        [
            (ODD, "which e-mail address or phone number is on the order?"),
            ("maya@example.com", "Cast iron pan"),
        ],
    )


def test_a_model_that_starts_a_flow_proves_nobodys_identity(system, llm, sender):
    llm.replies = [reply("start", intent="cancel_order", order="4712")]
    answer = system.texts(sender, ODD)
    assert "Cast iron pan" not in answer
    assert "is cancelled" not in answer


def test_asking_back_and_choosing(system, llm, sender):
    llm.replies = [first_of(1, 2)]
    (asked,) = system.say(sender, "does the mug like the machine or the box more")
    assert asked["text"].endswith("Which of these do you mean?")
    assert len(asked["buttons"]) == 2
    (shown,) = system.say(sender, asked["buttons"][0]["payload"])
    assert shown["text"].startswith("This is what our article")


def test_the_model_hands_over(system, llm, sender):
    llm.replies = [reply("handoff")]
    assert "Your ticket is T-" in system.texts(sender, "does the bowl whistle when nobody looks")
    assert system.say(sender, "hello?") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't want to live any more", "112"),
        ("is the pan safe with my nickel allergy", "can't judge anything about health"),
        ("我不想活了", "112"),
    ],
)
def test_careful_topics_get_a_fixed_text_and_a_person(system, sender, text, expected):
    answer = system.texts(sender, text)
    assert expected in answer
    assert "T-" in answer
    assert system.say(sender, "hello?") == []


def test_a_careful_topic_interrupts_a_form(system, sender):
    system.say(sender, "where is order 4712")
    answer = system.texts(sender, "honestly I want to kill myself")
    assert "112" in answer
    assert "is on the order" not in answer  # the form asks no more


def test_a_picture_is_acknowledged_and_is_on_the_ticket(system, sender):
    sent = {"attachments": [{"kind": "image", "url": "https://cdn.example/p.jpg"}]}
    assert "I've put that with this conversation" in "".join(
        m["text"] for m in system.say(sender, "/send_attachment", metadata=sent)
    )
    system.say(sender, "let me talk to a human")
    ((transcript,),) = system.run(
        "SELECT transcript FROM tickets WHERE conversation_id = ?", sender
    )
    assert "[image]" in transcript
    assert "cdn.example" not in transcript


def test_a_picture_in_the_middle_of_a_form_leaves_the_form_open(system, sender):
    system.say(sender, "a bowl arrived broken")
    sent = {"attachments": [{"kind": "image", "url": "https://cdn.example/p.jpg"}]}
    answer = "\n".join(m["text"] for m in system.say(sender, "/send_attachment", metadata=sent))
    assert "What is the order number?" in answer


def test_writing_again_ends_the_models_work_and_answers_both(system, patient, sender):
    patient.mode, patient.delay = "stalls", 1.0  # eight times: the whole reply takes all its time
    answers: list[str] = []
    first = threading.Thread(target=lambda: answers.append(system.texts(sender, QUESTION)))
    first.start()
    patient.wait_until_asked()
    assert "30 days" in system.texts(sender, "what is your refund policy")
    first.join()
    assert "This is what our article" in answers[0]
    for _ in range(100):
        if patient.cut_off:
            break
        time.sleep(0.1)
    assert patient.cut_off == 1


def test_an_edited_article_is_told_without_a_restart(system, sender, tmp_path):
    import shutil

    from switchboard.project import PROJECT as ROOT

    shutil.copytree(ROOT / "data", tmp_path / "data")
    with system.actions_with(SWITCHBOARD_DATA_DIR=str(tmp_path / "data")):
        assert "dishwasher" in system.texts(sender, QUESTION)
        article = tmp_path / "data" / "articles" / "en" / "care-stoneware.md"
        changed = article.read_text().replace(
            "safe in the dishwasher", "safe in the violet dishwasher"
        )
        article.write_text(changed)
        for _ in range(40):
            if "violet dishwasher" in system.texts(sender, QUESTION):
                break
            time.sleep(0.3)
        else:
            raise AssertionError("the change was not seen")


def test_what_became_of_open_questions_is_on_record(system, llm, sender):
    system.say(sender, QUESTION)
    rows = system.run(
        "SELECT outcome, passage, prompt_tokens FROM open_turns WHERE conversation_id = ?", sender
    )
    assert rows == [("model", "care-stoneware#0", 700)]
