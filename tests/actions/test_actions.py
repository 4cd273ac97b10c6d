"""Every skill on the real shop, with Rasa's part played by `Conversation`."""

import base64
import importlib
import pkgutil
from dataclasses import replace

import pytest
import sqlalchemy as sa
import yaml

import actions
from actions.action_services import ActionServices
from actions.attachments import ActionReceiveAttachment
from actions.damage import read_wanted
from actions.general import ActionEndConversation, ActionOfferOrderTasks
from actions.handoff import ActionHandoff
from actions.order_form import FORM_VALIDATIONS, TASK_ACTIONS, TASKS, TELLING
from actions.order_task import read_item
from actions.orders import ActionAskOrderConfirm, ActionAskOrderItem
from actions.questions import ActionAnswerOpenQuestion, ActionShowArticle
from actions.ratings import ActionKeepRatingComment, ActionTakeRating
from actions.requests import ActionAskMeaning, ActionNextRequest
from switchboard.answering.opening import open_library
from switchboard.answering.pictures import Picture
from switchboard.answering.question import Answer, Origin
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route, decided
from switchboard.database.tables import ratings
from switchboard.errors import ModelDown, OrderSystemDown
from switchboard.files.file_store import FileStore
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.orders import demo_tables as t
from switchboard.orders.contact_codes import ContactCodes
from switchboard.orders.contacts import contact_of
from switchboard.orders.identity import IdentityGate
from switchboard.project import PROJECT as ROOT
from switchboard.settings import load_settings
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.ticket_book import TicketBook
from tests.actions.conversation import Conversation, names

for _module in pkgutil.iter_modules(actions.__path__):
    if _module.name != "warm_up":
        importlib.import_module(f"actions.{_module.name}")


class ScriptedAnswers:
    def __init__(self):
        self.next = Answer(Origin.NOWHERE)
        self.asked = []

    async def answer(self, question, trace=None):
        self.asked.append(question)
        return self.next


class ScriptedPictures:
    def __init__(self, result):
        self.result, self.seen = result, []

    async def read(self, url):
        self.seen.append(url)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture(scope="module")
def library(phrasebook):
    return open_library(load_settings({}), phrasebook)


@pytest.fixture
def services(policy, shop, engine, phrasebook, library, tmp_path):
    return ActionServices(
        policy=policy,
        orders=shop,
        gate=IdentityGate(engine, 60),
        codes=ContactCodes(engine, None),
        tickets=TicketBook(engine),
        ratings=Ratings(engine),
        conversations=ConversationLog(engine),
        answers=ScriptedAnswers(),
        library=library,
        pictures=None,
        files=FileStore(engine, tmp_path / "files"),
        phrasebook=phrasebook,
    )


@pytest.fixture
def talk():
    return Conversation()


FORMS, ACTS = FORM_VALIDATIONS, TASK_ACTIONS


class Flow:
    """A form from its first message to its action, as Rasa would run it."""

    def __init__(self, talk, services, task):
        self.talk, self.task = talk, task
        self.validate, self.perform = FORMS[task](services), ACTS[task](services)
        self.confirm, self.item = ActionAskOrderConfirm(services), ActionAskOrderItem(services)

    async def step(self, text, intent="inform", **fresh):
        self.talk.says(text, intent, **fresh)
        form = self.validate.task.form
        if self.talk.loop != form:  # as Rasa does it: the loop first, then all that is filled
            self.talk.loop = form
            self.talk.events.append({"event": "active_loop", "name": form})
            self.talk.offer_filled()
        said = await self.talk.run(self.validate)
        asked = self.talk.slots.get("requested_slot")
        if asked is None:
            self.talk.loop = None
            said += await self.talk.run(self.perform)
        elif asked == "order_confirm":
            said += await self.talk.run(self.confirm)
        elif asked == "order_item":
            said += await self.talk.run(self.item)
        return said

    async def prove(self, number, email):
        return await self.step("…", self.task, order_number=number, order_contact=email)

    async def yes(self):
        """A clear yes, with the quote that the button carried."""
        quote = self.talk.slots["order_quote"]
        return await self.step("yes", "affirm", order_confirm=True, quote=quote)


MAYA, TOM, SOFIA = "maya@example.com", "tom@example.com", "sofia@example.com"


async def acts(shop):
    with shop.engine.connect() as db:
        return db.execute(sa.select(t.acts.c.kind, t.acts.c.order_number)).all()


@pytest.mark.parametrize(
    ("number", "email", "said"),
    [
        ("4711", MAYA, "say_track_order_packed"),
        ("4712", MAYA, "say_track_order_shipped"),
        ("4713", MAYA, "say_track_order_delivered"),
        ("4720", TOM, "say_track_order_placed"),
        ("4731", SOFIA, "say_track_order_cancelled"),
    ],
)
async def test_tracking_tells_each_state(talk, services, number, email, said):
    assert names(await Flow(talk, services, "track_order").prove(number, email)) == [said]


