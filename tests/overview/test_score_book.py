"""The table of scores follows the visits and the work on tickets, on both databases."""

import json
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from switchboard.clock import DAY
from switchboard.database.tables import (
    events,
    open_turns,
    ratings,
    ticket_entries,
    tickets,
    turns,
    visit_scores,
    visits,
)
from switchboard.overview import score_book
from switchboard.overview.figure_sheets import FigureSheets
from switchboard.overview.score_book import ScoreBook
from switchboard.overview.visit_book import VisitBook
from switchboard.privacy.subjects import Subjects
from switchboard.shop.policy import Policy
from tests.fakes.clock import Clock
from tests.overview.rows import open_turn, turn
from tests.overview.test_figures import add, rated, ticket

NOON = datetime(2026, 11, 18, 12, tzinfo=timezone.utc).timestamp()
ZONE = ZoneInfo("Europe/Dublin")
HOUR = 3600.0
OPEN = {"route": "open", "intent": "nlu_fallback"}


class SameLetters:
    """Two texts tell one wish if they begin with the same letter."""

    def is_same(self, first, second):
        return first[0] == second[0]


@pytest.fixture
def clock():
    return Clock(NOON)


@pytest.fixture
def visit_book(engine, clock):
    return VisitBook(engine, ZONE, clock)


@pytest.fixture
def book(engine, clock):
    return ScoreBook(engine, SameLetters, clock)


def said(conversation_id, at, text, **parse_data):
    event = {"event": "user", "text": text, "timestamp": at, "parse_data": parse_data}
    row = {"conversation_id": conversation_id, "at": at, "kind": "user"}
    return {**row, "data": json.dumps(event)}


def entry(number, at, kind="answer", person=1):
    return {"ticket_id": number, "person_id": person, "kind": kind, "at": at, "text": ""}


def kept(engine, *names):
    names = names or ("score", "solved", "turns", "repeats", "rephrasings")
    with engine.connect() as db:
        query = sa.select(visits.c.conversation_id, *(visit_scores.c[name] for name in names))
        joined = visit_scores.join(visits, visits.c.id == visit_scores.c.visit_id)
        ordered = query.select_from(joined).order_by(visits.c.conversation_id, visits.c.began_at)
        return [tuple(row) for row in db.execute(ordered)]


def test_nothing_said_is_nothing_scored(engine, book):
    assert book.refresh() is True
    assert kept(engine) == []


def test_a_wish_in_other_words_is_told_by_what_was_written(engine, visit_book, book):
    at = NOON - DAY
    add(
        engine,
        turns,
        turn("a", at, **OPEN),
        turn("a", at + 60, **OPEN),
        turn("a", at + 120, **OPEN),
        turn("b", at, **OPEN),
        turn("b", at + 60, **OPEN),
        turn("c", at, **OPEN),
        turn("c", at + 60, **OPEN),
    )
    for name in "abc":
        add(engine, open_turns, open_turn(name, at + 1, f"{name} one", money=0.02))
    add(engine, open_turns, open_turn("c", at + 61, "c two", money=0.03))
    add(
        engine,
        events,
        said("a", at, "send it back"),
        said("a", at, "another reading of it", continues="this message"),
        said("a", at + 60, "so how do I return it"),
        said("a", at + 120, "SEND IT BACK!"),
        said("b", at, "send it back"),
        said("b", at + 60, "/choose_article"),
    )
    visit_book.refresh()
    assert book.refresh() is True
    assert kept(engine, "turns", "repeats", "rephrasings", "model_money") == [
        ("a", 3, 1, 1, pytest.approx(0.02)),
        ("b", 2, 0, None, pytest.approx(0.02)),  # a button has no words to compare
        ("c", 2, 0, 1, pytest.approx(0.05)),  # deleted by age: the redacted question is left
    ]


def test_a_visit_that_goes_on_is_scored_when_it_is_over(engine, visit_book, book, clock):
    add(engine, turns, turn("a", NOON - 60))
    visit_book.refresh()
    book.refresh()
    assert kept(engine) == []
    clock.now = NOON + 7 * HOUR
    visit_book.refresh()
    book.refresh()
    assert kept(engine, "score", "solved") == [("a", 100, "solved")]


