"""A conversation is moved with all that is kept of it."""

import json
from datetime import datetime, timezone

import sqlalchemy as sa

from switchboard.conversations.log import ConversationLog
from switchboard.database.tables import events, ratings, ticket_entries, tickets
from switchboard.demo.moving import Timeline, move_conversation
from switchboard.tickets.story import Story

NAME = "web:demo-1"
DAY = 86400.0
HELD = 20 * DAY
"""When the conversations are held; they are moved to the tenth day."""


def said(kind, at, text):
    return {"event": kind, "timestamp": at, "text": text, "parse_data": {}}


def written(engine, name):
    """A conversation of three steps, a second each."""
    log, ticket = ConversationLog(engine), {"id": 1, "reference": "T-AAAAAA"}
    story = Story("asked", "asked for a person", None, "help", "", None, False, "", "")
    story = {**story.__dict__, "transcript": "00:16:40  customer  help\n00:16:40  bot       yes"}
    with engine.begin() as db:
        new = [said("user", HELD + 0.1, "help"), said("bot", HELD + 0.2, "yes")]
        log.append(db, name, [*new, said("bot", HELD + 1.5, "I am Ada")])
        ticket |= {"conversation_id": name, "channel": "socketio", "opened_at": HELD + 0.2}
        ticket |= {"taken_at": HELD + 1.1, "resolved_at": HELD + 2.1, **story}
        db.execute(sa.insert(tickets).values(**ticket))
        entry = {"ticket_id": 1, "at": HELD + 1.1, "kind": "taken", "text": ""}
        db.execute(sa.insert(ticket_entries).values(**entry))
        asked = {"ticket": "T-AAAAAA", "conversation_id": name, "route": "person"}
        db.execute(sa.insert(ratings).values(**asked, asked_at=HELD + 2.1))


def times(engine):
    with engine.connect() as db:
        row = db.execute(sa.select(tickets)).mappings().one()
        return {
            "events": [at for (at,) in db.execute(sa.select(events.c.at).order_by(events.c.id))],
            "told": [
                json.loads(data)["timestamp"]
                for (data,) in db.execute(sa.select(events.c.data).order_by(events.c.id))
            ],
            "ticket": [row["opened_at"], row["taken_at"], row["resolved_at"]],
            "entry": db.execute(sa.select(ticket_entries.c.at)).scalar(),
            "asked": db.execute(sa.select(ratings.c.asked_at)).scalar(),
            "unset": [row["first_answer_at"], row["snoozed_until"]],
            "transcript": row["transcript"],
        }


def rounded(values):
    return [round(value - 10 * DAY, 3) for value in values]


def test_each_step_comes_after_its_pause(engine):
    written(engine, NAME)
    timeline = Timeline(HELD, 10 * DAY)
    timeline.step(HELD + 1.0, 300.0)
    timeline.step(HELD + 2.0, 60.0)
    move_conversation(engine, NAME, timeline)
    moved = times(engine)
    assert rounded(moved["events"]) == rounded(moved["told"]) == [0.1, 0.2, 300.5]
    assert rounded(moved["ticket"]) == [0.2, 300.1, 360.1]
    assert rounded([moved["entry"], moved["asked"]]) == [300.1, 360.1]
    assert moved["unset"] == [None, None]
    clock = datetime.fromtimestamp(10 * DAY, timezone.utc).strftime("%H:%M:%S")
    assert moved["transcript"].splitlines() == [
        f"{clock}  customer  help",
        f"{clock}  bot       yes",
    ]


def test_others_stay_where_they_are(engine):
    written(engine, "web:real")
    before = times(engine)
    move_conversation(engine, NAME, Timeline(HELD, 10 * DAY))
    assert times(engine) == before


def test_the_rest_may_be_the_present():
    timeline = Timeline(1000.0, 500.0)
    timeline.arrive(1001.0)
    assert timeline.moved(1000.5) == 500.5
    timeline.step(1002.0, 600.0)
    assert timeline.moved(1001.5) == 1001.5
    assert timeline.moved(1002.5) == 1002.5


def test_a_step_never_overtakes_the_one_before():
    timeline = Timeline(1000.0, 500.0)
    timeline.step(1030.0, 5.0)
    assert timeline.moved(1029.9) < timeline.moved(1030.0)


def test_a_conversation_may_end_just_now():
    timeline = Timeline(1000.0, 500.0)
    timeline.step(1001.0, 60.0)
    timeline.end_at(1002.0)
    assert timeline.reached == 1002.0
    assert timeline.moved(1000.0) == 942.0