async def test_an_overdue_parcel_is_called_late(talk, services):
    from datetime import timedelta

    now = services.now() + timedelta(days=8)
    later = replace(services, now=lambda: now)
    flow = Flow(talk, later, "track_order")
    assert names(await flow.prove("4712", MAYA)) == ["say_track_order_overdue"]


async def test_what_is_missing_is_asked_in_turn(talk, services):
    flow = Flow(talk, services, "track_order")
    await flow.step("where is my order", "track_order")
    assert talk.slots["requested_slot"] == "order_number"
    await flow.step("4712", order_number="4712")
    assert talk.slots["requested_slot"] == "order_contact"
    assert names(await flow.step(MAYA, order_contact=MAYA)) == ["say_track_order_shipped"]


async def test_a_message_for_no_slot_is_left_to_the_other_rules(talk, services):
    flow = Flow(talk, services, "track_order")
    await flow.step("where is my order", "track_order")
    talk.says("what is your refund policy", "check_refund_policy")
    before = len(talk.events)
    await talk.run(flow.validate)
    assert len(talk.events) == before


async def test_cancelling_says_what_happens_then_does_it_once(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    (quote,) = await flow.prove("4711", MAYA)
    assert quote["response"] == "say_cancel_order_confirm_fee"
    assert (quote["fee"], quote["refund"]) == ("€5.00", "€75.90")
    assert await acts(shop) == []
    (done,) = await flow.yes()
    assert done["response"] == "say_cancel_order_done_fee"
    assert done["reference"].startswith("C-")
    assert await acts(shop) == [("cancel", "4711")]


async def test_a_no_changes_nothing(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    assert names(await flow.step("no", "deny", order_confirm=False)) == ["say_left_as_is"]
    assert await acts(shop) == []
    assert talk.slots["order_confirm"] is None


async def test_a_detail_of_an_earlier_form_never_counts(talk, services):
    talk.slots.update(return_item_reason="old reason", order_item="LV-303")
    flow = Flow(talk, services, "return_item")
    await flow.prove("4713", MAYA)
    assert talk.slots["requested_slot"] == "return_item_reason"


async def test_an_old_yes_never_counts(talk, services, shop):
    talk.slots.update(
        order_confirm=True, requested_slot="order_confirm", order_quote="an older one"
    )
    flow = Flow(talk, services, "cancel_order")
    assert names(await flow.prove("4711", MAYA)) == ["say_cancel_order_confirm_fee"]
    assert await acts(shop) == []


async def test_a_yes_with_another_number_is_a_correction(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    said = await flow.step("no, 4712", "deny", order_number="4712", order_confirm=False)
    assert names(said) == ["say_cancel_order_shipped"]
    assert await acts(shop) == []


async def test_an_order_that_changed_meanwhile_is_quoted_again(talk, services, shop):
    from switchboard.orders.acts import LineChange
    from switchboard.orders.changes import ChangeItems

    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    await shop.perform(
        "4711", "1", ChangeItems((LineChange("TB-102", "TB-102", 1),)), "elsewhere", "agent"
    )
    (quote,) = await flow.yes()
    assert (quote["response"], quote["refund"]) == ("say_cancel_order_confirm_fee", "€32.40")
    assert names(await flow.yes()) == ["say_cancel_order_done_fee"]


async def test_two_numbers_are_taken_one_after_the_other(talk, services):
    flow = Flow(talk, services, "cancel_order")
    talk.says("cancel 4711 and 4712", "cancel_order", order_number="4712")
    talk.events.append({"event": "active_loop", "name": "cancel_order_form"})
    talk.message["entities"].insert(0, {"entity": "order_number", "value": "4711"})
    (said,) = await talk.run(flow.validate)
    assert said["response"] == "say_one_order_at_a_time"
    assert (said["order_number"], said["others"]) == ("4711", "4712")
    assert talk.slots["order_number"] == "4711"


@pytest.mark.parametrize(("number", "email"), [("4711", TOM), ("99999999", MAYA)])
async def test_a_wrong_number_reads_as_a_wrong_contact(talk, services, number, email):
    said = await Flow(talk, services, "track_order").prove(number, email)
    assert names(said) == ["say_identity_wrong"]
    assert talk.slots["requested_slot"] == "order_number"
    assert talk.slots["order_contact"] is None


async def test_five_wrong_tries_lock_and_offer_a_person(talk, services):
    flow = Flow(talk, services, "track_order")
    for _ in range(4):
        assert names(await flow.prove("4711", TOM)) == ["say_identity_wrong"]
    assert names(await flow.prove("4711", TOM)) == ["say_identity_locked"]
    assert names(await flow.prove("4711", MAYA)) == ["say_identity_locked"]


async def test_identity_is_remembered_until_goodbye(talk, services):
    flow = Flow(talk, services, "track_order")
    await flow.prove("4712", MAYA)
    talk.slots["order_contact"] = None
    assert names(await flow.step("and again?", "track_order")) == ["say_track_order_shipped"]
    await talk.run(ActionEndConversation(services))
    assert talk.slots["order_number"] is None
    await flow.step("track 4712", "track_order", order_number="4712")
    assert talk.slots["requested_slot"] == "order_contact"


async def test_a_forged_slot_opens_nothing(talk, services, shop):
    talk.slots.update(order_number="4711", order_confirm=True, order_quote="an older one")
    assert names(await talk.run(TASK_ACTIONS["cancel_order"](services))) == ["say_left_as_is"]
    assert names(await talk.run(TASK_ACTIONS["track_order"](services))) == ["say_left_as_is"]
    assert await acts(shop) == []


async def test_changing_a_quantity(talk, services, shop):
    flow = Flow(talk, services, "change_order")
    await flow.prove("4720", TOM)
    assert talk.slots["requested_slot"] == "change_order_quantity"
    said = await flow.step("lots", change_order_quantity="lots")
    assert names(said) == ["say_change_order_quantity_invalid"]
    (quote,) = await flow.step("three", change_order_quantity="three")
    assert (quote["response"], quote["difference"]) == ("say_change_order_confirm_more", "€34.90")
    assert names(await flow.yes()) == ["say_change_order_done_more"]
    assert (await shop.find("4720")).items[0].quantity == 3


async def test_changing_the_address(talk, services, shop):
    flow = Flow(talk, services, "change_shipping_address")
    await flow.prove("4720", TOM)
    bad = await flow.step("my house", change_shipping_address_new="my house")
    assert names(bad) == ["say_change_shipping_address_invalid"]
    await flow.step("…", change_shipping_address_new="12 Long Street,\nDublin D04")
    assert names(await flow.yes()) == ["say_change_shipping_address_done"]
    assert str((await shop.find("4720")).address) == "12 Long Street, Dublin D04"


async def test_returning_one_of_several_items(talk, services, shop):
    flow = Flow(talk, services, "return_item")
    (which,) = await flow.prove("4730", SOFIA)
    assert [b["title"] for b in which["buttons"]] == [
        "Stoneware bowl set",
        "Scented candle",
        "Bath mat",
    ]
    unknown = await flow.step("the sofa", order_item="the sofa")
    assert names(unknown) == ["say_order_item_unknown", "say_which_item"]
    await flow.step("the bowls", order_item="the bowls")
    (quote,) = await flow.step("too big", return_item_reason="too big")
    assert (quote["response"], quote["refund"]) == ("say_return_item_confirm", "€38.10")
    assert names(await flow.yes()) == ["say_return_item_done"]
    assert await acts(shop) == [("return_items", "4730")]


async def test_a_candle_cannot_be_returned(talk, services):
    flow = Flow(talk, services, "return_item")
    await flow.prove("4730", SOFIA)
    await flow.step("the candle", order_item="the candle")
    said = await flow.step("smell", return_item_reason="smell")
    assert names(said) == ["say_return_item_not_returnable"]


async def test_exchanging(talk, services, shop):
    flow = Flow(talk, services, "exchange_item")
    await flow.prove("4713", MAYA)
    (quote,) = await flow.step("in white", exchange_item_wanted="in white")
    assert quote["swaps"] == "Floor lamp (black) → white"
    assert names(await flow.yes()) == ["say_exchange_item_done_swap_even"]
    assert await shop.refunds("4713") == []
    assert await acts(shop) == [("exchange_items", "4713")]


async def test_reporting_damage(talk, services, shop):
    flow = Flow(talk, services, "report_damaged_item")
    await flow.prove("4730", SOFIA)
    await flow.step("candle", order_item="candle")
    await flow.step("jar is broken", damaged_item_description="jar is broken")
    unclear = await flow.step("whatever", damaged_item_wish="whatever")
    assert names(unclear) == ["say_damaged_item_wish_unclear"]
    (quote,) = await flow.step("money back", damaged_item_wish="money back please")
    assert (quote["description"], quote["wish"]) == ("jar is broken", "money back")
    assert names(await flow.yes()) == ["say_report_damaged_item_done"]
    assert await shop.refunds("4730") == []


async def test_refund_asked_and_followed(talk, services):
    flow = Flow(talk, services, "get_refund")
    await flow.prove("4713", MAYA)
    assert names(await flow.yes()) == ["say_get_refund_done"]
    follow = Flow(talk, services, "track_refund")
    assert names(await follow.prove("4713", MAYA)) == ["say_track_refund_requested"]
    again = Flow(talk, services, "get_refund")
    assert names(await again.prove("4713", MAYA)) == ["say_get_refund_already"]


async def test_a_paid_refund_and_none(talk, services):
    flow = Flow(talk, services, "track_refund")
    assert names(await flow.prove("4731", SOFIA)) == ["say_track_refund_paid"]
    assert names(await flow.prove("4730", SOFIA)) == ["say_track_refund_none"]


async def test_an_invoice_is_found_or_issued(talk, services, shop):
    flow = Flow(talk, services, "get_invoice")
    assert names(await flow.prove("4712", MAYA)) == ["say_get_invoice_done"]
    assert await acts(shop) == []
    assert names(await flow.prove("4711", MAYA)) == ["say_get_invoice_confirm"]
    (done,) = await flow.yes()
    assert done["response"] == "say_get_invoice_done"
    assert done["invoice_number"].endswith("-4711")


async def test_the_cancellation_fee_of_the_order_or_the_rule(talk, services):
    tell, fee = TELLING["check_cancellation_fee"](services), "check_cancellation_fee"
    talk.says("what does cancelling cost", fee)
    assert await talk.run(tell) == []
    assert talk.events[-1] == {"event": "followup", "name": f"{fee}_form", "timestamp": None}
    assert names(await Flow(talk, services, fee).step("…", fee)) == ["say_cancellation_fee_general"]
    assert names(await Flow(talk, services, fee).prove("4711", MAYA)) == [
        "say_cancellation_fee_fee"
    ]
    talk.says("what does cancelling cost", fee)
    assert names(await talk.run(tell)) == ["say_cancellation_fee_fee"]
    assert names(await Flow(talk, services, fee).prove("4712", MAYA)) == [
        "say_cancellation_fee_impossible"
    ]


class BrokenBook:
    """An order system that fails as told."""

    def __init__(self, error, real=None):
        self.error, self.real = error, real

    async def find(self, number):
        if self.real is None:
            raise self.error
        return await self.real.find(number)

    async def customer(self, customer_id):
        return None

    async def product(self, product_id):
        return None

    async def quote(self, order, act):
        return None

    async def refunds(self, number):
        raise self.error

    async def invoice(self, number):
        raise self.error

    async def perform(self, *_, **__):
        raise self.error


@pytest.mark.parametrize("task", sorted(FORMS))
async def test_a_desk_that_is_down_is_said_once(talk, services, task):
    down = replace(services, orders=BrokenBook(OrderSystemDown("gone")))
    said = await Flow(talk, down, task).prove("4711", MAYA)
    assert names(said) == ["say_order_system_down"]
    assert talk.slots["order_failure"] is None


@pytest.mark.parametrize("task", sorted(FORMS))
async def test_a_defect_is_an_apology_with_a_reference(talk, services, task, caplog):
    broken = replace(services, orders=BrokenBook(ZeroDivisionError("my card is 4111")))
    (said,) = await Flow(talk, broken, task).prove("4711", MAYA)
    assert said["response"] == "say_error"
    assert said["error_id"] in caplog.text
    assert "4111" not in caplog.text


async def test_an_act_without_an_answer_is_told_honestly(talk, services, shop):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    flow.perform = ACTS["cancel_order"](
        replace(services, orders=BrokenBook(OrderSystemDown("slow"), real=shop))
    )
    assert names(await flow.yes()) == ["say_order_system_uncertain"]


async def test_a_bare_number_is_asked_about(talk, services):
    talk.says("4711", order_number="4711")
    (said,) = await talk.run(ActionOfferOrderTasks(services))
    assert (said["response"], said["order_number"]) == ("say_what_about_order", "4711")
    talk.says(MAYA)
    assert names(await talk.run(ActionOfferOrderTasks(services))) == ["say_what_about"]
    talk.loop = "cancel_order_form"
    assert names(await talk.run(ActionOfferOrderTasks(services))) == []


async def test_open_questions(talk, services, passages):
    action = ActionAnswerOpenQuestion(services)
    talk.says("do you sell elephants", "nlu_fallback")
    assert names(await talk.run(action)) == ["say_open_unknown"]
    assert names(await talk.run(action)) == ["say_open_unknown_again"]
    services.answers.next = Answer(Origin.ARTICLE, "Text.", (passages[0],))
    (said,) = await talk.run(action)
    assert (said["response"], said["answer"]) == ("say_open_answer_article", "Text.")
    assert talk.slots["open_misses"] == 0
    talk.says("x" * 20_000, "nlu_fallback")
    assert names(await talk.run(action)) == ["say_message_too_long"]


async def test_what_was_bought_is_told_the_engine_once_it_is_proved(talk, services):
    question = "what of my order can go into the dishwasher"
    talk.says(question, "nlu_fallback", order_number="4712")
    await talk.run(ActionAnswerOpenQuestion(services))
    assert not services.answers.asked[-1].customer.bought
    await Flow(talk, services, "track_order").prove("4712", MAYA)
    talk.says(question, "nlu_fallback")
    await talk.run(ActionAnswerOpenQuestion(services))
    order = await services.orders.find("4712")
    bought = services.answers.asked[-1].customer.bought
    assert bought == {"4712": [item.sku for item in order.items]}


async def test_a_question_about_an_unproved_order_asks_for_the_proof(talk, services):
    services.answers.next = Answer(Origin.FLOW, intent="order_details")
    talk.says("what of my order can go into the dishwasher", "nlu_fallback")
    assert await talk.run(ActionAnswerOpenQuestion(services)) == []
    assert talk.events[-1]["parse_data"]["intent"]["name"] == "order_details"


async def test_a_handoff_pauses_and_tells_when(talk, services, noon):
    action = ActionHandoff(replace(services, now=noon))
    talk.says("you are useless", "negative_sentiment")
    talk.message["mood"] = {"negative": 0.9, "cause": "anger", "detail": "0.90: 'useless'"}
    (said,) = await talk.run(action)
    assert said["response"] == "say_handoff_upset_open"
    assert [e["event"] for e in talk.events[-3:]] == ["slot", "action", "pause"]
    ticket = services.tickets.open_for("maya")
    assert ticket.reference == said["reference"]
    assert ticket.story.reason_text == "anger 0.90: 'useless'"
    assert names(await talk.run(action)) == ["say_handoff_already"]


async def test_out_of_hours_the_next_opening_is_named(talk, services, noon):
    sunday = noon().replace(day=22)
    talk.says("human please", "contact_human_agent")
    (said,) = await talk.run(ActionHandoff(replace(services, now=lambda: sunday)))
    assert said["response"] == "say_handoff_closed"
    assert said["opens"] == "Mon 23 November at 09:00"


async def test_a_ticket_that_cannot_be_written_is_no_promise(talk, services, engine):
    with engine.begin() as db:
        db.exec_driver_sql("DROP TABLE tickets")
    talk.says("human please", "contact_human_agent")
    assert names(await talk.run(ActionHandoff(services))) == ["say_handoff_failed"]
    assert "pause" not in [e["event"] for e in talk.events]


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        ("the bowls", "TB-103"),
        ("Stoneware bowl set", "TB-103"),
        ("scentd candel", "GI-601"),
        ("2", "GI-601"),
        ("number 3", "BA-502"),
        ("ba-502", "BA-502"),
        ("the sofa", None),
        ("", None),
        ("candle or mat", None),
        ("9", None),
        pytest.param("x" * 10_000, None, id="long"),
        ("炻器碗套装", "TB-103"),
        ("那个碗", "TB-103"),
        ("第二个", "GI-601"),
        ("沙发", None),
    ],
)
async def test_items_are_understood(shop, phrasebook, text, sku):
    order = await shop.find("4730")
    assert read_item(text, order, phrasebook.speak("zh")) == sku


@pytest.fixture(scope="module")
def domain():
    return yaml.safe_load((ROOT / "domain.yml").read_text())


def test_every_form_has_its_task_and_its_actions(domain):
    assert {task.form for task in TASKS.values()} | {
        "list_orders_form",
        "change_default_address_form",
    } == set(domain["forms"])
    assert set(FORMS) == set(ACTS) == set(TASKS)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_everything_but_an_answer_interrupts_a_form(domain, task):
    listed = domain["forms"][TASKS[task].form]["ignored_intents"]
    wanted = TASKS[task].interrupted_by(domain["intents"])
    assert set(listed) == wanted, f"write to domain.yml: [{', '.join(sorted(wanted))}]"
    assert len(listed) == len(wanted)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("A replacement please", "replacement"),
        ("请给我换新的", "replacement"),
        ("Money back please", "money back"),
        ("请退款给我", "money back"),
        ("换货或者退款", None),
        ("don't send another one, I'd like my cash back", "money back"),
        ("no refund please, just a new one", "replacement"),
        ("不想退款，重新寄个好的", "replacement"),
        ("别再补寄了，直接退钱", "money back"),
        ("再寄一个又得等，还是退钱算了", "money back"),
        ("I could wait for another one, but no, the money then", "money back"),
        ("", None),
    ],
)
def test_wishes_are_understood(phrasebook, text, wish):
    assert read_wanted(text, None, phrasebook.speak("zh")) == wish


