"""Customers who do not know their order's number, buy variants, and pay by several means."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from actions.action_services import _courier
from actions.default_address import (
    ActionAskChangeDefaultAddress,
    ActionChangeDefaultAddress,
    ValidateChangeDefaultAddressForm,
)
from actions.list_orders import ActionListOrders, ValidateListOrdersForm
from actions.orders import ActionAskIdentityFact, ActionAskOrderNumber, ActionAskPaymentMethod
from actions.variants import ActionShowVariants
from switchboard.orders.contact_codes import ContactCodes
from switchboard.orders.identity import IdentityGate
from switchboard.settings import load_settings
from switchboard.shop.policy import Policy
from switchboard.text.order_numbers import OrderNumbers
from tests.actions.conversation import Conversation, names
from tests.actions.test_actions import MAYA, SOFIA, TOM, Flow, acts
from tests.actions.test_actions import library as library
from tests.actions.test_actions import services as services
from tests.actions.test_actions import talk as talk
from tests.fakes.mail_server import MailServer


class Form:
    """A form that is about a customer and no order."""

    def __init__(self, talk, name, validate, perform, ask=None):
        self.talk, self.name = talk, name
        self.validate, self.perform, self.ask = validate, perform, ask

    async def step(self, text, intent="inform", **fresh):
        if self.talk.slots.get("requested_slot") == "identity_fact" and self.talk.loop:
            fresh.setdefault("identity_fact", text)  # Rasa's mapping from text
        self.talk.says(text, intent, **fresh)
        if self.talk.loop != self.name:
            self.talk.loop = self.name
            self.talk.events.append({"event": "active_loop", "name": self.name})
        said = await self.talk.run(self.validate)
        asked = self.talk.slots.get("requested_slot")
        if asked is None:
            self.talk.loop = None
            said += await self.talk.run(self.perform)
        elif asked == "order_confirm" and self.ask:
            said += await self.talk.run(self.ask)
        return said


def policy_with(services, **sections):
    raw = {name: {**services.policy.raw.get(name, {}), **keys} for name, keys in sections.items()}
    return Policy({**services.policy.raw, **raw})


@pytest.fixture
def listing(talk, services):
    return Form(
        talk, "list_orders_form", ValidateListOrdersForm(services), ActionListOrders(services)
    )


async def postcode_of(shop, email_order):
    return (await shop.find(email_order)).customer.postcode


async def test_a_contact_and_a_postcode_open_the_list_of_orders(talk, services, listing, shop):
    await listing.step("what have I ordered?", "list_orders")
    assert talk.slots["requested_slot"] == "order_contact"
    await listing.step(MAYA, order_contact=MAYA)
    assert talk.slots["requested_slot"] == "identity_fact"
    (told,) = await listing.step(f"it is {await postcode_of(shop, '4711')}")
    assert told["response"] == "say_your_orders"
    numbers = [button["payload"].split('"')[3] for button in told["buttons"]]
    assert numbers == ["4711", "4712", "4713"]


async def test_a_thing_that_was_ordered_is_a_second_fact_too(talk, listing):
    await listing.step("my orders", "list_orders", order_contact=MAYA)
    (told,) = await listing.step("a cast iron pan")
    assert told["response"] == "say_your_orders"


@pytest.mark.parametrize(
    "told",
    [
        "everything",
        "all of them",
        "mug pan lamp towel candle rug clock knife board bowl grinder throw",
    ],
)
async def test_what_fits_everybody_is_no_second_fact(talk, listing, told):
    await listing.step("my orders", "list_orders", order_contact=MAYA)
    assert names(await listing.step(told)) == ["say_customer_wrong"]


async def test_the_same_contact_again_is_no_second_fact(talk, listing):
    await listing.step("my orders", "list_orders", order_contact=MAYA)
    said = await listing.step(MAYA, order_contact=MAYA)
    assert names(said) == ["say_customer_wrong"]
    assert talk.slots["requested_slot"] == "order_contact"


async def test_nobody_learns_which_contacts_are_known(talk, services, listing):
    await listing.step("my orders", "list_orders", order_contact="nobody@example.com")
    assert talk.slots["requested_slot"] == "identity_fact"
    assert names(await listing.step("69002")) == ["say_customer_wrong"]


async def test_after_five_wrong_facts_the_conversation_is_locked(talk, listing):
    for _ in range(5):
        await listing.step("my orders", "list_orders", order_contact=MAYA)
        said = await listing.step("10115")
        talk.loop = None
    assert names(said) == ["say_identity_locked"]


async def test_whoever_is_known_chooses_an_order_in_words(talk, services, listing, shop):
    await listing.step("my orders", "list_orders", order_contact=MAYA)
    await listing.step("a floor lamp")
    flow = Flow(talk, services, "track_order")
    assert names(await flow.step("where is the pan?", "track_order")) == ["say_track_order_shipped"]
    assert talk.slots["order_number"] == "4712"


async def test_whoever_is_known_is_offered_their_orders(talk, services, listing):
    await listing.step("my orders", "list_orders", order_contact=MAYA)
    await listing.step("a floor lamp")
    flow = Flow(talk, services, "return_item")
    await flow.step("I want to send something back", "return_item")
    assert talk.slots["requested_slot"] == "order_number"
    (asked,) = await talk.run(ActionAskOrderNumber(services))
    assert asked["response"] == "say_which_order"
    assert len(asked["buttons"]) == 3


async def test_a_code_by_mail_is_a_second_fact(talk, services, listing, engine):
    mails = MailServer()
    courier = _courier(
        load_settings({"SWITCHBOARD_SMTP_URL": f"smtp://127.0.0.1:{mails.port}"}),
        services.phrasebook,
    )
    services = replace(services, codes=ContactCodes(engine, courier))
    listing = Form(
        talk,
        "list_orders_form",
        ValidateListOrdersForm(services),
        ActionListOrders(services),
    )
    ask = ActionAskIdentityFact(services)
    await listing.step("my orders", "list_orders", order_contact=MAYA)
    assert names(await talk.run(ask)) == ["say_identity_fact_or_code"]
    assert names(await listing.step("Send me a code")) == ["say_code_sent"]
    assert talk.slots["requested_slot"] == "identity_fact"
    assert names(await talk.run(ask)) == ["say_ask_code"]
    assert names(await listing.step("000 00")) == ["say_customer_wrong"]
    await listing.step(MAYA, order_contact=MAYA)
    for _ in range(100):
        if mails.mails:
            break
        await asyncio.sleep(0.02)
    code = re.search(r"\d{6}", mails.mails[0][1])[0]
    (told,) = await listing.step(code)
    assert told["response"] == "say_your_orders"
    mails.close()


async def test_without_a_mail_server_no_code_is_offered(talk, services, listing):
    await listing.step("my orders", "list_orders", order_contact=MAYA)
    assert names(await talk.run(ActionAskIdentityFact(services))) == ["say_identity_fact"]
    assert names(await listing.step("send me a code")) == ["say_code_unreachable"]
    assert talk.slots["requested_slot"] == "identity_fact"


async def test_an_order_form_asks_for_a_second_fact_where_the_number_is_not_known(
    talk, services, shop
):
    flow = Flow(talk, services, "track_order")
    await flow.step("where is my parcel", "track_order")
    await flow.step(TOM, order_contact=TOM)
    assert talk.slots["requested_slot"] == "identity_fact"
    await flow.step(await postcode_of(shop, "4720"))
    assert talk.slots["requested_slot"] == "order_number"  # he has three
    said = await flow.step("the one with the wall clock")
    assert names(said) == ["say_track_order_placed"]
    assert talk.slots["order_number"] == "4722"


async def test_one_proved_order_proves_the_others_of_that_customer_alone(talk, services):
    await Flow(talk, services, "track_order").prove("4712", MAYA)
    talk.slots["order_contact"] = None
    flow = Flow(talk, services, "track_order")
    said = await flow.step("and 4713?", "track_order", order_number="4713")
    assert names(said) == ["say_track_order_delivered"]
    await Flow(talk, services, "track_order").step("4720?", "track_order", order_number="4720")
    assert talk.slots["requested_slot"] == "order_contact"


async def test_name_and_postcode_where_the_shop_says_so(talk, services, engine, shop):
    gate = IdentityGate(engine, 60, name_and_postcode=True)
    flow = Flow(talk, replace(services, gate=gate), "track_order")
    await flow.step("4712", "track_order", order_number="4712")
    code = await postcode_of(shop, "4712")
    said = await flow.step(f"Maya Lindqvist, {code}")
    assert names(said) == ["say_track_order_shipped"]


async def test_a_line_before_packing_is_changed_to_another_variant(talk, services, shop):
    flow = Flow(talk, services, "change_order")
    wish = "make the mugs in 4722 blue and large"
    await flow.step(wish, "change_order", order_number="4722", order_contact=TOM)
    assert talk.slots["order_failure"] == "handed_over:exchange_item"
    flow = Flow(talk, services, "exchange_item")
    (quote,) = await flow.step(wish, "change_order", order_number="4722", order_contact=TOM)
    assert quote["response"] == "say_exchange_item_confirm_change_more"
    assert (quote["swaps"], quote["difference"]) == (
        "2 x Stoneware mug (white, small) → blue, large",
        "€6.00",
    )
    assert names(await flow.yes()) == ["say_exchange_item_done_change_more"]
    mugs = next(i for i in (await shop.find("4722")).items if i.line == "TB-102")
    assert (mugs.sku, mugs.quantity) == ("TB-102-BL", 2)


async def test_a_product_for_one_of_an_order_that_is_there_is_an_exchange(talk, services):
    wish = "swap the floor lamp in 4713 for the desk lamp"
    named = {"order_number": "4713", "order_contact": MAYA}
    flow = Flow(talk, services, "change_order")
    await flow.step(wish, "change_order", product=["LV-303", "LV-304"], **named)
    assert talk.slots["order_failure"] == "handed_over:exchange_item"
    (quote,) = await Flow(talk, services, "exchange_item").step(wish, "change_order", **named)
    assert quote["response"] == "say_exchange_item_confirm"
    assert (quote["item"], quote["wanted"]) == ("Floor lamp", "Desk lamp")


async def test_a_variant_that_is_sold_out_is_said_to_be_so(talk, services):
    flow = Flow(talk, services, "exchange_item")
    await flow.step("swap the mugs", "exchange_item", order_number="4722", order_contact=TOM)
    said = await flow.step("green please", exchange_item_wanted="green please")
    assert names(said) == ["say_which_variant_none"]
    assert "green" not in said[0]["variants"]


async def test_several_variants_that_fit_are_asked_about(talk, services):
    flow = Flow(talk, services, "exchange_item")
    await flow.step("swap the mugs", "exchange_item", order_number="4722", order_contact=TOM)
    talk.slots["requested_slot"] = "exchange_item_wanted"
    (quote,) = await flow.step("blue", exchange_item_wanted="blue")
    assert quote["swaps"].endswith("blue, small")  # the size stays as it is


async def test_a_difference_is_paid_by_the_means_that_is_chosen(talk, services, shop):
    asking = policy_with(services, exchanges={"difference_by": "ask"})
    flow = Flow(talk, replace(services, policy=asking), "exchange_item")
    wish = "the mugs in 4722 for blue, large ones"
    await flow.step(wish, "exchange_item", order_number="4722", order_contact=TOM)
    assert talk.slots["requested_slot"] == "order_payment_method"
    (asked,) = await talk.run(ActionAskPaymentMethod(replace(services, policy=asking)))
    assert [button["title"].split(" ")[0] for button in asked["buttons"]][:2] == ["card", "PayPal"]
    (quote,) = await flow.step("PayPal", order_payment_method="PayPal")
    assert quote["payment"] == "PayPal"
    await flow.yes()
    assert await acts(shop) == [("change_items", "4722")]


async def test_another_means_at_the_yes(talk, services, shop):
    flow = Flow(talk, services, "change_payment_method")
    await flow.step("pay 4713 otherwise", "x", order_number="4722", order_contact=TOM)
    card = (await shop.find("4722")).customer
    await flow.step("with PayPal", order_payment_method="with PayPal")
    assert talk.slots["requested_slot"] == "order_confirm"
    gift = next(m for m in (await shop.customer(card.id)).payment_methods if m.kind != "PayPal")
    said = await flow.step(f"no wait, use my {gift.kind} {gift.label} instead", "inform")
    assert names(said) == ["say_change_payment_method_same_method"]


async def test_an_order_is_paid_by_another_means(talk, services, shop):
    flow = Flow(talk, services, "change_payment_method")
    await flow.step("pay 4720 otherwise", "x", order_number="4720", order_contact=TOM)
    assert talk.slots["requested_slot"] == "order_payment_method"
    (quote,) = await flow.step("with PayPal", order_payment_method="with PayPal")
    assert quote["response"] == "say_change_payment_method_confirm"
    assert names(await flow.yes()) == ["say_change_payment_method_done"]
    assert (await shop.find("4720")).payment == "PayPal"


@pytest.mark.parametrize(
    ("number", "email", "said"),
    [
        ("4711", MAYA, "say_change_payment_method_packed"),
        ("4712", MAYA, "say_change_payment_method_shipped"),
        ("4713", MAYA, "say_change_payment_method_delivered"),
        ("4731", SOFIA, "say_change_payment_method_cancelled"),
    ],
)
async def test_too_late_for_another_means(talk, services, number, email, said):
    flow = Flow(talk, services, "change_payment_method")
    assert names(await flow.prove(number, email)) == [said]


async def test_what_the_order_system_does_not_allow_is_not_offered(talk, services):
    class Strict:
        def __init__(self, real):
            self.real = real

        def __getattr__(self, name):
            return getattr(self.real, name)

        async def find(self, number):
            order = await self.real.find(number)
            return order and replace(order, allows=frozenset({"cancel"}))

    strict = replace(services, orders=Strict(services.orders))
    said = await Flow(talk, strict, "change_shipping_address").prove("4720", TOM)
    assert names(said) == ["say_order_not_allowed"]


async def test_the_reason_for_cancelling_is_asked_where_the_shop_wants_it(talk, services):
    book = services.phrasebook
    reasons = {"mistake": {"en": "ordered by mistake|accident", "zh": "拍错"}}
    words = {**book.words, "cancel_reasons": reasons}
    asking = policy_with(services, cancellation={"ask_reason": True})
    own = replace(services, policy=asking, phrasebook=replace(book, words=words))
    flow = Flow(talk, own, "cancel_order")
    await flow.prove("4720", TOM)
    assert talk.slots["requested_slot"] == "cancel_order_reason"
    said = await flow.step("because", cancel_order_reason="because")
    assert names(said) == ["say_cancel_order_reason_unknown"]
    said = await flow.step("it was an accident", cancel_order_reason="it was an accident")
    assert names(said) == ["say_cancel_order_confirm_free"]


async def test_order_numbers_of_another_form(talk, services, engine, shop):
    with shop.engine.begin() as db:
        from switchboard.orders import demo_tables as t

        db.exec_driver_sql("PRAGMA foreign_keys=OFF")
        db.execute(t.orders.update().where(t.orders.c.number == "4720").values(number="AB-20-C"))
        db.execute(
            t.items.update().where(t.items.c.order_number == "4720").values(order_number="AB-20-C")
        )
    gate = IdentityGate(engine, 60, numbers=OrderNumbers(r"[A-Z]{2}-\d{2}-[A-Z]"))
    flow = Flow(talk, replace(services, gate=gate), "track_order")
    said = await flow.step("ab-20-c", "track_order", order_number="ab-20-c", order_contact=TOM)
    assert names(said) == ["say_track_order_placed"]
    assert said[0]["order_number"] == "AB-20-C"


async def test_the_kinds_of_a_product_are_told(talk, services):
    talk.says("does the mug come in blue?", "check_variants", product="TB-102")
    (told,) = await talk.run(ActionShowVariants(services))
    assert "blue, large (€17.50)" in told["variants"]
    assert "green" not in told["variants"]  # sold out
    talk.says("and the pan?", "check_variants", product="KI-201")
    (told,) = await talk.run(ActionShowVariants(services))
    assert (told["response"], told["price"]) == ("say_variants_none", "€64.90")


async def test_the_address_of_the_account(talk, services, shop):
    form = Form(
        talk,
        "change_default_address_form",
        ValidateChangeDefaultAddressForm(services),
        ActionChangeDefaultAddress(services),
        ActionAskChangeDefaultAddress(services),
    )
    wish = "I moved, my address is 5 Canal Walk, Galway H91"
    await form.step(wish, "change_default_address", order_contact=TOM)
    assert talk.slots["requested_slot"] == "identity_fact"
    (asked,) = await form.step("I bought down pillows")
    assert asked["new_address"] == "5 Canal Walk, Galway H91"
    assert names(await form.step("hm", "inform")) == ["say_change_default_address_confirm"]
    assert names(await form.step("yes", "affirm", order_confirm=True)) == [
        "say_change_default_address_confirm"  # a yes without the quote
    ]
    said = await form.step("yes", "affirm", order_confirm=True, quote=talk.slots["order_quote"])
    assert names(said) == ["say_change_default_address_done"]
    customer = await shop.customer((await shop.find("4720")).customer.id)
    assert str(customer.address) == "5 Canal Walk, Galway H91"
    assert customer.postcode == "H91"
    assert str((await shop.find("4720")).address) != "5 Canal Walk, Galway H91"  # keeps its own
    assert talk.slots["default_address"] is None


async def test_tries_from_one_network_address_are_counted_together(services, shop):
    """Whoever opens a new conversation for each try gets no further."""
    said = []
    for index in range(24):
        talk = Conversation(f"stranger-{index}")
        flow = Flow(talk, services, "track_order")
        talk.metadata = {"origin": "abcd"}
        number = str(4100 + index)
        said += names(
            await flow.step(number, order_number=number, order_contact=f"x{index}@example.com")
        )
    assert said.count("say_identity_wrong") == 20
    assert said.count("say_identity_wait") == 4
