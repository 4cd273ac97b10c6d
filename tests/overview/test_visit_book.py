"""The table of visits follows the turns, on both databases."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from switchboard.clock import DAY
from switchboard.database.tables import open_turns, turns, visits
from switchboard.overview.visit_book import VisitBook
from switchboard.overview.visits import PAUSE
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.clock import Clock
from tests.fakes.tickets import ASKED
from tests.overview.rows import open_turn, turn

NOON = datetime(2026, 11, 18, 12, tzinfo=timezone.utc).timestamp()


@pytest.fixture
def clock():
    return Clock(NOON)


@pytest.fixture
def book(engine, clock):
    return VisitBook(engine, ZoneInfo("Europe/Dublin"), clock)


def add(engine, *rows):
    with engine.begin() as db:
        for row in rows:
            db.execute(sa.insert(open_turns if "question" in row else turns), row)


def kept(engine):
    columns = (visits.c.conversation_id, visits.c.began_at, visits.c.route, visits.c.outcome)
    with engine.connect() as db:
        query = sa.select(*columns, visits.c.why).order_by(columns[0], columns[1])
        return [tuple(row) for row in db.execute(query)]


def test_nothing_said_is_nothing_kept(engine, book):
    book.refresh()
    assert kept(engine) == []


def test_each_open_turn_has_its_own_answer(engine, book):
    start = NOON - 2 * DAY
    add(
        engine,
        turn("a", start, route="open"),
        open_turn("a", start + 2, "can I wash it", "nowhere"),
        turn("a", start + 60, route="open"),
        open_turn("a", start + 62, "how tall is it", "model"),
        turn("b", start, route="open"),
        open_turn("b", start + 1, "how tall is it", "model"),
        turn("b", start + 60, route="open"),
        open_turn("b", start + 61, "can I wash it", "ask"),
        open_turn("b", start + 62, "can I wash it", "nowhere"),  # asked anew within the turn
    )
    book.refresh()
    assert kept(engine) == [
        ("a", start, "open", "solved", ""),
        ("b", start, "open", "unsure", "no answer"),
    ]


def test_what_comes_later_changes_what_was_kept(engine, book, clock):
    add(engine, turn("a", NOON - 60))
    book.refresh()
    assert kept(engine) == [("a", NOON - 60, "known", "going on", "")]
    clock.now = NOON + PAUSE
    book.refresh()
    assert kept(engine) == [("a", NOON - 60, "known", "solved", "")]
    add(engine, turn("a", clock.now + 3600))  # the same wish, within a day
    clock.now += DAY
    book.refresh()
    assert kept(engine) == [
        ("a", NOON - 60, "known", "unsure", "again"),
        ("a", NOON + PAUSE + 3600, "known", "solved", ""),
    ]
    before = kept(engine)
    book.refresh()
    assert kept(engine) == before


def test_a_turn_that_is_stored_late_is_read(engine, book, clock):
    add(engine, turn("a", NOON - 5))
    book.refresh()
    clock.now = NOON + 60
    add(engine, turn("b", NOON - 30))  # began before the last look, stored after it
    book.refresh()
    assert [row[0] for row in kept(engine)] == ["a", "b"]


def test_a_long_past_comes_out_as_if_it_had_been_followed(engine, clock):
    """Read in steps of a day, visits over a step's end are whole."""
    zone = ZoneInfo("Europe/Dublin")
    start = NOON - 40 * DAY
    for number in range(200):
        at = start + number * 4.7 * 3600
        add(engine, turn("a", at), turn(f"b{number % 7}", at + 60, intent=f"wish_{number % 3}"))
    VisitBook(engine, zone, clock).refresh()
    at_once = kept(engine)
    with engine.begin() as db:
        db.execute(sa.delete(visits))
        db.execute(sa.text("DELETE FROM overview_marks"))
    clock.now = start
    while clock.now < NOON:
        clock.now = min(clock.now + 9 * 3600, NOON)
        VisitBook(engine, zone, clock).refresh()
    assert kept(engine) == at_once
    assert len([row for row in at_once if row[0] == "a"]) == 1  # never six hours of silence


def test_a_ticket_makes_it_a_persons(engine, book, clock):
    clock.now = NOON - DAY
    TicketBook(engine, clock).open("a", "rest", tell_story([], ASKED, None, False))
    add(engine, turn("a", NOON - DAY - 5))
    clock.now = NOON
    book.refresh()
    assert kept(engine) == [("a", NOON - DAY - 5, "person", "person", "")]


def test_hostile_names_are_names(engine, book):
    name = "'; DROP TABLE turns; -- \u202e<b>"
    add(engine, turn(name, NOON - DAY, channel="<script>", intent="=cmd()"))
    book.refresh()
    assert kept(engine) == [(name, NOON - DAY, "known", "solved", "")]