async def test_an_order_is_told_in_the_language_of_the_conversation(talk, services):
    talk.slots["language"] = "zh"
    flow = Flow(talk, services, "track_order")
    said = await flow.step(
        "我的订单", "track_order", order_number="4711", order_contact="maya@example.com"
    )
    assert said[-1]["items"] == "炻器马克杯×4、亚麻餐巾×1"
    assert said[-1]["delivery_method"] == "标准"
    assert "月" in said[-1]["placed_on"]


async def test_unclear_messages_are_asked_back_once(talk, services):
    ranking = [{"name": n} for n in ("unclear_intent", "get_refund", "track_refund", "review")]
    talk.says("refund 4711", "unclear_intent", order_number="4711")
    talk.message["intent_ranking"] = ranking
    (asked,) = await talk.run(ActionAskMeaning(services))
    assert asked["response"] == "say_did_you_mean"
    assert [b["payload"] for b in asked["buttons"]] == [
        '/get_refund{"order_number": "4711"}',
        '/track_refund{"order_number": "4711"}',
    ]
    talk.events.append({"event": "action", "name": "action_ask_meaning"})
    talk.says("the refund", "unclear_intent")
    talk.message["intent_ranking"] = ranking
    assert names(await talk.run(ActionAskMeaning(services))) == ["say_open_unknown"]


