"""What a log says of an error: its place and its kinds, and no value."""

from __future__ import annotations

import json

from sqlalchemy import create_engine, text

from switchboard.conversations.log import ConversationLog
from switchboard.failures import place_of
from switchboard.mailroom.message import load_response
from switchboard.shop.products import ProductFinder

MARK = "xq-marker-4711 kim@example.com"


def caught(act, *given):
    try:
        act(*given)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_a_frame_of_ours_is_named_with_its_line():
    told = place_of(caught(load_response, f"{{{MARK}"))
    assert told.startswith("JSONDecodeError at switchboard.mailroom.message:load_response:")
    assert told.rpartition(":")[2].isdigit()
    assert "json" not in told.partition(" at ")[2], "foreign frames beside ours say nothing more"


def test_causes_are_named_and_no_value_is():
    engine = create_engine("sqlite://")
    told = place_of(caught(ConversationLog(engine).everything, MARK))
    assert told.startswith("OperationalError at switchboard.conversations.log:everything:")
    assert " > switchboard.conversations.log:_rows:" in told
    assert " from OperationalError" in told
    assert "xq" not in told
    assert "kim" not in told
    assert "conversation_events" not in told


def test_an_error_from_elsewhere_has_its_innermost_place():
    assert place_of(caught(json.loads, MARK)).startswith("JSONDecodeError at json.decoder:")


def test_one_that_was_never_raised_has_its_kind_alone():
    assert place_of(KeyError(MARK)) == "KeyError"


def test_what_was_hidden_stays_hidden():
    def hide():
        try:
            int("x")
        except ValueError:
            raise RuntimeError(MARK) from None

    assert " from " not in place_of(caught(hide))


def test_a_circle_and_an_endless_descent_end():
    one, other = ValueError(MARK), KeyError(MARK)
    one.__cause__, other.__cause__ = other, one
    assert place_of(one) == "ValueError from KeyError"

    def descend(item):
        return ProductFinder.find(item, MARK) if item is None else descend(item)

    told = place_of(caught(descend, object()))
    assert told.startswith("RecursionError at ")
    assert len(told) < 500


def test_a_kind_with_a_line_break_is_one_line():
    forged = type("Bad\nERROR: forged", (Exception,), {})
    assert "\n" not in place_of(forged(MARK))
    with create_engine("sqlite://").connect() as db:
        assert "\n" not in place_of(caught(db.execute, text("select 1 from\nnowhere")))
