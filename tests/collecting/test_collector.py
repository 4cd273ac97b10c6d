"""Messages are collected by consent and period, once each, and never of who was erased."""

import sqlite3

import pytest

from switchboard.collecting.collector import Collector, read_counts, read_samples
from switchboard.collecting.consenting import Collected
from switchboard.collecting.sample import Sample
from switchboard.collecting.work_file import WorkFile
from switchboard.errors import ConfigurationError
from switchboard.files.file_store import FileStore
from switchboard.privacy.subjects import Subjects
from switchboard.text.order_numbers import OrderNumbers
from tests.collecting.talks import (
    BEGAN,
    WANTED,
    agent,
    bot,
    keep,
    keep_consent,
    keep_question,
    keep_rating,
    keep_ticket,
    user,
)


def collector(engine, wanted=WANTED, told=None):
    def cited(passage, _language, reply):
        return ("Wash it by hand.",) if passage == "care#0" and "by hand" in reply else ()

    tell = (told if told is not None else []).append
    return Collector(engine, wanted, OrderNumbers(), cited, tell)


def collect(engine, path, wanted=WANTED):
    """All samples, those like another included."""
    run = collector(engine, wanted)
    with run.open(path / "work.db") as work:
        run.collect(work)
        run.let_go(work)
        return [sample for _, _, sample in read_samples(work, first_only=False)]


def test_a_conversation_becomes_samples(engine, tmp_path):
    keep(
        engine,
        "web:1",
        [
            user("can I wash the board?", BEGAN, intent="nlu_fallback", route="open"),
            bot("Wash it by hand.", BEGAN + 1),
            user("thanks, I'm Maya Quinn, order 4711", BEGAN + 60, intent="thank", level="glad"),
            bot("You are welcome.", BEGAN + 61),
        ],
    )
    keep_question(engine, "web:1", BEGAN + 0.5, "can I wash the board?", "care#0")
    first, second = collect(engine, tmp_path)
    assert (first.text, first.reply, first.by) == (
        "can I wash the board?",
        "Wash it by hand.",
        "assistant",
    )
    assert (first.passage, first.found, first.cited) == ("care#0", "model", ("Wash it by hand.",))
    assert (first.route, first.language, first.month) == ("open", "en", "2025-11")
    assert "Maya" not in second.text
    assert second.text.endswith("[name], order [number]")
    assert [(said.role, said.text) for said in second.before] == [
        ("user", "can I wash the board?"),
        ("assistant", "Wash it by hand."),
    ]
    assert second.level == "glad"
    assert Sample.from_json(second.to_json()) == second


def test_what_stands_in_the_conversation_s_own_facts_is_hidden_in_all_of_it(engine, tmp_path):
    named = [{"entity": "order_number", "value": "AA-7", "start": 9, "end": 13}]
    keep(
        engine,
        "web:1",
        [
            user("where is AA-7 please", BEGAN, entities=named),
            bot("AA-7 is on its way to Rowan Elder.", BEGAN + 1, name="Rowan Elder"),
            user("give AA-7 to Rowan Elder", BEGAN + 2),
        ],
    )
    samples = collect(engine, tmp_path)
    words = " ".join([*(s.text for s in samples), *(s.reply for s in samples)])
    assert "AA-7" not in words
    assert "Rowan" not in words


@pytest.mark.parametrize(
    ("asks", "collected"),
    [(True, {"given"}), (False, {"given", "never asked"})],
)
def test_only_who_consented(engine, tmp_path, asks, collected):
    acts = {
        "given": ["asked", "given"],
        "withdrawn": ["asked", "given", "withdrawn"],
        "refused": ["asked", "refused"],
        "asked": ["asked"],
        "never asked": [],
    }
    for name, done in acts.items():
        keep(engine, f"web:{name}", [user(f"this is from {name}", BEGAN)])
        keep_consent(engine, f"web:{name}", *done)
    wanted = Collected(WANTED.since, WANTED.until, asks)
    found = {
        sample.text.removeprefix("this is from ") for sample in collect(engine, tmp_path, wanted)
    }
    assert found == collected


def test_only_the_period(engine, tmp_path):
    for name, at in (("before", -2), ("first", -1), ("last", 9.9), ("after", 10)):
        keep(engine, f"web:{name}", [user(f"this is {name}", BEGAN + at * 86400)])
    assert {s.text for s in collect(engine, tmp_path)} == {"this is first", "this is last"}


def test_the_demo_is_not_mixed_with_customers(engine, tmp_path):
    keep(engine, "web:demo-3", [user("from the demo", BEGAN)])
    keep(engine, "web:3", [user("from a customer", BEGAN)])
    assert [s.text for s in collect(engine, tmp_path)] == ["from a customer"]
    demo = Collected(WANTED.since, WANTED.until, False, demo=True)
    assert [s.text for s in collect(engine, tmp_path / "demo", demo)] == ["from the demo"]


def test_a_danger_is_no_sample(engine, tmp_path):
    keep(engine, "web:1", [user("I want to end it", BEGAN, intent="self_harm", route="person")])
    assert collect(engine, tmp_path) == []


