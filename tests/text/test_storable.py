"""Ids and texts that every database can keep."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.database.tables import inbox
from switchboard.text.storable import MAX_ID, clean_text, storable
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from switchboard.tickets.ticket_search import TicketSearch

HOSTILE = [
    "m\x00id",
    "m\ud800id",
    "m\nid",
    "m\x1b[2Jid",
    "\x00",
    "\udfff" * 300,
    "x" * 300,
    "a\u2028b",
]
ANY = st.text(st.characters(), max_size=300)  # NUL and surrogates too


def row(event_id: str, text: str) -> dict[str, object]:
    return {
        "channel": "facebook",
        "event_id": event_id,
        "conversation": "facebook:1:2",
        "batch": "",
        "payload": json.dumps({"text": text}, ensure_ascii=False),
        "received_at": 0.0,
        "due_at": 0.0,
        "attempts": 0,
        "waiting_for": None,
        "outcome": "",
    }


@pytest.mark.parametrize("given_id", HOSTILE)
def test_both_databases_keep_a_hostile_id(engine, given_id):
    kept = storable(given_id)
    with engine.begin() as db:
        db.execute(sa.insert(inbox).values(**row(kept, "")))
        assert db.execute(sa.select(inbox.c.event_id)).scalar_one() == kept


def test_both_databases_keep_cleaned_text(engine):
    text = clean_text("where\x00 is\ud83d my \r\norder\x1b[31m?\u2028🙂")
    assert text == "where is my \norder[31m?\n🙂"
    with engine.begin() as db:
        db.execute(sa.insert(inbox).values(**row("1", text)))
        assert json.loads(db.execute(sa.select(inbox.c.payload)).scalar_one())["text"] == text


@pytest.mark.parametrize(
    "ordinary", ["m_AbC-123=", "telegram:5", "订单", "", "a b", "x" * MAX_ID, "👩‍👩‍👧"]
)
def test_an_ordinary_id_stays_itself(ordinary):
    assert storable(ordinary) == ordinary


def test_equal_ids_stay_equal_and_different_ones_different():
    kept = {storable(f"id{char}") for char in "\x00\x01\ud800\udc00\n"} | {storable("id")}
    assert len(kept) == 6
    assert storable("x" * 400) != storable("x" * 401)
    assert storable("m\x00") == storable("m\x00")


@given(ANY)
def test_an_id_is_bounded_printable_and_stays(text):
    kept = storable(text)
    assert len(kept) <= MAX_ID
    assert len(kept.splitlines()) <= 1
    assert "\x00" not in kept
    kept.encode()
    assert storable(kept) == kept


@given(ANY)
def test_cleaning_text_twice_changes_nothing(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not {*cleaned} & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}
    cleaned.encode()


@pytest.mark.parametrize("kept", ["👨‍👩‍👧", "\u200fשלום", "نمی\u200cخواهم", "a\tb\nc", "où\u00a0?"])
def test_what_scripts_need_stays(kept):
    assert clean_text(kept) == kept


NASTY = "web:\x00\ud83d1"


def test_a_conversation_with_nul_and_halves_is_kept_and_found(engine):
    log, tickets = ConversationLog(engine), TicketBook(engine)
    said = {
        "event": "user",
        "timestamp": 1.0,
        "text": "where\x00 is\ud83d it",
        "metadata": {"a\x00": ["\udc00b"]},
    }
    with engine.begin() as db:
        log.append(db, NASTY, [said])
    assert log.everything(NASTY) == [{**said, "text": "where is it", "metadata": {"a": ["b"]}}]
    assert log.standing(NASTY)[0] > 0
    ticket, new = tickets.open(
        NASTY,
        "web",
        tell_story([said], Decision(Route.PERSON, Cause.ASKED, "asked"), "4711\x00", False),
    )
    assert new
    assert tickets.open_for(NASTY).reference == ticket.reference
    assert [t.reference for t in tickets.of_customer(NASTY)] == [ticket.reference]
    assert tickets.get("T-\x00\ud800") is None
    search = TicketSearch(engine)
    assert search.find("where\x00 is\ud83d") == [ticket.id], "an event with NUL breaks no search"
    log.delete(NASTY)
    assert log.everything(NASTY) == []