async def test_the_second_request_is_taken_as_if_it_were_written_now(talk, services):
    second = {"text": "where is 4712", "intent": {"name": "track_order"}, "entities": []}
    talk.slots["pending_requests"] = [second]
    talk.says("cancel 4711 and where is 4712", "cancel_order")
    (said,) = await talk.run(ActionNextRequest(services))
    assert (said["response"], said["request"]) == ("say_next_request", "where is 4712")
    assert talk.events[-1]["event"] == "user"
    assert talk.events[-1]["text"] == "where is 4712"
    assert talk.slots["pending_requests"] is None


async def test_a_language_that_nobody_speaks_is_said_honestly(talk, services):
    talk.slots["language"] = "fr"
    services.answers.next = Answer(Origin.NOWHERE)
    talk.says("comment laver la laine", "nlu_fallback")
    assert names(await talk.run(ActionAnswerOpenQuestion(services))) == ["say_language_unknown"]
    assert services.answers.asked[-1].language == "fr"


@pytest.mark.parametrize("origin", [Origin.ARTICLE, Origin.MODEL])
async def test_any_language_is_answered(talk, services, passages, origin):
    talk.slots["language"] = "fr"
    services.answers.next = Answer(origin, "A la main.", (passages[0],))
    talk.says("comment laver la laine", "nlu_fallback")
    said = names(await talk.run(ActionAnswerOpenQuestion(services)))
    assert said == [f"say_open_answer_{origin.value}"]


