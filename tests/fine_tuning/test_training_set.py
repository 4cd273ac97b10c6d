"""From conversations to training rows and the card that tells what is in them."""

import json

from switchboard.fine_tuning.data_card import Told, write_card
from switchboard.fine_tuning.training_set import write_training_set
from tests.collecting.talks import (
    BEGAN,
    WANTED,
    agent,
    bot,
    keep,
    keep_consent,
    keep_rating,
    keep_ticket,
    user,
)
from tests.collecting.test_collector import collector

ASKED = "may I return a towel that was used?"
WRONG = "You may return goods within 30 days."
RIGHT = "A used towel cannot be returned, for reasons of hygiene."


def corrected(engine):
    """A person answered otherwise than the assistant."""
    keep(
        engine,
        "web:corrected",
        [
            user(ASKED, BEGAN),
            bot(WRONG, BEGAN + 1),
            user("no, a person please", BEGAN + 30, route="person", cause="asked"),
            bot("I am getting somebody.", BEGAN + 31),
            agent(RIGHT, BEGAN + 300),
        ],
    )
    keep_ticket(engine, "web:corrected", BEGAN + 31)


def rated(engine, name, reply, score):
    keep(engine, f"web:{name}", [user("how long is the warranty?", BEGAN), bot(reply, BEGAN + 1)])
    keep_rating(engine, f"web:{name}", BEGAN + 60, score, ticket=f"C-{name}")


def rows_of(engine, folder):
    run = collector(engine)
    with run.open(folder / "work.db") as work:
        run.collect(work)
        run.let_go(work)
        written = write_training_set(work, folder)
        card = write_card(work, Told(WANTED, written, 3, 4, 1, 0))
    read = {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in folder.glob("*.jsonl")
    }
    return read, card


def test_a_person_s_correction_is_preferred(engine, tmp_path):
    corrected(engine)
    rows, _ = rows_of(engine, tmp_path)
    (pair,) = rows["preferences"]
    assert pair["prompt"] == [{"role": "user", "content": ASKED}]
    assert pair["chosen"] == [{"role": "assistant", "content": RIGHT}]
    assert pair["rejected"] == [{"role": "assistant", "content": WRONG}]
    assert pair["because"] == "a person answered it otherwise"
    assert pair["ticket"]
    assert pair["outcome"] == "person"
    assert [row["completion"][0]["content"] for row in rows["supervised"]] == []
    assert [row["label"] for row in rows["judged"]] == [False]


def test_a_rating_makes_a_pair_with_another_customer_s_answer(engine, tmp_path):
    rated(engine, "good", "The warranty is two years from delivery.", 5)
    rated(engine, "bad", "Please see our pages, they have all of it.", 1)
    rows, _ = rows_of(engine, tmp_path)
    (pair,) = rows["preferences"]
    assert pair["chosen"][0]["content"] == "The warranty is two years from delivery."
    assert pair["because"] == "the customer's rating"
    assert pair["rating"] == 1
    assert [row["rating"] for row in rows["supervised"]] == [5]


def test_two_answers_in_much_the_same_words_are_no_pair(engine, tmp_path):
    rated(engine, "good", "The warranty is two years from delivery.", 5)
    rated(engine, "bad", "The warranty is two years from the delivery!", 1)
    assert rows_of(engine, tmp_path)[0]["preferences"] == []


def test_the_same_answer_to_the_same_question_is_one_row(engine, tmp_path):
    for name in "abc":
        rated(engine, name, "The warranty is two years from delivery.", 5)
    rows, _ = rows_of(engine, tmp_path)
    assert len(rows["supervised"]) == 1
    assert len(rows["judged"]) == 3


def test_the_mood_and_the_lines_before_go_with_a_row(engine, tmp_path):
    keep(
        engine,
        "web:1",
        [
            user("the lamp is broken!!", BEGAN, level="displeased"),
            bot("I am sorry. What is broken?", BEGAN + 1),
            user("the switch", BEGAN + 9, level="troubled"),
            bot("We send you a new one at once.", BEGAN + 10),
        ],
    )
    keep_rating(engine, "web:1", BEGAN + 20, 5)
    rows, _ = rows_of(engine, tmp_path)
    last = rows["supervised"][-1]
    assert [m["role"] for m in last["prompt"]] == ["user", "assistant", "user"]
    assert last["mood"] == {"level": "troubled", "anger": 0.01}


def test_no_row_has_what_is_personal(engine, tmp_path):
    keep(
        engine,
        "web:1",
        [
            user("I'm Maya Quinn, maya@example.com, order 4711", BEGAN),
            bot("Thank you Maya Quinn, order 4711 is on its way.", BEGAN + 1, name="Maya Quinn"),
        ],
    )
    keep_rating(engine, "web:1", BEGAN + 20, 5)
    rows_of(engine, tmp_path)
    for path in tmp_path.glob("*.jsonl"):
        for secret in ("Maya", "Quinn", "4711", "example.com", "web:1"):
            assert secret not in path.read_text(), path.name


def test_the_card_tells_what_is_in_it(engine, tmp_path):
    corrected(engine)
    rated(engine, "good", "The warranty is two years from delivery.", 5)
    keep(engine, "web:no", [user("do not keep this", BEGAN)])
    keep_consent(engine, "web:no", "refused")
    _, card = rows_of(engine, tmp_path)
    for told in (
        "period: 2025-11-17 to 2025-11-28",
        "conversations: 2",
        "1 conversations left out for want of it",
        "## preferences.jsonl: 1 rows",
        "| language: en | 1 |",
        "| because: a person answered it otherwise | 1 |",
        "| route: known | 1 |",
        "Examples for intents: 3",
    ):
        assert told in card


def test_an_empty_collection_is_told(engine, tmp_path):
    rows, card = rows_of(engine, tmp_path)
    assert rows == {"supervised": [], "judged": [], "preferences": []}
    assert "messages of customers: 0" in card
    assert "No training rows" in card
