"""Each figure against a case that was worked out by hand, on both databases."""

from datetime import datetime, timezone

import pytest
import sqlalchemy as sa

from switchboard.clock import DAY
from switchboard.database.tables import (
    daily_model_use,
    model_spending,
    open_turns,
    people,
    ratings,
    ticket_entries,
    tickets,
    turns,
)
from switchboard.overview.daily_sums import DailySums
from switchboard.overview.figure_sheets import FigureSheets
from switchboard.overview.visit_book import VisitBook
from tests.overview.rows import open_turn, turn

NOON = datetime(2026, 11, 18, 12, tzinfo=timezone.utc).timestamp()
"""A Wednesday."""
HOUR = 3600.0


@pytest.fixture
def clock():
    return lambda: NOON


@pytest.fixture
def overview(engine, policy, clock):
    return FigureSheets(engine, policy, clock)


@pytest.fixture
def week(overview):
    return overview.period(7)


def add(engine, table, *rows):
    with engine.begin() as db:
        for row in rows:
            db.execute(sa.insert(table), row)


def sum_up(engine, policy, clock):
    VisitBook(engine, policy.timezone, clock).refresh()
    DailySums(engine, policy.timezone, clock).refresh()


def ticket(number, opened, taken=None, answered=None, resolved=None, **more):
    def later(wait):
        return None if wait is None else opened + wait

    row = {
        "id": number,
        "reference": f"T-{number}",
        "conversation_id": f"c{number}",
        "channel": "rest",
        "opened_at": opened,
        "taken_at": later(taken),
        "first_answer_at": later(answered),
        "resolved_at": later(resolved),
        "reason": "asked",
        "order_proved": False,
        **dict.fromkeys(("reason_text", "asked", "tried", "summary", "transcript"), ""),
    }
    return {**row, **more}


def rated(number, asked, score=None, comment=None, person=None):
    return {
        "ticket": f"T-{number}",
        "conversation_id": f"c{number}",
        "route": "person",
        "person_id": person,
        "asked_at": asked,
        "answered_at": asked + 60 if score else None,
        "score": score,
        "comment": comment,
    }


def rows(table):
    return [list(row) for row in table.rows]


def test_conversations_by_route_channel_and_what_they_came_to(
    engine, overview, week, policy, clock
):
    add(
        engine,
        turns,
        turn("a", NOON - DAY),  # solved
        turn("b", NOON - DAY, channel="telegram", result="asking"),  # left
        turn("c", NOON - DAY, route="open"),  # no answer
        turn("d", NOON - 2 * DAY, route="person", intent="contact_human_agent"),
        turn("e", NOON - 2 * DAY, intent="greet"),  # nothing
        turn("f", NOON - HOUR),  # going on
        turn("g", NOON - 8 * DAY),  # the week before
    )
    add(engine, open_turns, open_turn("c", NOON - DAY + 1, "who made it", "nowhere"))
    sum_up(engine, policy, clock)
    sheet = overview.conversations(week)
    assert rows(sheet.tables["routes"])[4:] == [
        ["2026-11-16", 1, 0, 1, 2],
        ["2026-11-17", 2, 1, 0, 3],
        ["2026-11-18", 1, 0, 0, 1],
    ]
    assert [c.title for c in sheet.tables["channels"].columns] == ["From", "rest", "telegram"]
    assert rows(sheet.tables["channels"])[5] == ["2026-11-17", 2, 1]
    # solved, unsure, person, nothing, going on, solved of those that are judged
    assert rows(sheet.tables["outcomes"])[4:] == [
        ["2026-11-16", 0, 0, 1, 1, 0, 0.0],
        ["2026-11-17", 1, 2, 0, 0, 0, 1 / 3],
        ["2026-11-18", 0, 0, 0, 0, 1, None],
    ]
    assert rows(sheet.tables["unsure"]) == [
        ["displeased", 0, 0, None],
        ["no answer", 1, 0, None],
        ["left", 1, 0, None],
        ["again", 0, 0, None],
    ]
    told = {tile.title: (tile.value, tile.before) for tile in sheet.tiles}
    assert told["Conversations"] == (6, 1)
    assert told["Solved without a person"] == (1 / 4, 1.0)
    assert told["Went to a person"] == (1 / 4, 0.0)


