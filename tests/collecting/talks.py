"""Conversations as Rasa and the desk leave them in the database, for the tests of collecting."""

from __future__ import annotations

import json

import sqlalchemy as sa

from switchboard.collecting.consenting import Collected
from switchboard.database.tables import (
    consents,
    events,
    open_turns,
    ratings,
    tickets,
    turns,
)
from tests.overview.rows import open_turn, turn

BEGAN = 1_763_460_000.0  # 2025-11-18 10:00 UTC
WANTED = Collected(BEGAN - 86400, BEGAN + 10 * 86400, asks=False)


def user(text, at, intent="check_refund_policy", route="known", level="calm", **more):
    parsed = {
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "entities": more.pop("entities", []),
        "mood": {"level": level, "anger": 0.9 if level == "angry" else 0.01},
        "route": {"route": route, "cause": more.pop("cause", "intent")},
        **more.pop("parsed", {}),
    }
    return {"event": "user", "text": text, "timestamp": at, "parse_data": parsed, **more}


def bot(text, at, **metadata):
    return {"event": "bot", "text": text, "timestamp": at, "metadata": metadata}


def agent(text, at):
    return bot(text, at, author="agent", agent="Ada")


def keep(engine, conversation, said, result="answered"):
    """Write events, and the turn of each message."""
    with engine.begin() as db:
        for event in said:
            row = {
                "conversation_id": conversation,
                "at": event["timestamp"],
                "kind": event["event"],
                "data": json.dumps(event, ensure_ascii=False),
            }
            db.execute(sa.insert(events).values(**row))
            if event["event"] == "user":
                parsed = event["parse_data"]
                more = {
                    "route": parsed["route"]["route"],
                    "intent": parsed["intent"]["name"],
                    "level": parsed["mood"]["level"],
                    "result": result,
                }
                db.execute(
                    sa.insert(turns).values(**turn(conversation, event["timestamp"], **more))
                )


def keep_question(engine, conversation, at, question, passage):
    with engine.begin() as db:
        row = open_turn(conversation, at, question, passage=passage)
        db.execute(sa.insert(open_turns).values(**row))


def keep_ticket(engine, conversation, at, reference="T-000001"):
    row = {
        "reference": reference,
        "conversation_id": conversation,
        "channel": "web",
        "opened_at": at,
        "reason": "asked",
        "reason_text": "",
        "asked": "",
        "tried": "",
        "order_proved": False,
        "summary": "",
        "transcript": "",
    }
    with engine.begin() as db:
        db.execute(sa.insert(tickets).values(**row))


def keep_rating(engine, conversation, at, score, route="known", ticket="C-1"):
    row = {
        "ticket": ticket,
        "conversation_id": conversation,
        "route": route,
        "asked_at": at,
        "answered_at": at,
        "score": score,
    }
    with engine.begin() as db:
        db.execute(sa.insert(ratings).values(**row))


def keep_consent(engine, conversation, *acts):
    with engine.begin() as db:
        for act in acts:
            row = {
                "conversation_id": conversation,
                "at": BEGAN,
                "version": "1",
                "act": act,
                "message_id": "m",
            }
            db.execute(sa.insert(consents).values(**row))
