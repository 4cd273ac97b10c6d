"""What stays known in a conversation, what a yes agrees to, and what is done when it goes wrong."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import sqlalchemy as sa

from actions.order_form import TELLING
from actions.repair import (
    ActionExplainQuestion,
    ActionGoBack,
    ActionRepeat,
    ActionSkip,
    ActionStartOver,
)
from actions.withdrawal import ActionAskWithdrawRequestReference
from switchboard.orders import demo_tables as t
from switchboard.orders.acts import LineChange, LineReturn
from switchboard.orders.changes import ChangeItems
from switchboard.orders.returns import ReturnItems
from tests.actions.conversation import names
from tests.actions.test_actions import MAYA, SOFIA, TOM, Flow, acts
from tests.actions.test_actions import library as library
from tests.actions.test_actions import services as services
from tests.actions.test_actions import talk as talk


async def test_one_item_of_an_order_is_cancelled_alone(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    wish = "cancel only the wall clock in 4722"
    (quote,) = await flow.step(
        wish, "cancel_order", order_number="4722", order_contact=TOM, product="LV-305"
    )
    assert (quote["response"], quote["refund"]) == ("say_cancel_order_confirm_part", "€45.00")
    assert names(await flow.yes()) == ["say_cancel_order_done_part"]
    assert await acts(shop) == [("change_items", "4722")]


async def test_a_product_named_at_the_yes_is_quoted_anew(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4722", TOM)
    (quote,) = await flow.step("yes, the soap dish", "inform", product="BA-503")
    assert quote["response"] == "say_cancel_order_confirm_part"
    assert await acts(shop) == []


async def test_a_button_of_an_older_quote_does_nothing(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4722", TOM)
    old = talk.slots["order_quote"]
    await flow.step("only the soap dish", "inform", product="BA-503")
    said = await flow.step("/affirm", "affirm", order_confirm=True, quote=old)
    assert names(said)[0] == "say_quote_outdated"
    assert await acts(shop) == []


async def test_a_yes_without_a_quote_does_nothing(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    talk.events.append({"event": "action", "name": "action_ask_order_confirm"})
    said = await flow.step("/affirm", "affirm", order_confirm=True)
    assert names(said) == ["say_confirm_again"]
    assert await acts(shop) == []


async def test_a_quote_of_another_customer_is_none(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    quote = talk.slots["order_quote"]
    await shop.perform(
        "4711", "1", ChangeItems((LineChange("TB-102", "TB-102", 1),)), "elsewhere", "agent"
    )
    await flow.step("/affirm", "affirm", order_confirm=True, quote=quote)
    assert await acts(shop) == [("change_items", "4711")]


async def test_more_counts_from_what_is_there(talk, services, shop):
    flow = Flow(talk, services, "change_order")
    wish = "one more mug for 4722 please"
    (quote,) = await flow.step(
        wish, "change_order", order_number="4722", order_contact=TOM, product="TB-102"
    )
    assert quote["new_quantity"] == "3"


async def test_a_correction_at_the_yes_changes_the_plan(talk, services, shop):
    flow = Flow(talk, services, "change_order")
    await flow.step(
        "mug x 5 in 4722", "change_order", order_number="4722", order_contact=TOM, product="TB-102"
    )
    (quote,) = await flow.step("no, make it 3", "inform")
    assert quote["new_quantity"] == "3"
    assert await acts(shop) == []


async def test_an_address_in_the_wish_is_not_asked_for(talk, services):
    flow = Flow(talk, services, "change_shipping_address")
    wish = "send 4720 to Hauptstraße 12, 10115 Berlin instead"
    (quote,) = await flow.step(
        wish, "change_shipping_address", order_number="4720", order_contact=TOM
    )
    assert quote["new_address"] == "Hauptstraße 12, 10115 Berlin"


async def test_two_items_in_one_wish_go_back_in_one_act(talk, services, shop):
    flow = Flow(talk, services, "return_item")
    await flow.step("return the bowl set and the bath mat", "return_item")
    await flow.step("4730", order_number="4730", order_contact=SOFIA)
    assert talk.slots["order_item"] == "TB-103|BA-502"
    (quote,) = await flow.step("too big", return_item_reason="too big")
    assert quote["item"] == "Stoneware bowl set and Bath mat"
    assert quote["refund"] == "€66.10"
    await flow.yes()
    (order,) = [await shop.find("4730")]
    assert [case.sku for case in order.cases] == ["TB-103", "BA-502"]
    assert len({case.reference for case in order.cases}) == 1


async def test_some_of_a_line_go_back_and_the_rest_stays(talk, services, shop):
    with shop.engine.begin() as db:
        mats = (t.items.c.order_number == "4730") & (t.items.c.sku == "BA-502")
        db.execute(sa.update(t.items).where(mats).values(quantity=3))
    flow = Flow(talk, services, "return_item")
    wish = "return two of the bath mats"
    await flow.step(wish, "return_item", order_number="4730", order_contact=SOFIA)
    (quote,) = await flow.step("too big", return_item_reason="too big")
    two = quote["refund"]
    assert quote["item"] == "2 x Bath mat"
    (quote,) = await flow.step("no, only one of them", "deny", order_confirm=False)
    assert (quote["item"], quote["refund"] < two) == ("Bath mat", True)
    await flow.yes()
    with shop.engine.connect() as db:
        details = json.loads(db.execute(sa.select(t.acts.c.details)).scalar_one())
    assert details["lines"] == [{"line": "BA-502", "quantity": 1, "reason": "too big"}]


@pytest.mark.parametrize(
    ("said", "item"),
    [
        ("could you put the bath mat in with the rest", "Stoneware bowl set and Bath mat"),
        ("oh, I forgot the bath mat", "Stoneware bowl set and Bath mat"),
        ("no, the bath mat instead", "Bath mat"),
        ("I meant the bath mat", "Bath mat"),
    ],
)
async def test_one_more_thing_at_the_yes(talk, services, said, item):
    flow = Flow(talk, services, "return_item")
    await flow.step("return the bowl set", "return_item")
    await flow.step("4730", order_number="4730", order_contact=SOFIA)
    await flow.step("too big", return_item_reason="too big")
    (quote,) = await flow.step(said, "inform", product="BA-502", order_item="BA-502")
    assert quote["item"] == item


async def test_what_is_kept_after_all_leaves_the_wish(talk, services, shop):
    flow = Flow(talk, services, "return_item")
    await flow.step("return the bowl set and the bath mat", "return_item")
    await flow.step("4730", order_number="4730", order_contact=SOFIA)
    await flow.step("too big", return_item_reason="too big")
    (quote,) = await flow.step("no, I keep the bath mat", "deny", order_confirm=False)
    assert quote["item"] == "Stoneware bowl set"
    await flow.yes()
    assert [case.sku for case in (await shop.find("4730")).cases] == ["TB-103"]


async def test_one_of_two_is_cancelled(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    wish = "cancel one of the mugs in 4722"
    (quote,) = await flow.step(
        wish, "cancel_order", order_number="4722", order_contact=TOM, product="TB-102"
    )
    assert (quote["response"], quote["item"]) == (
        "say_cancel_order_confirm_part",
        "Stoneware mug",
    )
    await flow.yes()
    mugs = next(i for i in (await shop.find("4722")).items if i.line == "TB-102")
    assert mugs.quantity == 1


async def asked_back(shop, *skus):
    """One return for each article of order 4730; their references."""
    references = []
    for sku in skus:
        order = await shop.find("4730")
        act = ReturnItems((LineReturn(sku, 1),), Decimal("10.00"))
        done = await shop.perform("4730", order.version, act, f"key-{sku}", "sofia")
        references.append(done.reference)
    return references


async def test_a_return_is_taken_back(talk, services, shop):
    (reference,) = await asked_back(shop, "TB-103")
    flow = Flow(talk, services, "withdraw_request")
    (quote,) = await flow.prove("4730", SOFIA)
    assert quote["response"] == "say_withdraw_request_confirm"
    assert (quote["request"], quote["item"]) == (reference, "Stoneware bowl set")
    assert names(await flow.yes()) == ["say_withdraw_request_done"]
    assert (await shop.find("4730")).cases == ()
    assert await shop.refunds("4730") == []
    again = Flow(talk, services, "return_item")
    await again.step("return the bowl set", "return_item", order_number="4730")
    (quote,) = await again.step("too big", return_item_reason="too big")
    assert quote["response"] == "say_return_item_confirm"


@pytest.mark.parametrize("answer", ["the bath mat", "{}", "{} bitte"])
async def test_one_of_several_requests_is_chosen(talk, services, shop, answer):
    first, second = await asked_back(shop, "TB-103", "BA-502")
    flow = Flow(talk, services, "withdraw_request")
    await flow.prove("4730", SOFIA)
    assert talk.slots["requested_slot"] == "withdraw_request_reference"
    (asked,) = await talk.run(ActionAskWithdrawRequestReference(services))
    assert [button["payload"] for button in asked["buttons"]] == [first, second]
    said = answer.format(second)
    (quote,) = await flow.step(said, withdraw_request_reference=said)
    assert quote["request"] == second


async def test_what_is_under_way_is_not_taken_back(talk, services, shop):
    await asked_back(shop, "TB-103")
    with shop.engine.begin() as db:
        db.execute(sa.update(t.refunds).values(state="approved"))
    flow = Flow(talk, services, "withdraw_request")
    assert names(await flow.prove("4730", SOFIA)) == ["say_withdraw_request_under_way"]


@pytest.mark.parametrize(
    ("task", "number", "email", "other"),
    [
        ("withdraw_request", "4722", TOM, "cancel_order"),
        ("cancel_order", "4730", SOFIA, "withdraw_request"),
    ],
)
async def test_what_is_called_off_follows_from_the_order(
    talk, services, shop, task, number, email, other
):
    await asked_back(shop, "TB-103")
    flow = Flow(talk, services, task)
    await flow.prove(number, email)
    assert any(
        event["event"] == "followup" and event["name"] == f"{other}_form" for event in talk.events
    )


async def test_another_variant_for_one_of_several_leaves_the_others(talk, services):
    flow = Flow(talk, services, "exchange_item")
    wish = "make the mugs large and blue and swap the soap dish for another"
    await flow.step(wish, "exchange_item", order_number="4722", order_contact=TOM)
    before = talk.slots["order_item"]
    assert before == "TB-102|BA-503"
    talk.slots["requested_slot"] = "order_confirm"
    # Rasa fills the slot from the product that the correction names.
    said = "no wait, make the mugs white and large"
    await flow.step(said, "inform", product="TB-102", order_item="TB-102")
    assert talk.slots["order_item"] == before
    assert talk.slots["order_swaps"]["TB-102"] == "TB-102-WL"


async def test_where_nothing_was_asked_for_there_is_nothing_to_take_back(talk, services):
    flow = Flow(talk, services, "withdraw_request")
    assert names(await flow.prove("4730", SOFIA)) == ["say_withdraw_request_no_request"]


async def test_a_product_means_the_order_that_has_it(talk, services):
    await Flow(talk, services, "track_order").prove("4713", MAYA)
    await Flow(talk, services, "track_order").prove("4711", MAYA)
    flow = Flow(talk, services, "return_item")
    await flow.step("return the lamp", "return_item", product="LV-303")
    assert talk.slots["order_number"] == "4713"


async def test_the_other_order_is_the_other_one(talk, services):
    await Flow(talk, services, "track_order").prove("4713", MAYA)
    await Flow(talk, services, "track_order").prove("4712", MAYA)
    said = await Flow(talk, services, "track_order").step("and my other order?", "track_order")
    assert said[0]["order_number"] == "4713"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("which address is 4722 going to", {"say_order_details_address"}),
        ("what was the total of 4722", {"say_order_details_total"}),
        ("how did I pay for 4722", {"say_order_details_payment"}),
        ("订单4722寄到哪个地址", {"say_order_details_address"}),
        ("4722总共多少钱", {"say_order_details_total"}),
        ("what is the tracking number of 4722", {"say_order_details_no_parcel"}),
    ],
)
async def test_the_fact_that_is_asked_for_is_told(talk, services, question, told):
    flow = Flow(talk, services, "order_details")
    said = await flow.step(question, "order_details", order_number="4722", order_contact=TOM)
    assert set(names(said)) == told


async def test_facts_inside_another_form_leave_it_as_it_is(talk, services):
    await Flow(talk, services, "change_shipping_address").prove("4720", TOM)
    before = talk.loop
    talk.says("which address is it going to?", "order_details")
    said = await talk.run(TELLING["order_details"](services))
    assert names(said) == ["say_order_details_address"]
    assert talk.loop == before


async def test_money_after_a_damage_report_is_told_from_the_report(talk, services):
    flow = Flow(talk, services, "report_damaged_item")
    await flow.step(
        "the bowl set arrived cracked, I want my money back",
        "report_damaged_item",
        order_number="4730",
        order_contact=SOFIA,
        product="TB-103",
    )
    await flow.yes()
    said = await Flow(talk, services, "track_refund").step("when do I get my money", "track_refund")
    assert names(said) == ["say_track_refund_case"]


async def test_the_question_for_a_yes_is_not_read_out_twice(talk, services):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    talk.events.append({"event": "action", "name": "action_ask_order_confirm"})
    assert names(await flow.step("hmm")) == ["say_confirm_again"]
    talk.events.append({"event": "action", "name": "action_ask_order_confirm"})
    assert names(await flow.step("well")) == ["say_confirm_again_still"]


async def test_the_fourth_time_another_way_is_offered(talk, services):
    flow = Flow(talk, services, "change_order")
    await flow.prove("4720", TOM)
    said = []
    for _ in range(3):
        talk.events.append({"event": "action", "name": "utter_ask_change_order_quantity"})
        said.append(names(await flow.step("lots", change_order_quantity="lots")))
    invalid = "say_change_order_quantity_invalid"
    assert said == [[invalid], [invalid], [invalid, "say_asked_again_detail"]]


async def test_why_it_asks(talk, services):
    flow = Flow(talk, services, "track_order")
    await flow.step("where is 4712", "track_order", order_number="4712")
    said = await talk.run(ActionExplainQuestion(services))
    assert names(said) == ["say_why_order_contact"]


async def test_going_back_asks_the_question_before_again(talk, services):
    flow = Flow(talk, services, "return_item")
    await flow.prove("4730", SOFIA)
    await flow.step("the mat", order_item="the mat", product="BA-502")
    assert talk.slots["requested_slot"] == "return_item_reason"
    await talk.run(ActionGoBack(services))
    assert talk.slots["order_item"] is None


async def test_a_reason_may_be_skipped_and_a_number_not(talk, services):
    flow = Flow(talk, services, "return_item")
    await flow.step("return something", "return_item")
    assert names(await talk.run(ActionSkip(services))) == ["say_cannot_skip"]
    await flow.prove("4713", MAYA)
    assert names(await talk.run(ActionSkip(services))) == []
    assert talk.slots["return_item_reason"]


async def test_starting_over_leaves_the_form_and_keeps_the_proof(talk, services):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    assert names(await talk.run(ActionStartOver(services))) == ["say_start_over"]
    assert talk.loop is None
    assert services.gate.proved("maya", "4711")


async def test_the_last_answer_is_said_again(talk, services):
    talk.says("what is your refund policy", "check_refund_policy")
    talk.events.append({"event": "bot", "text": "30 days", "data": {}})
    talk.says("what?", "ask_repeat")
    (said,) = await talk.run(ActionRepeat(services))
    assert said["text"] == "30 days"