def test_reasons_of_handover_against_the_week_before(engine, overview, week):
    add(
        engine,
        tickets,
        ticket(1, NOON - DAY),
        ticket(2, NOON - DAY, reason="anger"),
        ticket(3, NOON - DAY, reason="anger"),
        ticket(4, NOON - 8 * DAY, reason="anger"),
        ticket(5, NOON - 8 * DAY, reason="safety"),
        ticket(6, NOON - 20 * DAY, reason="fraud"),
    )
    assert rows(overview.conversations(week).tables["handovers"]) == [
        ["anger", 2, 2 / 3, 1, 1.0],
        ["asked", 1, 1 / 3, 0, None],
        ["safety", 0, 0.0, 1, -1.0],
    ]


def test_waiting_medians_and_nine_of_ten(engine, overview, week):
    waits = [60.0 * n for n in range(1, 11)]  # 1 to 10 minutes
    add(
        engine,
        tickets,
        *(ticket(n, NOON - DAY, 30, wait, 2 * wait) for n, wait in enumerate(waits, 1)),
        ticket(11, NOON - 2 * DAY),
    )
    tables = overview.waiting(week).tables
    assert rows(tables["waiting"]) == [
        ["until somebody took it", 10, 1, 30.0, 30.0],
        ["until the first answer", 10, 1, 330.0, 600.0],
        ["until it was resolved", 10, 1, 660.0, 1200.0],
    ]
    assert rows(tables["first-answers"])[4:6] == [
        ["2026-11-16", 0, None, None],
        ["2026-11-17", 10, 330.0, 600.0],
    ]
    assert rows(tables["resolutions"])[5] == ["2026-11-17", 10, 660.0, 1200.0]


def test_waiting_by_hour_is_in_the_shops_time(engine, overview, policy):
    summer = datetime(2026, 7, 6, 8, 30, tzinfo=timezone.utc).timestamp()  # Monday 09:30 in Dublin
    add(engine, tickets, ticket(1, summer, 5, 600), ticket(2, summer, 5, 1200), ticket(3, summer))
    hours = overview.waiting(overview.period(365)).hours
    nine = hours["monday"][9]
    assert (nine.tickets, nine.median, nine.level, nine.opened) == (3, 900.0, 2, True)
    assert (hours["monday"][8].tickets, hours["monday"][8].opened) == (0, False)
    assert not any(one.opened for one in hours["sunday"])
    assert [one.opened for one in hours["saturday"]].count(True) == 6


def test_satisfaction_over_time(engine, overview, week):
    add(
        engine,
        ratings,
        rated(1, NOON - DAY, 5),
        rated(2, NOON - DAY, 2),
        rated(3, NOON - DAY),
        rated(4, NOON - 3 * DAY, 4),
        rated(5, NOON - 9 * DAY, 1),
    )
    tables = overview.satisfaction(week).tables
    assert rows(tables["satisfaction"])[3:6] == [
        ["2026-11-15", 1, 1, 4.0],
        ["2026-11-16", 0, 0, None],
        ["2026-11-17", 3, 2, 3.5],
    ]
    assert rows(tables["scores"]) == [["1", 0], ["2", 1], ["3", 0], ["4", 1], ["5", 1]]


def test_anger_before_and_after_a_person(engine, overview, week):
    at = NOON - DAY
    add(
        engine,
        tickets,
        ticket(1, at, 5, 60, mood=0.9),
        ticket(2, at, 5, 60, mood=0.7),
        ticket(3, at),
    )
    add(
        engine,
        turns,
        turn("c1", at + 30, mood=0.8),  # before the answer
        turn("c1", at + 90, mood=0.5),
        turn("c1", at + 120, mood=0.1),
        turn("c3", at + 120, mood=0.9),  # nobody answered
    )
    assert rows(overview.satisfaction(week).tables["anger"]) == [
        ["when they came", 2, pytest.approx(0.8)],
        ["after a person answered", 1, pytest.approx(0.1)],
    ]


