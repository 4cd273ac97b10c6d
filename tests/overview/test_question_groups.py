"""Topics and gaps, from questions to what the page reads."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa

from switchboard.clock import DAY
from switchboard.database.tables import open_turns, question_groups
from switchboard.files.file_store import FileStore
from switchboard.overview import question_groups as module
from switchboard.overview.figure_sheets import FigureSheets
from switchboard.overview.question_groups import QuestionGroups
from switchboard.overview.topics import FEW, find_topics, is_rising
from switchboard.privacy.subjects import Subjects
from tests.overview.rows import ByWords, open_turn

NOON = datetime(2026, 11, 18, 12, tzinfo=timezone.utc).timestamp()
ZONE = ZoneInfo("Europe/Dublin")


def refresh(engine):
    QuestionGroups(engine, ZONE, ByWords, lambda: NOON).refresh()


@pytest.fixture
def ask(engine):
    def ask(question, times=1, days=1.0, outcome="model", name="a", language="en"):
        rows = [
            open_turn(name, NOON - days * DAY - n, question, outcome, language=language)
            for n in range(times)
        ]
        with engine.begin() as db:
            db.execute(sa.insert(open_turns), rows)

    return ask


@pytest.fixture
def sheet(engine, policy):
    overview = FigureSheets(engine, policy, lambda: NOON)
    return lambda days=7: overview.questions(overview.period(days))


def rows(table):
    return [list(row) for row in table.rows]


def test_nothing_asked_is_nothing_grouped(engine, sheet):
    refresh(engine)
    assert rows(sheet().tables["topics"]) == []
    assert sheet().gaps == []


def test_one_wording_asked_often_is_a_topic(ask, engine, sheet):
    ask("Do you sell ladders?", FEW - 1)
    ask("do you sell ladders", 1)  # the same but for its marks
    ask("can I wash the lamp", FEW - 1)  # too seldom
    refresh(engine)
    (topic,) = rows(sheet().tables["topics"])
    assert topic[0].lower().startswith("do you sell ladders")
    assert topic[1:4] == ["ladders, sell", FEW, 0]
    assert sheet().questions == 2 * FEW - 1


def test_a_topic_that_grows_more_than_the_rest_is_rising(ask, engine, sheet):
    ask("do you sell ladders", 6, days=8)
    ask("do you sell ladders", 30)
    ask("can I wash the lamp", 40, days=8)
    ask("can I wash the lamp", 45)
    refresh(engine)
    assert [[row[0], *row[2:]] for row in rows(sheet().tables["topics"])] == [
        ["do you sell ladders", 30, 6, 4.0, "rising"],
        ["can I wash the lamp", 45, 40, 0.125, ""],
    ]


@pytest.mark.parametrize(
    ("now", "before", "all_now", "all_before", "rising"),
    [
        (4, 0, 100, 100, False),  # too few
        (6, 0, 100, 100, False),  # sqrt(6) = 2.4
        (7, 0, 100, 100, True),  # sqrt(7) = 2.6
        (30, 15, 100, 100, False),  # 15 / sqrt(45) = 2.2
        (30, 13, 100, 100, False),  # 17 / sqrt(43) = 2.59
        (30, 12, 100, 100, True),  # 18 / sqrt(42) = 2.8
        (30, 12, 250, 100, False),  # everything grew: 30 were to be expected
        (30, 0, 100, 0, False),  # nothing to compare with
    ],
)
def test_rising_is_more_than_chance(now, before, all_now, all_before, rising):
    assert is_rising(now, before, all_now, all_before) is rising


def test_questions_without_an_article_are_grouped_and_counted_by_day(ask, engine, sheet):
    ask("do you sell ladders", 2, outcome="nowhere")
    ask("do you sell any ladders", 1, outcome="ask")
    ask("do you sell ladders", 3, outcome="model")  # answered: no gap
    ask("is the shop open on new year", 1, days=20, outcome="nowhere")
    ask("four", 1, outcome="nowhere", name="explain")  # nobody's
    refresh(engine)
    (gap,) = sheet().gaps
    assert gap.now == 3
    assert "ladders" in gap.question
    assert [gap.now for gap in sheet(30).gaps] == [3, 1]


def test_likeness_finds_topics_among_noise():
    dice = np.random.default_rng(5)
    middles = dice.normal(size=(3, 64))
    groups = [middle + 0.2 * dice.normal(size=(12, 64)) for middle in middles]
    vectors = np.concatenate([*groups, dice.normal(size=(12, 64))])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    questions = [f"{'wash open ship'.split()[n // 12]} it" for n in range(36)] + ["other"] * 12
    topics = find_topics(questions, vectors.astype(np.float32), [1] * 48)
    found = {topic.words[0]: len(topic.members) for topic in topics if topic.words}
    assert {word: found.get(word, 0) >= 10 for word in ("wash", "open", "ship")} == {
        "wash": True,
        "open": True,
        "ship": True,
    }


def test_only_the_newest_are_grouped_and_the_page_says_so(ask, engine, sheet, monkeypatch):
    monkeypatch.setattr(module, "MOST_DIFFERENT", 2)
    ask("one", FEW, days=1)
    ask("two", FEW, days=2)
    ask("three", FEW, days=5)
    refresh(engine)
    assert {row[0] for row in rows(sheet().tables["topics"])} == {"one", "two"}
    assert (sheet().compared, sheet().counted_since) == (False, "2026-11-13")


def test_hostile_questions_stay_questions(ask, engine, sheet):
    hostile = ["", "?!", "'; DROP TABLE turns; --", "\u202e<b>x</b>", "y" * 500, "\ud83e\udd86" * 9]
    for question in ("<script>alert(1)</script>", "=cmd()|' /C calc'!A0"):
        ask(question, FEW, outcome="nowhere")
    for question in hostile:
        ask(question.encode("utf-16", "surrogatepass").decode("utf-16"), outcome="nowhere")
    refresh(engine)
    tables = sheet().tables
    assert "<script>alert(1)</script>" in {row[0] for row in rows(tables["topics"])}
    assert "\n=cmd" not in tables["gaps"].as_csv()


def test_who_is_erased_is_gone_from_the_groups(ask, engine, tmp_path):
    ask("my name is in here somehow", FEW, outcome="nowhere", name="telegram:5")
    refresh(engine)
    Subjects(engine, FileStore(engine, tmp_path)).erase("telegram:5")
    with engine.connect() as db:
        assert "somehow" not in str(db.execute(sa.select(question_groups)).all())
    refresh(engine)
    with engine.connect() as db:
        assert "somehow" not in str(db.execute(sa.select(question_groups)).all())
