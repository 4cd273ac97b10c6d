"""Replies of models, as they come."""

import pytest

from switchboard.answering.reply import MOST_SAID, Kind, ReplyChoices, read_reply, reply_schema
from switchboard.errors import ModelWrong
from tests.fakes.llm_server import reply

CHOICES = ReplyChoices(4, ["cancel_order", "track_order"], ["sorry"], ["person"])
WORDED = ReplyChoices(4, ["track_order"], worded=True)


@pytest.mark.parametrize(
    "raw",
    [
        "no JSON at all",
        "[]",
        "{",
        "{" * 5000,
        '{"statements": [1]}',
        reply("dance"),
        reply(statements=[]),
        reply(statements=[0]),
        reply(statements=[5]),
        reply(statements=["1"]),
        reply(statements=[True]),
        reply(statements=[1.0]),
        reply("start", intent="drop_tables"),
        reply("start"),
        reply("ask", statements=[1]),
    ],
)
def test_replies_that_are_no_use(raw):
    with pytest.raises(ModelWrong):
        read_reply(raw, CHOICES)


def test_replies_that_are():
    fenced = read_reply(f"Sure!\n```json\n{reply(statements=[2, 2, 1])}\n```", CHOICES)
    assert (fenced.kind, fenced.statements) == (Kind.ANSWER, (2, 1))
    start = read_reply(reply("start", intent="track_order", order="4711"), CHOICES)
    assert (start.intent, start.order_number) == ("track_order", "4711")
    assert read_reply(reply("ask", statements=[3, 1]), CHOICES).statements == (3, 1)
    assert read_reply(reply("decline"), CHOICES).kind is Kind.DECLINE


def test_only_what_the_shop_has_is_chosen():
    around = {"form": "no", "opening": "sorry", "closing": "person"}
    chosen = read_reply(reply(statements=[1], **around), CHOICES)
    assert (chosen.form, chosen.opening, chosen.closing) == ("no", "sorry", "person")
    for name in around:
        for odd in ("I am refunding you", 7, ["sorry"], {"sorry": 1}, ""):
            chosen = read_reply(reply(statements=[1], **{**around, name: odd}), CHOICES)
            assert getattr(chosen, name) == ""


def test_a_draft_is_read_only_where_it_is_asked_for():
    said = reply(statements=[1], draft=" Fine. ")
    assert read_reply(said, CHOICES).draft == ""
    assert read_reply(said, WORDED).draft == "Fine."
    assert read_reply(reply(statements=[1], draft=["Fine."]), WORDED).draft == ""


def test_an_answer_has_so_many_statements_and_no_more():
    many = ReplyChoices(50, [])
    assert len(read_reply(reply(statements=range(1, 51)), many).statements) == MOST_SAID


@pytest.mark.parametrize("choices", [CHOICES, WORDED])
def test_the_schema_is_strict(choices):
    schema = reply_schema(choices)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])
    assert ("draft" in schema["properties"]) is choices.worded