def test_what_comes_later_changes_the_score(engine, visit_book, book, clock):
    at = NOON - DAY
    add(engine, turns, turn("a", at))
    visit_book.refresh()
    book.refresh()
    assert kept(engine, "score", "reasons") == [("a", 100, "")]
    add(engine, turns, turn("a", at + 8 * HOUR))  # the same wish, within a day
    clock.now = NOON + DAY
    with engine.begin() as db:  # as if it had been stored just now
        db.execute(sa.text("UPDATE overview_marks SET value = :at"), {"at": at})
    visit_book.refresh()
    book.refresh()
    assert kept(engine, "score", "reasons") == [("a", 80, "came again:-20"), ("a", 100, "")]


def test_what_people_do_changes_the_score(engine, visit_book, book):
    at = NOON - 900
    add(engine, turns, turn("c1", at, route="person", intent="contact_human_agent"))
    add(engine, tickets, ticket(1, at + 1))
    visit_book.refresh()
    book.refresh()
    names = ("score", "solved", "reasons", "person_seconds", "ticket")
    waits = "a person was needed:-5,waits for a person:-20"
    assert kept(engine, *names) == [("c1", 75, "open", waits, 0.0, "T-1")]
    with engine.begin() as db:
        db.execute(sa.update(tickets).values(first_answer_at=at + 600, resolved_at=at + 900))
    acts = [entry(1, at + 540, "taken"), entry(1, at + 600), entry(1, at + 900, "closed")]
    add(engine, ticket_entries, *acts)
    book.refresh()
    expected = ("c1", 95, "solved", "a person was needed:-5", 360.0, "T-1")
    assert kept(engine, *names) == [expected]


def test_work_belongs_to_the_visit_in_which_it_was_done(engine, visit_book, book):
    at = NOON - 3 * DAY
    person = {"route": "person", "intent": "contact_human_agent"}
    add(engine, turns, turn("c1", at, **person), turn("c1", at + DAY, **person))
    add(engine, tickets, ticket(1, at + 1, 10, 60, DAY + 600))
    add(
        engine,
        ticket_entries,
        entry(1, at + 11, "taken"),
        entry(1, at + 61),
        entry(1, at + DAY + 300),  # the night between counts as ten minutes
        entry(1, at + DAY + 361, "closed"),
        entry(1, at + DAY + 400, "tagged", None),  # nobody's
    )
    visit_book.refresh()
    book.refresh()
    assert kept(engine, "person_seconds") == [("c1", 50.0), ("c1", 661.0)]


def test_a_single_act_measures_nothing(engine, visit_book, book):
    at = NOON - DAY
    add(engine, turns, turn("c1", at, route="person", intent="contact_human_agent"))
    add(engine, tickets, ticket(1, at + 1, 10, 60, 600))
    add(engine, ticket_entries, entry(1, at + 61))
    visit_book.refresh()
    book.refresh()
    assert kept(engine, "person_seconds") == [("c1", None)]


def test_what_a_survey_says_is_not_in_the_score(engine, visit_book, book):
    at = NOON - DAY
    add(
        engine,
        turns,
        turn("a", at),
        turn("a", at + 60, intent="rate_service", level="calm"),
        turn("a", at + 90, intent="complaint", level="angry"),  # the comment to it
    )
    visit_book.refresh()
    book.refresh()
    assert kept(engine, "turns", "mood_last") == [("a", 1, "calm")]


def test_scores_go_with_their_visits_and_erased_customers(engine, visit_book, book, tmp_path):
    at = NOON - DAY
    add(engine, turns, turn("a", at), turn("b", at))
    visit_book.refresh()
    book.refresh()
    from switchboard.files.file_store import FileStore

    subjects = Subjects(engine, FileStore(engine, tmp_path), lambda: NOON)
    assert [row["score"] for row in subjects.export("a")["scores"]] == [100]
    subjects.erase("a")
    assert {name for name, _ in kept(engine, "score")} >= {"b"}
    assert "a" not in {name for name, _ in kept(engine, "score")}
    assert len(kept(engine)) == 2  # counted all the same
    with engine.begin() as db:
        db.execute(sa.delete(visits))
    assert kept(engine) == []


def test_it_works_in_batches_and_goes_on_where_it_was(engine, visit_book, book, monkeypatch):
    monkeypatch.setattr(score_book, "BATCH", 4)
    add(engine, turns, *(turn(f"c{number:02d}", NOON - DAY - number) for number in range(10)))
    visit_book.refresh()
    assert book.refresh(seconds=0.0) is False
    told = []
    interrupted = ScoreBook(engine, SameLetters, lambda: NOON)

    def stop(done, of):
        told.append((done, of))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted.refresh(tell=stop)
    assert len(kept(engine)) == 4
    assert book.refresh(tell=lambda done, of: told.append((done, of))) is True
    assert told == [(4, 10), (4, 6), (6, 6)]
    assert len(kept(engine)) == 10


