"""`switchboard demo` on everything that runs: the desk and the overview have something in every state."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from switchboard.clock import epoch_now
from switchboard.database.connection import open_database
from switchboard.database.tables import ratings, ticket_entries, tickets, turns, visits
from switchboard.demo.demo_run import DemoRun
from switchboard.demo.demo_script import read_scripts
from switchboard.desk.desk_services import open_services
from switchboard.desk.queue import read_queue
from switchboard.settings import load_settings
from switchboard.staff.directory import Person, Role
from tests.live.system import REST_TOKEN

ANYBODY = Person(0, "nobody", "Nobody", Role.SUPERVISOR, True)
SECONDS = 60.0


@dataclass
class Filled:
    services: object
    run: DemoRun
    told: list[str]
    seconds: float

    def rows(self, query):
        with self.services.engine.connect() as db:
            return db.execute(query).all()


@pytest.fixture(scope="module")
def filled(office):
    office.system.restore_shop()
    settings = load_settings({**office.system.environment})
    engine = open_database(settings.database_url)
    told: list[str] = []
    run = DemoRun(engine, settings, office.system.url, told.append, every=0.5, token=REST_TOKEN)
    run.require_allowed(force=True)  # other tests have talked here
    began = time.monotonic()
    run.fill()
    yield Filled(open_services(settings), run, told, time.monotonic() - began)
    run.clear()
    engine.dispose()


def test_it_is_done_within_a_minute(filled):
    assert filled.seconds < SECONDS
    assert sum("password" in line for line in filled.told) == 2
    assert filled.run.is_there


def test_the_queue_has_tickets_in_every_state(filled):
    services = filled.services
    rows = read_queue(services, {}, ANYBODY).rows
    assert any(row.overdue for row in rows)
    assert any(row.since and not row.overdue and not row.assignee for row in rows)
    assert any(row.assignee for row in rows)
    assert any(row.ticket.follow_up and row.ticket.contact for row in rows)
    assert {row.urgency for row in rows} >= {"upset", "asked"}
    assert {row.ticket.language for row in rows} >= {"en", "zh"}
    [asleep] = read_queue(services, {"state": "asleep"}, ANYBODY).rows
    assert asleep.tags == ["invoice"]
    closed = read_queue(services, {"state": "closed"}, ANYBODY).rows
    assert any(row.tags for row in closed)


def test_the_overview_has_something_everywhere(filled):
    outcomes = {row[0] for row in filled.rows(sa.select(visits.c.outcome))}
    assert outcomes >= {"solved", "unsure", "person", "going on"}
    scores = filled.rows(sa.select(ratings.c.score, ratings.c.comment))
    assert {1, 2, 4, 5} <= {row.score for row in scores}
    assert sum(bool(row.comment) for row in scores) >= 6
    demo = turns.c.conversation_id.like("%:demo-%")
    days = {int(row[0] // 86400) for row in filled.rows(sa.select(turns.c.at).where(demo))}
    assert len(days) >= 3
    routes = {row[0] for row in filled.rows(sa.select(turns.c.route).where(demo))}
    assert routes == {"known", "open", "person"}


def test_nothing_happened_in_the_future_or_in_the_wrong_order(filled):
    now = epoch_now()
    assert all(row[0] <= now for row in filled.rows(sa.select(ticket_entries.c.at)))
    for row in filled.rows(sa.select(tickets)):
        steps = [row.opened_at, row.taken_at, row.first_answer_at, row.resolved_at]
        known = [at for at in steps if at is not None]
        assert known == sorted(known)
        assert known[-1] <= now


def test_customers_keep_coming(filled):
    before = len(filled.rows(sa.select(turns.c.conversation_id).distinct()))
    filled.run.trickle(most=2)
    after = len(filled.rows(sa.select(turns.c.conversation_id).distinct()))
    assert after == before + 2
    assert len(read_scripts()) >= 40
    assert any("comes" in line for line in filled.told)


def test_it_goes_without_a_trace(filled):
    conversations, people = filled.run.clear()
    assert conversations >= 40
    assert people == 2
    assert filled.rows(sa.select(turns).where(turns.c.conversation_id.like("%:demo-%"))) == []
    assert filled.rows(sa.select(tickets)) == []
    assert not filled.run.is_there
