"""Wishes to be told by itself, as a conversation takes them up."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from actions.questions import ActionAnswerOpenQuestion
from switchboard.database.tables import outreach_consents
from switchboard.outreach.consents import WishBook
from tests.actions.conversation import Conversation, names
from tests.actions.test_actions import MAYA, Flow, library, services  # noqa: F401


class Talk(Conversation):
    """A conversation on a channel."""

    channel = "telegram"

    def says(self, text, intent="inform", **fresh):
        super().says(text, intent, **fresh)
        users = [e for e in self.events if e["event"] == "user"]
        users[-1]["input_channel"] = self.channel


@pytest.fixture
def on(services, engine):  # noqa: F811
    return replace(services, consents=WishBook(engine))


@pytest.fixture
def talk():
    return Talk("telegram:5")


def agreed(engine):
    with engine.connect() as db:
        rows = db.execute(sa.select(outreach_consents).order_by(outreach_consents.c.id)).all()
    return [(row.conversation_id, row.kind, row.subject) for row in rows]


async def test_a_wish_is_taken_up_once_the_order_is_proved(talk, on, engine):
    flow = Flow(talk, on, "track_order")
    said = await flow.step("tell me when 4711 ships", "track_order", order_number="4711")
    assert agreed(engine) == []
    said = await flow.step(MAYA, order_contact=MAYA)
    assert names(said) == ["say_track_order_packed", "say_news_agreed"]
    assert agreed(engine) == [("telegram:5", "delivery", "4711")]


async def test_a_stranger_s_wish_is_not(talk, on, engine):
    flow = Flow(talk, on, "track_order")
    await flow.step("tell me when 4711 ships", "track_order", order_number="4711")
    await flow.step("x@example.com", order_contact="x@example.com")
    assert agreed(engine) == []


async def test_a_wish_for_all_news_is_for_the_refund_too(talk, on, engine):
    flow = Flow(talk, on, "track_order")
    await flow.step("keep me posted on my order", "track_order", order_number="4711")
    await flow.step(MAYA, order_contact=MAYA)
    assert [kind for _, kind, _ in agreed(engine)] == ["delivery", "refund"]


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("facebook", "say_news_agreed_window"),
        ("socketio", "say_news_agreed_page"),
        ("rest", "say_news_unreachable"),
    ],
)
async def test_no_more_is_promised_than_the_channel_allows(talk, on, channel, said):
    talk.channel = channel
    flow = Flow(talk, on, "track_order")
    await flow.step("tell me when it ships", "track_order", order_number="4711")
    assert names(await flow.step(MAYA, order_contact=MAYA))[-1] == said


@pytest.mark.parametrize("number", ["4713", "4731"])
async def test_of_what_is_over_nothing_is_promised(talk, on, number):
    flow = Flow(talk, on, "track_order")
    await flow.step("tell me when it ships", "track_order", order_number=number)
    said = await flow.step(MAYA, order_contact=MAYA)
    assert not any(name.startswith("say_news") for name in names(said))


async def test_without_the_order_system_s_webhook_nothing_is_promised(talk, services):  # noqa: F811
    flow = Flow(talk, services, "track_order")
    await flow.step("tell me when it ships", "track_order", order_number="4711")
    assert names(await flow.step(MAYA, order_contact=MAYA)) == ["say_track_order_packed"]


async def test_a_product_is_watched(talk, on, engine, catalogue):
    sku = next(iter(catalogue.by_sku))
    talk.says("tell me when the mug is back in stock", "nlu_fallback", product=sku)
    assert names(await talk.run(ActionAnswerOpenQuestion(on))) == ["say_news_agreed"]
    assert agreed(engine) == [("telegram:5", "stock", sku)]


async def test_which_product_it_is_has_to_be_said(talk, on, engine):
    talk.says("tell me when it is back in stock", "nlu_fallback")
    assert names(await talk.run(ActionAnswerOpenQuestion(on))) == ["say_news_which_product"]
    assert agreed(engine) == []