async def test_the_articles_of_an_answer_are_named(talk, services, passages, phrasebook):
    one, other = (next(p for p in passages if p.title != passages[0].title), passages[0])
    board = ProductFacts(phrasebook).passage("TB-101", "en")
    for origin, sources, expected in (
        (Origin.MODEL, (one, other, one), f"{one.title} and {other.title}"),
        (Origin.MODEL, (board, one), one.title),
        (Origin.ARTICLE, (one,), one.title),
        (Origin.ARTICLE, (one, other), None),  # they are named in the text
        (Origin.ARTICLE, (board,), None),
        (Origin.MODEL, (), None),
    ):
        services.answers.next = Answer(origin, "Fine.", sources)
        talk.says("what then", "nlu_fallback")
        (said,) = await talk.run(ActionAnswerOpenQuestion(services))
        assert said.get("source") == expected
        assert said["answer"] == "Fine."


async def test_displeased_twice_is_on_the_ticket(talk, services):
    for text in ("that did not help", "still not what I asked"):
        talk.says(text, "complaint")
        talk.message["mood"] = {"anger": 0.35, "level": "displeased", "words": text.split()[0]}
    await talk.run(ActionHandoff(services))
    (ticket,) = services.tickets.waiting()
    assert ticket.story.reason == "displeased twice"
    assert ticket.story.reason_text == "displeased twice: 0.35: 'that', 0.35: 'still'"


