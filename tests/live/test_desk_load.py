"""Two hundred open cases, fifty customers at once, the desk killed, the database locked."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from switchboard.database.connection import open_database
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes import bot_api_server as telegram
from tests.fakes.tickets import angry

WRITERS, EACH, CASES = 50, 4, 200


pytestmark = pytest.mark.long


@pytest.fixture(scope="module", autouse=True)
def _cases(office):
    engine = open_database(office.system.environment["SWITCHBOARD_DATABASE_URL"])
    book = TicketBook(engine)
    for number in range(CASES):
        story = tell_story([], angry("0.97"), None, False)
        book.open(f"telegram:{1000 + number}", "telegram", story)
    engine.dispose()
    yield
    office.clear_queue()


def write_all(office, first, said):
    """Each customer writes in order, all at once; what is not acknowledged is delivered again."""

    def customer(number):
        for turn in range(EACH):
            body = telegram.said(first + number, f"{said} {number}-{turn}")
            while telegram.deliver(office.system.url, body, timeout=30) != 200:
                time.sleep(0.5)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(customer, range(WRITERS)))


def all_heard(office, first, said, seconds=90):
    wanted = {n: [f"{said} {n}-{turn}" for turn in range(EACH)] for n in range(WRITERS)}
    deadline = time.monotonic() + seconds
    while True:
        found = {
            n: [t for t in office.heard(f"telegram:{first + n}") if t.startswith(said)]
            for n in range(WRITERS)
        }
        if found == wanted:
            return
        if time.monotonic() > deadline:
            wrong = {n: found[n] for n in found if found[n] != wanted[n]}
            raise AssertionError(f"{len(wrong)} customers: {dict(list(wrong.items())[:3])}")
        time.sleep(0.5)


def silent(office, first):
    assert [office.bot_api.texts(first + n) for n in range(WRITERS)] == [[]] * WRITERS


def test_no_message_is_lost_doubled_or_answered_while_the_desk_is_killed(office):
    writing = threading.Thread(target=write_all, args=(office, 1000, "load"))
    writing.start()
    time.sleep(0.5)
    office.desk.stop(force=True)
    office.start_desk()
    writing.join()
    all_heard(office, 1000, "load")
    silent(office, 1000)


def test_ten_seconds_without_the_database(office):
    locked = sqlite3.connect(office.system.database_path, timeout=30, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    writing = threading.Thread(target=write_all, args=(office, 1100, "locked"))
    writing.start()
    time.sleep(10)
    locked.rollback()
    locked.close()
    writing.join()
    all_heard(office, 1100, "locked")
    silent(office, 1100)
