"""A candidate reads along: each message once, and only those that stand by themselves."""

import pytest

from switchboard.conversations.log import ConversationLog
from switchboard.learning.comparison import Reader
from switchboard.learning.shadow import Shadow
from tests.learning.test_misreadings import keep, said


class Contrary(Reader):
    """Reads invoices everywhere, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def read(self, texts):
        self.asked += texts
        return ["get_invoice" for _ in texts]


@pytest.fixture
def candidate():
    return Contrary()


def test_each_message_is_read_once_and_differences_are_told(engine, candidate):
    keep(engine, "a", said("before it began", "track_order", 0))
    shadow = Shadow(engine, candidate)
    assert list(shadow.follow(lambda: False)) == []
    keep(engine, "a", said("where is it, maya@example.com asks", "track_order", 10))
    keep(engine, "b", said("the bill please", "get_invoice", 11))
    readings = list(shadow.follow(lambda: False))
    assert [(one.text, one.serving, one.differs) for one in readings] == [
        ("where is it, [email] asks", "track_order", True),
        ("the bill please", "get_invoice", False),
    ]
    assert list(shadow.follow(lambda: False)) == []


def test_what_stands_in_a_conversation_is_left_out(engine, candidate):
    keep(
        engine,
        "a",
        said("cancel it", "cancel_order", 0, form="cancel_form"),
        said("the blue one", "inform", 1, form=""),
        said("", "track_order", 2, pressed=True),
        said("4711", "inform", 3),
        said("and my money", "track_refund", 4),
    )
    list(Shadow(engine, candidate, after=0).follow(lambda: False))
    assert candidate.asked == ["cancel it", "and my money"]


def test_many_messages_are_read_in_parts(engine, candidate):
    log = ConversationLog(engine)
    with engine.begin() as db:
        for number in range(250):
            log.append(db, f"c{number}", said(f"message {number} of many", "greet", number)[0])
            log.append(db, f"c{number}", said("4711", "inform", number)[0])
    found = list(Shadow(engine, candidate, after=0).follow(lambda: False))
    assert len({one.event for one in found}) == len(found) == 250