async def test_a_flow_goes_on_by_the_known_route(talk, services):
    found = Answer(Origin.FLOW, intent="payment_issue", order_number="4711")
    services.answers.next = found
    talk.says("I think my card was charged two times for 4711", "nlu_fallback")
    assert await talk.run(ActionAnswerOpenQuestion(services)) == []
    said = talk.events[-1]
    assert said["event"] == "user"
    assert said["parse_data"]["intent"]["name"] == "payment_issue"
    assert said["parse_data"]["continues"] == "this message"
    assert decided(said["parse_data"]).reason == "payment_issue, from an open question"
    assert said["parse_data"]["entities"] == [{"entity": "order_number", "value": "4711"}]
    assert talk.slots["order_number"] == "4711"


async def test_a_model_that_asks_for_a_person_gets_one(talk, services):
    services.answers.next = Answer(Origin.PERSON)
    talk.says("something odd", "nlu_fallback")
    await talk.run(ActionAnswerOpenQuestion(services))
    parsed = talk.events[-1]["parse_data"]
    assert parsed["intent"]["name"] == "contact_human_agent"
    assert decided(parsed) == Decision(Route.PERSON, Cause.ENGINE)  # nobody asked for one


async def test_asking_back_offers_articles_as_buttons(talk, services, passages):
    for origin, response in ((Origin.ASK, "say_open_ask"), (Origin.NOWHERE, "say_open_near")):
        services.answers.next = Answer(origin, suggestions=(passages[0], passages[1]))
        talk.says("that thing", "nlu_fallback")
        (said,) = await talk.run(ActionAnswerOpenQuestion(services))
        assert said["response"] == response
        assert said["buttons"][0] == {
            "title": passages[0].name,
            "payload": f'/choose_article{{"article": "{passages[0].id}"}}',
        }


@pytest.mark.parametrize(
    ("chosen", "response"),
    [
        ("care-wood#0", "say_open_answer_article"),
        ("../../etc/passwd", "say_open_unknown"),
        (None, "say_open_unknown"),
    ],
)
async def test_a_chosen_article_is_shown(talk, services, chosen, response):
    talk.says("/choose_article", "choose_article")
    if chosen:
        talk.message["entities"] = [{"entity": "article", "value": chosen}]
    (said,) = await talk.run(ActionShowArticle(services))
    assert said["response"] == response


def rated(engine):
    with engine.connect() as db:
        return [tuple(r) for r in db.execute(sa.select(ratings.c.score, ratings.c.comment))]