def test_who_is_erased_or_withdraws_while_it_runs_is_not_in_it(engine, tmp_path):
    for name in ("erased", "kept 1", "kept 2", "kept 3", "withdrawn"):
        keep(engine, f"web:{name}", [user("where is my refund please", BEGAN)])
        keep_consent(engine, f"web:{name}", "given")
    run = collector(engine)
    with run.open(tmp_path / "work.db") as work:
        run.collect(work)
        Subjects(engine, FileStore(engine, tmp_path / "files")).erase("web:erased")
        keep_consent(engine, "web:withdrawn", "withdrawn")
        assert run.let_go(work) == 2
        # The first of them was erased; the words are still there once.
        assert len(list(read_samples(work))) == 1
        assert work.number("SELECT COUNT(*) FROM samples") == 3


def test_the_same_words_are_one_sample(engine, tmp_path):
    texts = [
        "how long do I have to send something back to you?",
        "How long do I have to send something back to you",
        "how long do i have to send somethin back to you?",
        "how much does the delivery to Germany cost?",
    ]
    for number, text in enumerate(texts):
        keep(engine, f"web:{number}", [user(text, BEGAN)])
    run = collector(engine)
    with run.open(tmp_path / "work.db") as work:
        run.collect(work)
        assert {s.text for _, _, s in read_samples(work)} == {texts[0], texts[3]}
        assert len(list(read_samples(work, first_only=False))) == 4


def test_a_ticket_and_a_person_s_answer_go_with_the_last_answer_before(engine, tmp_path):
    keep(
        engine,
        "web:1",
        [
            user("may I return a used towel?", BEGAN, intent="check_refund_policy"),
            bot("You may return goods within 30 days.", BEGAN + 1),
            user("that does not help, a person please", BEGAN + 30, route="person", cause="asked"),
            bot("I am getting somebody.", BEGAN + 31),
            agent("A used towel cannot be returned, for hygiene.", BEGAN + 300),
        ],
    )
    keep_ticket(engine, "web:1", BEGAN + 31)
    keep_rating(engine, "web:1", BEGAN + 900, 5, route="person")
    first, second = collect(engine, tmp_path)
    assert first.ticket
    assert first.correction == "A used towel cannot be returned, for hygiene."
    assert first.outcome == "person"
    assert not second.ticket
    assert first.rating is None


def test_broken_off_it_goes_on_where_it_was(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("switchboard.collecting.consenting.BATCH", 2)
    for number in range(6):
        keep(engine, f"web:{number}", [user(f"question number {'abcdef'[number] * 9}", BEGAN)])
    told = []
    run = collector(engine, told=told)
    real, reads = run._take, []

    def failing(work, page):
        if len(reads) == 2:
            raise KeyboardInterrupt
        reads.append(page.allowed)
        real(work, page)

    run._take = failing
    with pytest.raises(KeyboardInterrupt), run.open(tmp_path / "work.db") as work:
        run.collect(work)
    again = collector(engine, told=told)
    with again.open(tmp_path / "work.db") as work:
        again.collect(work)
        assert work.number("SELECT COUNT(*) FROM samples") == 6
        assert work.number("SELECT COUNT(DISTINCT talk) FROM samples") == 6
    assert "going on behind 4 conversations" in told


def test_other_options_do_not_go_on_with_it(engine, tmp_path):
    with collector(engine).open(tmp_path / "work.db"):
        pass
    other = Collected(WANTED.since, WANTED.until + 86400, asks=False)
    with pytest.raises(ConfigurationError, match="other options"):
        collector(engine, other).open(tmp_path / "work.db")


def test_two_at_once_are_refused(engine, tmp_path):
    run = collector(engine)
    with run.open(tmp_path / "work.db"), pytest.raises(ConfigurationError, match="another process"):
        run.open(tmp_path / "work.db")


def test_a_damaged_working_file_says_so(tmp_path):
    (tmp_path / "work.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(ConfigurationError, match="damaged"):
        WorkFile(tmp_path / "work.db", "CREATE TABLE IF NOT EXISTS t (a);", {})


def test_counts_say_what_was_hidden_and_left_out(engine, tmp_path):
    keep(engine, "web:1", [user("mail me at a@example.com about 4711", BEGAN)])
    keep(engine, "web:2", [user("no", BEGAN)])
    keep_consent(engine, "web:2", "refused")
    run = collector(engine)
    with run.open(tmp_path / "work.db") as work:
        run.collect(work)
        assert read_counts(work, "hidden") == {"email": 1, "number": 1}
        assert read_counts(work, "left out") == {"conversations without consent": 1}


def test_its_file_is_for_its_owner(engine, tmp_path):
    with collector(engine).open(tmp_path / "work.db"):
        assert (tmp_path / "work.db").stat().st_mode & 0o077 == 0
    assert sqlite3.connect(tmp_path / "work.db").execute("SELECT 1").fetchone() == (1,)