def test_only_the_days_that_are_asked_for(engine, visit_book, book):
    add(engine, turns, turn("a", NOON - DAY), turn("b", NOON - 9 * DAY))
    visit_book.refresh()
    week = datetime(2026, 11, 11).toordinal()
    told = []
    assert book.refresh(first_day=week, tell=lambda done, of: told.append((done, of))) is True
    assert (told, [name for name, *_ in kept(engine)]) == ([(1, 1)], ["a"])


def test_a_visit_that_is_written_anew_meanwhile_is_not_scored_as_it_was(engine, visit_book, clock):
    at = NOON - DAY
    add(engine, turns, turn("a", at), turn("b", at))
    visit_book.refresh()

    class WhileReading(SameLetters):
        def __init__(self):
            with engine.begin() as db:
                db.execute(sa.delete(visits).where(visits.c.conversation_id == "b"))
                copied = sa.select(visits).where(visits.c.conversation_id == "a")
                row = dict(db.execute(copied).mappings().one())
                # SQLite gives its number away again.
                db.execute(
                    sa.insert(visits).values(**{**row, "id": row["id"] + 1, "began_at": 5.0})
                )

    add(engine, turns, turn("b", at + 60))  # two wishes: the words are read
    with engine.begin() as db:
        db.execute(sa.text("UPDATE overview_marks SET value = :at"), {"at": at})
    visit_book.refresh()
    ScoreBook(engine, WhileReading, clock).refresh()
    assert [name for name, *_ in kept(engine)] == ["a"]


def sheets(engine, policy, **handling):
    raw = {**policy.raw, "handling": handling or None}
    return FigureSheets(engine, Policy(raw), lambda: NOON)


def filled(engine, visit_book, book):
    at = NOON - 2 * DAY
    person = {"route": "person", "intent": "contact_human_agent"}
    add(
        engine,
        turns,
        turn("k1", at),
        turn("k1", at + 120),
        turn("k2", at),
        turn("k3", at, intent="greet"),
        turn("o1", at, **OPEN),
        turn("o1", at + 30, level="angry"),
        turn("c1", at, level="angry", **person),
        turn("c1", at + 60, level="glad", **person),
        turn("c2", at, **person),
    )
    add(engine, open_turns, open_turn("o1", at + 1, "one", money=0.5))
    add(engine, tickets, ticket(1, at + 1, 10, 60, 600), ticket(2, at + 1, 10, 60, 600))
    add(engine, ticket_entries, entry(1, at + 100, "taken"), entry(1, at + 460))
    visit_book.refresh()
    book.refresh()


def test_costs_by_route_beside_a_persons(engine, policy, visit_book, book):
    filled(engine, visit_book, book)
    figures = sheets(engine, policy, wage_per_hour=36.0, minutes=5)  # a cent a second
    sheet = figures.costs(figures.period(7))
    # conversations, customer's and person's time each, model, people, each, by a person, difference
    assert [list(row) for row in sheet.tables["handling"].rows] == [
        ["known route", 2, 60.0, 0.0, 0.0, 0.0, 0.0, 3.0, 6.0],
        ["open route", 1, 30.0, 0.0, 0.5, 0.0, 0.5, 3.0, 2.5],
        # one measured (6 minutes), one not (the shop's 5)
        [
            "person route",
            2,
            30.0,
            330.0,
            0.0,
            pytest.approx(6.6),
            pytest.approx(3.3),
            3.0,
            pytest.approx(-0.6),
        ],
        [
            "all of them",
            5,
            42.0,
            132.0,
            0.5,
            pytest.approx(6.6),
            pytest.approx(1.42),
            3.0,
            pytest.approx(7.9),
        ],
    ]
    assert (sheet.person_seconds, sheet.timed) == (300.0, 0)


def test_measured_minutes_count_once_there_are_enough(engine, policy, visit_book, book):
    at = NOON - DAY
    for number in range(1, 21):
        add(engine, turns, turn(f"c{number}", at, route="person", intent="contact_human_agent"))
        add(engine, tickets, ticket(number, at + 1, 10, 60, 600))
        acts = [entry(number, at + 100, "taken"), entry(number, at + 100 + 10 * number)]
        add(engine, ticket_entries, *acts)
    visit_book.refresh()
    book.refresh()
    figures = sheets(engine, policy, wage_per_hour=36.0, minutes=5)
    sheet = figures.costs(figures.period(7))
    assert (sheet.person_seconds, sheet.timed) == (105.0, 20)
    assert sheet.tables["handling"].rows[-1][7] == pytest.approx(1.05)