@pytest.mark.parametrize("text", ["very kind, thank you", "useless!!!", "还行"])
async def test_a_score_then_a_comment(talk, services, engine, text):
    with engine.begin() as db:
        services.ratings.ask(db, "T-ABC", "maya", "person", 1)
    talk.says("/rate_service", "rate_service")
    chosen = [("ticket", "T-ABC"), ("score", "4")]
    talk.message["entities"] = [{"entity": name, "value": value} for name, value in chosen]
    assert names(await talk.run(ActionTakeRating(services))) == ["say_rating_taken"]
    assert talk.slots["rating_ticket"] == "T-ABC"
    talk.says(text, "nlu_fallback")
    assert names(await talk.run(ActionKeepRatingComment(services))) == ["say_rating_comment_taken"]
    assert talk.slots["rating_ticket"] is None
    assert rated(engine) == [(4, text)]


@pytest.mark.parametrize(
    ("ticket", "score", "sender"),
    [
        ("T-ABC", "6", "maya"),
        ("T-ABC", "-1", "maya"),
        ("T-ABC", "four", "maya"),
        ("T-ABC", "", "maya"),
        ("T-XYZ", "4", "maya"),
        ("T-ABC", "1", "eve"),
    ],
)
async def test_a_forged_score_counts_for_nothing(talk, services, engine, ticket, score, sender):
    with engine.begin() as db:
        services.ratings.ask(db, "T-ABC", "maya", "person", 1)
    talk.sender = sender
    talk.says("/rate_service", "rate_service")
    chosen = [("ticket", ticket), ("score", score)]
    talk.message["entities"] = [{"entity": name, "value": value} for name, value in chosen]
    assert names(await talk.run(ActionTakeRating(services))) == ["say_rating_known"]
    assert rated(engine) == [(None, None)]


async def test_a_no_is_no_comment(talk, services, engine):
    with engine.begin() as db:
        services.ratings.ask(db, "T-ABC", "maya", "person", 1)
    talk.slots["rating_ticket"] = "T-ABC"
    talk.says("no thanks", "deny")
    await talk.run(ActionKeepRatingComment(services))
    assert rated(engine) == [(None, None)]


async def test_only_a_proved_order_is_told_to_the_engine(talk, services):
    talk.says("and how heavy is that pan", "nlu_fallback", order_number="4712")
    action = ActionAnswerOpenQuestion(services)
    await talk.run(action)
    assert services.answers.asked[-1].customer.orders == {}
    order = await services.orders.find("4712")
    services.gate.check("maya", "4712", "maya@example.com", contact_of(order.customer))
    await talk.run(action)
    customer = services.answers.asked[-1].customer
    told = " ".join(customer.orders["4712"])
    assert "Order 4712 has 1 x Cast iron pan." in told
    assert customer.name
    for secret in (str(order.address), order.customer.email, order.customer.phone):
        assert secret not in told


async def test_an_overtaken_question_is_hurried(talk, services):
    talk.says("how long is a minute", "nlu_fallback")
    talk.message["metadata"] = {"overtaken": True}
    said = names(await talk.run(ActionAnswerOpenQuestion(services)))
    assert services.answers.asked[-1].hurried
    assert said == ["say_open_overtaken"]


PNG = b"\x89PNG\r\n\x1a\n a cup"


@pytest.mark.parametrize(
    ("result", "response"),
    [
        (None, "say_attachment_received"),
        (Picture("damage", "A cracked bowl."), "say_attachment_damage"),
        (Picture("other", "A cat."), "say_attachment_received"),
        (ModelDown("away"), "say_attachment_received"),
    ],
)
async def test_a_picture_is_acknowledged_and_kept_for_the_ticket(talk, services, result, response):
    given = services if result is None else replace(services, pictures=ScriptedPictures(result))
    kept = services.files.keep(talk.sender, PNG)
    picture = {"attachments": [{"kind": "image", "url": kept.reference, "mime": kept.mime}]}
    talk.says("/send_attachment", "send_attachment")
    talk.message["metadata"] = picture
    talk.events[-1].update(metadata=picture, timestamp=1.0)
    (said,) = await talk.run(ActionReceiveAttachment(given))
    assert said["response"] == response
    if given.pictures is not None:  # what a model is shown, it is shown whole
        assert given.pictures.seen == [f"data:image/png;base64,{base64.b64encode(PNG).decode()}"]
    talk.says("a person please", "contact_human_agent")
    await talk.run(ActionHandoff(given))
    (ticket,) = given.tickets.waiting()
    assert "[image]" in ticket.story.transcript
    assert "base64" not in ticket.story.transcript
    if isinstance(result, Picture):
        assert result.note in ticket.story.summary


async def test_attachments_that_did_not_arrive(talk, services):
    for metadata in (
        None,
        {},
        {"attachments": "x"},
        {"attachments": [{"kind": "virus", "url": 1}]},
    ):
        talk.says("/send_attachment", "send_attachment")
        talk.message["metadata"] = metadata
        assert names(await talk.run(ActionReceiveAttachment(services))) == [
            "say_attachment_missing"
        ]