def test_what_each_person_did(engine, overview, week):
    def entry(number, person, kind, at):
        return {"ticket_id": number, "person_id": person, "kind": kind, "at": at, "text": ""}

    at = NOON - DAY
    add(
        engine,
        people,
        *(
            {
                "id": n,
                "login": name.lower(),
                "name": name,
                "role": "agent",
                "password_hash": "",
                "active": True,
                "created_at": 0.0,
            }
            for n, name in ((1, "Bob"), (2, "Ada"), (3, "Idle"))
        ),
    )
    add(engine, tickets, *(ticket(n, at, 100, 200, 900) for n in (1, 2, 3)))
    add(
        engine,
        ticket_entries,
        entry(1, 1, "taken", at + 100),
        entry(1, 1, "answer", at + 160),
        entry(1, 1, "answer", at + 300),
        entry(1, 2, "answer", at + 400),  # not the first
        entry(1, 1, "closed", at + 900),
        entry(2, 1, "taken", at + 100),
        entry(2, 1, "transferred", at + 110),
        entry(2, 2, "answer", at + 280),
        entry(2, 2, "given back", at + 900),
        entry(3, None, "closed", at + 900),
        entry(3, 1, "taken", at - 9 * DAY),
    )
    add(engine, ratings, rated(1, NOON, 4, person=1), rated(2, NOON, person=2))
    # person, taken, answered, ended, half of first answers within, ratings, satisfaction
    assert rows(overview.waiting(week).tables["team"]) == [
        ["Ada", 0, 2, 1, 180.0, 0, None],
        ["Bob", 2, 1, 1, 60.0, 1, 4.0],
    ]


def test_costs_by_day_in_utc(engine, overview, week, policy, clock):
    day = int(NOON // DAY)
    add(
        engine,
        open_turns,
        open_turn("a", (day - 1) * DAY + 5, "one", money=0.02),
        open_turn("b", (day - 1) * DAY + 6, "one", cached=True, model="", money=0.0),
        open_turn("c", (day - 1) * DAY + 7, "two", "article", model="", money=0.0),
        open_turn("d", day * DAY - 1, "three", money=0.03),
        open_turn("explain", day * DAY - 1, "four", money=0.04),
    )
    add(engine, model_spending, {"day": day - 1, "tokens": 5, "money": 0.2})
    sum_up(engine, policy, clock)
    # money, reserved, questions, calls, kept, tokens
    assert rows(overview.costs(week).tables["costs"])[5:] == [
        ["2026-11-17", pytest.approx(0.09), 0.2, 5, 3, 0.25, 550],
        ["2026-11-18", 0.0, 0.0, 0, 0, None, 0],
    ]
    sum_up(engine, policy, clock)
    with engine.connect() as db:
        assert db.execute(sa.select(sa.func.sum(daily_model_use.c.questions))).scalar() == 5


def test_known_wishes_against_the_week_before(engine, overview, week, policy, clock):
    add(
        engine,
        turns,
        turn("a", NOON - DAY),
        turn("a", NOON - DAY + 60),
        turn("a", NOON - 8 * DAY),
        turn("a", NOON - DAY, intent="greet"),
        turn("a", NOON - DAY, route="open", intent="nlu_fallback"),
        turn("b", NOON - 8 * DAY, intent="track_order"),
    )
    sum_up(engine, policy, clock)
    assert rows(overview.questions(week).tables["wishes"]) == [
        ["check refund policy", 2, 1, 1.0],
        ["track order", 0, 1, -1.0],
    ]


def test_an_empty_shop_has_every_table(overview):
    for days in (7, 30, 90, 365):
        period = overview.period(days)
        sheets = (overview.conversations, overview.waiting, overview.satisfaction)
        for sheet in (*sheets, overview.questions, overview.costs):
            assert all(table.as_csv() for table in sheet(period).tables.values())
        assert overview.export("tickets", period).rows == []
        assert overview.export("comments", period).rows == []
    assert overview.export("nonsense", period) is None


def test_a_comment_is_exported_without_what_is_personal(engine, overview, week):
    add(engine, ratings, rated(1, NOON - DAY, 1, "=write to kim@example.com"))
    written = overview.export("comments", week).as_csv()
    assert written.splitlines()[1] == "2026-11-17,1,'=write to [email]"
