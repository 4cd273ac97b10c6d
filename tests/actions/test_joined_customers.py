"""Which proofs of the assistant's flows join conversations, and what a question knows of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.list_orders import ActionListOrders, ValidateListOrdersForm
from actions.questions import ActionAnswerOpenQuestion
from switchboard.orders.identity import IdentityGate
from switchboard.orders.proved_persons import ProvedPersons
from switchboard.profile.preferences import Preference
from switchboard.profile.profile_reader import ProfileReader
from tests.actions.conversation import Conversation, names
from tests.actions.test_actions import MAYA, TOM, Flow
from tests.actions.test_actions import library as library
from tests.actions.test_actions import services as services
from tests.actions.test_customers import Form, policy_with, postcode_of


@pytest.fixture
def known(services, engine):
    gate = IdentityGate(engine, 60, name_and_postcode=True, persons=ProvedPersons(engine))
    return replace(services, gate=gate, profiles=ProfileReader(engine, 60))


def joined(known, conversation):
    return {span.conversation_id for span in known.profiles.of(conversation).spans}


async def track(known, conversation, number, contact):
    said = await Flow(Conversation(conversation), known, "track_order").prove(number, contact)
    assert names(said)[0].startswith("say_track_order")


def listing(known, conversation):
    validate, perform = ValidateListOrdersForm(known), ActionListOrders(known)
    return Form(Conversation(conversation), "list_orders_form", validate, perform)


async def test_an_orders_number_and_the_address_on_it(known):
    await track(known, "telegram:1", "4712", MAYA)
    await track(known, "web:1", "4713", MAYA)
    await track(known, "web:2", "4720", TOM)
    assert joined(known, "web:1") == {"telegram:1"}
    assert joined(known, "web:2") == set()


async def test_an_address_with_a_second_fact(known, shop):
    await track(known, "telegram:1", "4712", MAYA)
    form = listing(known, "web:1")
    await form.step("what have I ordered?", "list_orders", order_contact=MAYA)
    await form.step(await postcode_of(shop, "4712"))
    assert joined(known, "web:1") == {"telegram:1"}


async def test_but_not_a_name_with_a_postcode(known, shop):
    await track(known, "telegram:1", "4712", MAYA)
    flow = Flow(Conversation("web:1"), known, "track_order")
    await flow.step("4712", "track_order", order_number="4712")
    said = await flow.step(f"Maya Lindqvist, {await postcode_of(shop, '4712')}")
    assert names(said) == ["say_track_order_shipped"]
    assert joined(known, "web:1") == set()


async def test_nor_an_address_alone_where_the_shop_takes_it_for_proof(known):
    trusting = replace(known, policy=policy_with(known, identity={"email_alone": True}))
    await track(known, "telegram:1", "4712", MAYA)
    form = listing(trusting, "web:1")
    await form.step("what have I ordered?", "list_orders", order_contact=MAYA)
    assert known.gate.proved_customer("web:1") is not None
    assert joined(known, "web:1") == set()


async def test_nor_a_wrong_try(known):
    await track(known, "telegram:1", "4712", MAYA)
    await Flow(Conversation("web:1"), known, "track_order").prove("4720", MAYA)
    assert joined(known, "web:1") == set()


@pytest.mark.parametrize("proved", [True, False])
async def test_an_open_question_brings_what_is_known(known, proved):
    await track(known, "telegram:1", "4712", MAYA)
    said = [Preference("calls", "no"), Preference("size", "M")]
    known.profiles.book.keep("telegram:1", said)
    if proved:
        await track(known, "web:1", "4713", MAYA)
    talk = Conversation("web:1")
    talk.says("which size of the apron fits me", "nlu_fallback")
    await talk.run(ActionAnswerOpenQuestion(known))
    (question,) = known.answers.asked
    assert question.customer.size == ("M" if proved else "")
    facts = ("does not want to be called on the phone", "wears size M")
    assert question.customer.facts == (facts if proved else ())