def test_a_shop_without_figures_is_told_no_money_of_people(engine, policy, visit_book, book):
    filled(engine, visit_book, book)
    figures = sheets(engine, policy)
    person = figures.costs(figures.period(7)).tables["handling"].rows[2]
    assert list(person[5:]) == [None, 0.0, None, None]
    assert next(iter(figures.scores(figures.period(7)))).count("\r\n") == 7


def test_quality_over_time_reasons_and_moods(engine, policy, visit_book, book):
    filled(engine, visit_book, book)
    figures = sheets(engine, policy)
    tables = figures.quality(figures.period(7)).tables
    # conversations that wanted something, score, messages, said again, in other words
    assert list(tables["conversation-quality"].rows[4]) == [
        *("2026-11-16", 5, pytest.approx((72 + 100 + 35 + 100 + 95) / 5)),
        *(8 / 5, 1 / 5, 0.0),
    ]
    assert [list(row)[:2] for row in tables["solved"].rows] == [
        *(["solved", 3], ["not solved", 0], ["doubtful", 2], ["open", 0]),
        ["nothing wanted", 1],
    ]
    told = {row[0]: tuple(row[1:]) for row in tables["score-reasons"].rows}
    assert told["angry at last"] == (1, -30)
    assert told["a person was needed"] == (2, -10)
    assert next(row[0] for row in tables["score-reasons"].rows) == "angry at last"
    moods = {row[0]: list(row[1:]) for row in tables["moods"].rows}
    assert moods["calm"] == [1, 0, 0, 4, 0]  # angry, displeased, troubled, calm, glad
    assert moods["angry"] == [0, 0, 0, 0, 1]


def test_worst_first_by_pages_and_in_the_export(engine, policy, visit_book, book):
    filled(engine, visit_book, book)
    figures = sheets(engine, policy, wage_per_hour=36.0, minutes=5)
    week = figures.period(7)
    found, more = figures.worst(week, 0)
    assert ([one.score for one in found], more) == ([35, 72, 95, 100, 100, 100], False)
    worst = found[0]
    assert figures.scored_visit(worst.id, str(int(worst.began_at))) == worst
    assert figures.scored_visit(worst.id, "5") is None
    assert figures.scored_visit(-1, "5") is None
    lines = "".join(figures.scores(week)).splitlines()
    assert lines[0].startswith("began_at,channel,route,score,solved,turns,repeats,rephrasings,mood")
    assert lines[1].split(",")[1:6] == ["rest", "open", "35", "doubtful", "2"]
    assert lines[1].endswith(worst.address)
    assert [line.split(",")[3] for line in lines[1:]] == ["35", "72", "95", "100", "100", "100"]
    assert figures.worst(figures.period(7).before, 0) == ([], False)


def test_an_export_of_many_is_whole_and_in_order(engine, policy, visit_book, book, monkeypatch):
    monkeypatch.setattr("switchboard.overview.scored_visits.AT_ONCE", 3)
    results = ("answered", "asking", "failed")
    add(
        engine,
        turns,
        *(turn(f"c{n}", NOON - DAY - n, result=results[n % 3]) for n in range(10)),
    )
    visit_book.refresh()
    book.refresh()
    figures = sheets(engine, policy)
    parts = list(figures.scores(figures.period(7)))
    assert len(parts) == 4
    lines = "".join(parts).splitlines()
    assert [line.split(",")[3] for line in lines[1:]] == ["60"] * 3 + ["75"] * 3 + ["100"] * 4
    assert len(set(lines)) == 11


def test_surveys_are_set_beside_the_conversation_that_they_are_about(
    engine, policy, visit_book, book
):
    at = NOON - 5 * DAY
    for number in range(1, 31):
        good = number % 2
        level = "glad" if good else "angry"
        add(engine, turns, turn(f"c{number}", at, level=level))
        add(engine, turns, turn(f"c{number}", at + DAY))  # another, after it was asked
        add(engine, ratings, rated(number, at + HOUR, 5 if good else 1))
    visit_book.refresh()
    book.refresh()
    figures = sheets(engine, policy)
    by_score, by_mood = figures.quality(figures.period(7)).tables["agreement"].rows
    assert by_score[:5] == ["score", 30, *(pytest.approx(1.0),) * 3]
    assert by_score[5:] == [pytest.approx(1.0)] * 3
    assert by_mood[1] == 30