@pytest.mark.parametrize("topic", ["self_harm", "medical_question", "legal_question", "threat"])
async def test_careful_topics_have_a_fixed_text_and_a_person(talk, services, topic):
    talk.says("something grave", topic)
    said = names(await talk.run(ActionHandoff(services)))
    assert said[0] == f"say_careful_{topic}"
    assert said[1].startswith("say_handoff_")
    (ticket,) = services.tickets.waiting()
    assert (ticket.story.reason, ticket.story.reason_text) == (topic, topic.replace("_", " "))


def test_every_possible_refusal_is_listed_by_its_task():
    import inspect
    import re

    from switchboard.orders import (
        cancellation,
        changes,
        damage,
        invoices,
        refunds,
        returns,
        rules,
        withdrawal,
    )

    skills = (cancellation, changes, damage, invoices, refunds, returns, rules, withdrawal)
    source = "".join(inspect.getsource(module) for module in skills)
    used = set(re.findall(r'Refusal\(\s*"(\w+)"', source))
    assert used == {reason for task in TASKS.values() for reason in task.refusals}


def test_a_task_brings_its_form_and_its_actions(domain):
    """What a skill needs in domain.yml follows from its task."""
    for name, task in TASKS.items():
        assert domain["forms"][task.form]["required_slots"] == task.required_slots, name
        for action in (f"validate_{task.form}", f"action_{name}"):
            assert action in domain["actions"], action
        at_confirmation = {"active_loop": task.form, "requested_slot": "order_confirm"}
        yes, no = domain["slots"]["order_confirm"]["mappings"]
        for mapping in (yes, no):
            assert (at_confirmation in mapping["conditions"]) == task.changes_order, name
        for detail in task.details:
            if detail.optional:
                continue
            asked = {"active_loop": task.form, "requested_slot": detail.slot}
            mappings = domain["slots"][detail.slot]["mappings"]
            assert any(asked in m.get("conditions", ()) for m in mappings), (name, detail.slot)


@pytest.fixture
def two_orders(shop):
    """Maya has a second order that may still be cancelled."""
    with shop.engine.begin() as db:
        mine = sa.select(t.orders.c.customer_id).where(t.orders.c.number == "4711")
        number = db.execute(mine).scalar_one()
        change = sa.update(t.orders).where(t.orders.c.number == "4720")
        db.execute(change.values(customer_id=number))


@pytest.mark.parametrize(
    ("text", "intent", "confirm"),
    [("no, I meant 4720", "deny", False), ("yes, 4720", "affirm", True)],
)
async def test_an_answer_that_names_another_order_is_asked_again_for_that_one(
    talk, services, shop, two_orders, text, intent, confirm
):
    flow = Flow(talk, services, "cancel_order")
    await flow.prove("4711", MAYA)
    (quote,) = await flow.step(text, intent, order_number="4720", order_confirm=confirm)
    assert (quote["response"], quote["order_number"]) == ("say_cancel_order_confirm_free", "4720")
    assert talk.slots["order_confirm"] is None
    assert await acts(shop) == []
    assert names(await flow.yes()) == ["say_cancel_order_done_free"]
    assert await acts(shop) == [("cancel", "4720")]


@pytest.mark.parametrize("task", sorted(FORMS))
async def test_a_form_begins_without_anything_that_an_earlier_one_left(talk, services, shop, task):
    talk.slots.update(
        order_confirm=True,
        order_quote="an older one",
        order_failure="identity_locked",
        requested_slot="order_confirm",
    )
    flow = Flow(talk, services, task)
    await flow.step("…", task)
    assert talk.slots["requested_slot"] == (None if TASKS[task].general else "order_number")
    left = ("order_confirm", "order_quote", "order_failure")
    assert [talk.slots[slot] for slot in left] == [None] * 3
    assert await acts(shop) == []


async def test_an_old_yes_is_none_after_the_details_of_a_new_form_either(talk, services, shop):
    talk.slots.update(
        order_confirm=True, order_quote="an older one", requested_slot="order_confirm"
    )
    flow = Flow(talk, services, "return_item")
    await flow.prove("4713", MAYA)
    assert talk.slots["order_confirm"] is None
    said = await flow.step("too small", return_item_reason="too small")
    assert names(said) == ["say_return_item_confirm"]
    assert await acts(shop) == []


async def test_an_old_yes_cancels_nothing_when_the_order_is_known_already(talk, services, shop):
    await Flow(talk, services, "track_order").prove("4711", MAYA)
    talk.slots.update(
        order_confirm=True, order_quote="an older one", requested_slot="order_confirm"
    )
    said = await Flow(talk, services, "cancel_order").step("cancel it", "cancel_order")
    assert names(said) == ["say_cancel_order_confirm_fee"]
    assert await acts(shop) == []


async def test_an_old_failure_does_not_end_a_new_form(talk, services):
    talk.slots["order_failure"] = "identity_locked"
    said = await Flow(talk, services, "track_order").prove("4712", MAYA)
    assert names(said) == ["say_track_order_shipped"]
