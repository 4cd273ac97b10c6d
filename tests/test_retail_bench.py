"""The retail benchmark's tools, its shop as an order system, and the replay, on an invented shop."""

import copy
import json
import sys
from decimal import Decimal

import httpx
import pytest

pytest.importorskip("aiohttp")  # `make test-core` has none

from benchmarks.retail import replay as replay_command
from benchmarks.retail.customer import Call
from benchmarks.retail.retail_data import RetailBench, read_bench, read_facts, read_task
from benchmarks.retail.retail_shop import RetailShop
from benchmarks.retail.retail_tools import (
    ToolCall,
    ToolRefused,
    changed_records,
    fresh_copy,
    replay,
    run_tool,
)
from benchmarks.retail.run import foreign_orders
from benchmarks.retail.wishes import Swap, Wish, changes_of_mind
from switchboard.errors import OrderSystemDown, OrderSystemWrong
from switchboard.orders.acts import LineChange, LineReturn, OpenCase
from switchboard.orders.cancellation import Cancel
from switchboard.orders.changes import ChangeAddress, ChangeItems, ChangePayment
from switchboard.orders.http_orders import HttpOrderSystem
from switchboard.orders.model import CaseKind, Conflict, OrderState, Receipt, RefundState
from switchboard.orders.order_system import CustomerQuery
from switchboard.orders.postal import PostalAddress
from switchboard.orders.returns import ExchangeItems, ReturnItems
from switchboard.orders.rules import Quote, Refusal

ZERO = Decimal("0.00")
HOME = {
    "address1": "1 Quay Row",
    "address2": "Unit 2",
    "city": "Galway",
    "country": "Ireland",
    "state": "CT",
    "zip": "40001",
}
AWAY = {**HOME, "address1": "9 Hill Lane", "address2": "", "zip": "40002"}
KITES = {"k-red": ("red", 20.1, True), "k-blue": ("blue", 25.35, True), "k-old": ("old", 9, False)}
OARS = {"o-1": ("short", 40.0, True), "o-2": ("long", 310.0, True)}


def product(id, name, option, variants):
    return {
        "name": name,
        "product_id": id,
        "variants": {
            sku: {"item_id": sku, "options": {option: value}, "available": there, "price": price}
            for sku, (value, price, there) in variants.items()
        },
    }


PRODUCTS = {
    "P1": product("P1", "Kite", "color", KITES),
    "P2": product("P2", "Oar", "length", OARS),
}


def order(id, status, skus, paid_by):
    variants = {sku: (p, v) for p in PRODUCTS.values() for sku, v in p["variants"].items()}
    items = [
        {
            "name": variants[sku][0]["name"],
            "product_id": variants[sku][0]["product_id"],
            "item_id": sku,
            "price": variants[sku][1]["price"],
            "options": variants[sku][1]["options"],
        }
        for sku in skus
    ]
    paid = {
        "transaction_type": "payment",
        "amount": round(sum(item["price"] for item in items), 2),
        "payment_method_id": paid_by,
    }
    return {
        "order_id": id,
        "user_id": "una_o_kay_1001",
        "address": dict(HOME),
        "items": items,
        "fulfillments": [],
        "status": status,
        "payment_history": [paid],
    }


def make_db():
    orders = [
        order("#W0000001", "pending", ["k-red", "o-1"], "card_1"),
        order("#W0000002", "pending", ["k-red"], "gift_1"),
        order("#W0000003", "delivered", ["k-red", "k-red", "o-1"], "card_1"),
        order("#W0000004", "processed", ["o-1"], "paypal_1"),
    ]
    methods = {
        "card_1": {"source": "credit_card", "brand": "visa", "last_four": "4242", "id": "card_1"},
        "gift_1": {"source": "gift_card", "balance": 30, "id": "gift_1"},
        "paypal_1": {"source": "paypal", "id": "paypal_1"},
    }
    user = {
        "name": {"first_name": "Úna", "last_name": "Okay"},
        "address": dict(HOME),
        "email": "una@okay.example",
        "payment_methods": methods,
        "orders": [entry["order_id"] for entry in orders],
    }
    other = copy.deepcopy({**user, "orders": [], "email": "ben@okay.example"})
    other["name"]["first_name"] = "Ben"
    return {
        "products": copy.deepcopy(PRODUCTS),
        "users": {"una_o_kay_1001": user, "ben_okay_1002": other},
        "orders": {entry["order_id"]: entry for entry in orders},
    }


@pytest.fixture
def db():
    return make_db()


def cancel(id="#W0000001", reason="no longer needed"):
    return ToolCall("cancel_pending_order", {"order_id": id, "reason": reason})


def modify(old, new, by="card_1", id="#W0000001", tool="modify_pending_order_items"):
    given = {"order_id": id, "item_ids": old, "new_item_ids": new, "payment_method_id": by}
    return ToolCall(tool, given)


def exchange(old, new, by="card_1", id="#W0000003"):
    return modify(old, new, by, id, "exchange_delivered_order_items")


def give_back(items, to="card_1", id="#W0000003"):
    given = {"order_id": id, "item_ids": items, "payment_method_id": to}
    return ToolCall("return_delivered_order_items", given)


def pay(by, id="#W0000001"):
    return ToolCall("modify_pending_order_payment", {"order_id": id, "payment_method_id": by})


def move(id="#W0000001", **address):
    return ToolCall("modify_pending_order_address", {"order_id": id, **AWAY, **address})


def entry(kind, amount, by):
    return {"transaction_type": kind, "amount": amount, "payment_method_id": by}


class TestTools:
    def done(self, db, *calls):
        """The only order that the calls change, and the balance of the gift card."""
        outcome = replay(db, calls)
        assert outcome.refused == ()
        (changed,) = outcome.changed["orders"].values()
        user = outcome.changed["users"].get("una_o_kay_1001", db["users"]["una_o_kay_1001"])
        return changed, user["payment_methods"]["gift_1"]["balance"]

    def refusal(self, db, *calls):
        work = fresh_copy(db)
        for call in calls[:-1]:
            run_tool(work, call)
        before = fresh_copy(work)
        with pytest.raises(ToolRefused) as refused:
            run_tool(work, calls[-1])
        assert changed_records(before, work) == {"orders": {}, "users": {}}
        return refused.value.reason

    def test_the_original_is_never_altered(self, db):
        calls = [cancel("#W0000002"), modify(["k-red"], ["k-blue"]), give_back(["o-1"])]
        assert len(replay(db, calls).changed["orders"]) == 3
        assert db == make_db()

    def test_reading_tools_are_ignored(self, db):
        outcome = replay(db, [ToolCall("get_order_details", {"order_id": "#W0000001"})])
        assert outcome.changed == {"orders": {}, "users": {}}
        assert outcome.refused == ()

    def test_cancel_pays_back_what_was_paid(self, db):
        changed, balance = self.done(db, cancel("#W0000002", "ordered by mistake"))
        assert changed["status"] == "cancelled"
        assert changed["cancel_reason"] == "ordered by mistake"
        assert changed["payment_history"][1:] == [entry("refund", 20.1, "gift_1")]
        assert balance == 50.1

    def test_cancel_refuses_other_states_and_reasons(self, db):
        assert self.refusal(db, cancel("#W0000004")) == "not_allowed"
        assert self.refusal(db, cancel("#W9999999")) == "not_allowed"
        assert self.refusal(db, cancel(reason="too slow")) == "not_allowed"
        assert self.refusal(db, modify(["k-red"], ["k-blue"]), cancel()) == "not_allowed"

    def test_items_are_modified_with_the_difference_settled(self, db):
        changed, balance = self.done(db, modify(["k-red", "o-1"], ["k-blue", "o-1"], "gift_1"))
        assert changed["status"] == "pending (item modified)"
        assert [i["item_id"] for i in changed["items"]] == ["k-blue", "o-1"]
        assert changed["items"][0]["options"] == {"color": "blue"}
        assert changed["payment_history"][1:] == [entry("payment", 25.35 - 20.1, "gift_1")]
        assert balance == 24.75

    def test_a_cheaper_item_is_a_refund(self, db):
        db["orders"]["#W0000001"]["items"][0]["price"] = 30.0
        changed, _ = self.done(db, modify(["k-red"], ["k-blue"]))
        assert changed["payment_history"][1:] == [entry("refund", 30.0 - 25.35, "card_1")]

    def test_items_are_modified_once_and_only_to_what_there_is(self, db):
        assert self.refusal(db, modify(["k-red"], ["k-old"])) == "unavailable"
        assert self.refusal(db, modify(["k-red"], ["o-2"])) == "unavailable"
        assert self.refusal(db, modify(["o-1"], ["o-2"], "gift_1")) == "gift_card_too_low"
        assert self.refusal(db, modify(["o-1"], ["o-2"], "card_9")) == "not_allowed"
        assert self.refusal(db, modify(["o-1", "o-1"], ["o-2", "o-2"])) == "not_allowed"
        assert self.refusal(db, modify(["o-1", "k-red"], ["o-2"])) == "not_allowed"
        again = modify(["k-red"], ["k-blue"]), modify(["o-1"], ["o-2"])
        assert self.refusal(db, *again) == "not_allowed"

    def test_payment_moves_once(self, db):
        changed, balance = self.done(db, pay("card_1", "#W0000002"))
        assert changed["status"] == "pending"
        expected = [entry("payment", 20.1, "card_1"), entry("refund", 20.1, "gift_1")]
        assert changed["payment_history"][1:] == expected
        assert balance == 50.1
        assert self.refusal(db, pay("gift_1")) == "gift_card_too_low"
        assert self.refusal(db, pay("card_1")) == "not_allowed"
        assert self.refusal(db, pay("paypal_1"), pay("card_1")) == "not_allowed"
        assert self.refusal(db, pay("paypal_1", "#W0000004")) == "not_allowed"

    def test_address_of_an_order_also_after_its_items(self, db):
        changed, _ = self.done(db, modify(["k-red"], ["k-blue"]), move())
        assert changed["address"] == AWAY
        assert self.refusal(db, move("#W0000004")) == "not_allowed"

    def test_address_of_a_customer(self, db):
        call = ToolCall("modify_user_address", {"user_id": "ben_okay_1002", **AWAY})
        outcome = replay(db, [call])
        assert outcome.changed["users"]["ben_okay_1002"]["address"] == AWAY
        assert outcome.changed["orders"] == {}

    def test_return(self, db):
        changed, balance = self.done(db, give_back(["o-1", "k-red", "k-red"], "gift_1"))
        assert changed["status"] == "return requested"
        assert changed["return_items"] == ["k-red", "k-red", "o-1"]
        assert changed["return_payment_method_id"] == "gift_1"
        assert balance == 30
        assert self.refusal(db, give_back(["o-1"], "paypal_1")) == "not_allowed"
        assert self.refusal(db, give_back(["k-red"] * 3)) == "not_allowed"
        assert self.refusal(db, give_back(["o-1"], id="#W0000001")) == "not_allowed"
        assert self.refusal(db, give_back(["o-1"]), give_back(["k-red"])) == "not_allowed"

    def test_exchange_notes_the_difference(self, db):
        changed, _ = self.done(db, exchange(["k-red", "k-red"], ["k-blue", "k-red"]))
        assert changed["status"] == "exchange requested"
        assert changed["exchange_items"] == ["k-red", "k-red"]
        assert changed["exchange_new_items"] == ["k-blue", "k-red"]
        assert changed["exchange_price_difference"] == 5.25
        assert changed["exchange_payment_method_id"] == "card_1"
        assert len(changed["payment_history"]) == 1
        assert self.refusal(db, exchange(["o-1"], ["o-2"], "gift_1")) == "gift_card_too_low"
        assert self.refusal(db, exchange(["k-red"], ["k-old"])) == "unavailable"

    def test_missing_arguments_are_refused(self, db):
        assert self.refusal(db, ToolCall("cancel_pending_order", {"order_id": "#W0000001"}))
        assert self.refusal(db, ToolCall("modify_pending_order_payment", {}))


@pytest.fixture(scope="module")
def served():
    shop = RetailShop(make_db(), "secret")
    url = shop.start()
    yield shop, url
    shop.stop()


@pytest.fixture
def shop(served):
    served[0].reset()
    return served[0]


@pytest.fixture
async def orders(served, shop):
    client = HttpOrderSystem(served[1], "secret")
    yield client
    await client.close()


async def do(orders, number, act, key="k1"):
    found = await orders.find(number)
    return await orders.perform(number, found.version, act, key, "talk-1")


class TestShop:
    async def test_an_order(self, orders):
        found = await orders.find("W0000003")
        assert (found.number, found.state) == ("W0000003", OrderState.DELIVERED)
        assert [(i.id, i.sku) for i in found.items][:2] == [
            ("k-red", "k-red"),
            ("k-red-2", "k-red"),
        ]
        assert found.items[0].unit_price == Decimal("20.10")
        assert found.items[0].options == {"color": "red"}
        assert (found.total, found.delivery_fee) == (Decimal("80.20"), ZERO)
        assert (found.payment_method, found.payment, found.paid) == ("card_1", "credit card", True)
        assert found.allows == {"return_items", "exchange_items"}
        parts = ("1 Quay Row", "Unit 2", "Galway", "CT", "40001", "Ireland")
        assert found.address == PostalAddress(*parts)
        assert found.customer.id == "una_o_kay_1001"

    async def test_states_and_what_they_allow(self, orders):
        pending, processed = await orders.find("W0000001"), await orders.find("W0000004")
        acts = {"cancel", "change_items", "change_address", "change_payment"}
        assert (pending.state, pending.allows) == (OrderState.PLACED, acts)
        assert (processed.state, processed.allows) == (OrderState.PACKED, frozenset())
        assert await orders.find("W7777777") is None

    def test_both_forms_of_a_number_are_found(self, served):
        headers = {"Authorization": "Bearer secret"}
        for path in ("/orders/W0000001", "/orders/%23W0000001"):
            answer = httpx.get(served[1] + path, headers=headers)
            assert answer.json()["number"] == "W0000001"

    async def test_a_wrong_token(self, served):
        stranger = HttpOrderSystem(served[1], "guess")
        with pytest.raises(OrderSystemWrong):
            await stranger.find("W0000001")
        await stranger.close()

    async def test_customers(self, orders):
        query = CustomerQuery(name="una  OKAY", postcode="40001")
        (found,) = await orders.find_customers(query)
        assert found == await orders.customer("una_o_kay_1001")
        assert (found.name, found.phone, found.postcode) == ("Úna Okay", "", "40001")
        told = {m.id: (m.kind, m.label, m.balance) for m in found.payment_methods}
        assert told["card_1"] == ("credit card", "visa 4242", None)
        assert told["gift_1"] == ("gift card", "", Decimal("30.00"))
        assert told["paypal_1"] == ("paypal", "", None)
        by_email = await orders.find_customers(CustomerQuery(email="BEN@okay.example"))
        assert [customer.id for customer in by_email] == ["ben_okay_1002"]
        assert await orders.customer("nobody") is None

    @pytest.mark.parametrize(
        "query",
        [
            {"name": "Una Okay"},
            {"postcode": "40001"},
            {"phone": "5551234"},
            {"name": "Una Okay", "postcode": "40009"},
            {},
        ],
    )
    async def test_nobody_is_found_by_less(self, orders, query):
        assert await orders.find_customers(CustomerQuery(**query)) == []

    async def test_their_orders_and_products(self, orders):
        numbers = [order.number for order in await orders.orders_of("una_o_kay_1001")]
        assert numbers == ["W0000001", "W0000002", "W0000003", "W0000004"]
        kite = await orders.product("P1")
        assert [(v.sku, v.available) for v in kite.variants] == [
            ("k-red", True),
            ("k-blue", True),
            ("k-old", False),
        ]
        assert kite.variant("k-blue").price == Decimal("25.35")
        assert await orders.product("P9") is None
        assert await orders.invoice("W0000001") is None

    async def test_quotes(self, orders):
        async def told(number, act):
            return await orders.quote(await orders.find(number), act)

        def swap(line, sku, quantity=1, by=""):
            return ChangeItems((LineChange(line, sku, quantity),), by)

        assert await told("W0000001", Cancel(ZERO)) == Quote(refund=Decimal("60.10"))
        assert await told("W0000001", swap("k-red", "k-blue")) == Quote(refund=Decimal("-5.25"))
        assert await told("W0000001", swap("k-red", "k-old")) == Refusal("unavailable")
        assert await told("W0000001", swap("k-red", "k-red", 0)) == Refusal("not_allowed")
        dear = swap("o-1", "o-2", by="gift_1")
        assert await told("W0000001", dear) == Refusal("gift_card_too_low")
        assert await told("W0000001", ChangePayment("paypal_1")) == Quote()
        assert await told("W0000001", ChangePayment("card_1")) == Refusal("not_allowed")
        assert await told("W0000004", Cancel(ZERO)) == Refusal("not_allowed")
        both = tuple(LineReturn(line, 1) for line in ("k-red-2", "o-1"))
        assert await told("W0000003", ReturnItems(both, ZERO)) == Quote(refund=Decimal("60.10"))
        other = ExchangeItems((LineChange("o-1", "o-2", 1),))
        assert await told("W0000003", other) == Quote(refund=Decimal("-270.00"))
        case = OpenCase(CaseKind.DAMAGE, "o-1", "broken", ZERO)
        assert await told("W0000003", case) == Refusal("not_allowed")

    async def test_nothing_is_done_by_a_quote(self, shop, orders):
        await orders.quote(await orders.find("W0000001"), Cancel(ZERO))
        assert shop.changed() == {"orders": {}, "users": {}}

    async def test_cancel(self, shop, orders):
        receipt = await do(orders, "W0000002", Cancel(ZERO, "ordered by mistake"))
        assert isinstance(receipt, Receipt)
        found = await orders.find("W0000002")
        assert (found.state, found.allows) == (OrderState.CANCELLED, frozenset())
        (refund,) = await orders.refunds("W0000002")
        assert (refund.amount, refund.state) == (Decimal("20.10"), RefundState.PAID)
        changed = shop.changed()
        assert changed["orders"]["#W0000002"]["cancel_reason"] == "ordered by mistake"
        assert list(changed["users"]) == ["una_o_kay_1001"]
        (act,) = shop.acts
        assert (act.number, act.type, act.actor) == ("W0000002", "cancel", "talk-1")
        assert act.arguments["reason"] == "ordered by mistake"
        assert act.call == cancel("#W0000002", "ordered by mistake")

    async def test_every_act_ends_as_its_tool_does(self, shop, orders):
        swap = (LineChange("k-red", "k-blue", 1),)
        to = PostalAddress("9 Hill Lane", "", "Galway", "CT", "40002", "Ireland")
        acts = [
            ("W0000001", ChangeAddress(to)),
            ("W0000001", ChangePayment("paypal_1")),
            ("W0000001", ChangeItems(swap, "card_1")),
            ("W0000003", ExchangeItems((LineChange("k-red-2", "k-blue", 1),))),
        ]
        for number, act in acts:
            assert isinstance(await do(orders, number, act, act.type), Receipt)
        calls = [
            move(),
            pay("paypal_1"),
            modify(["k-red"], ["k-blue"]),
            exchange(["k-red"], ["k-blue"]),
        ]
        assert shop.changed() == replay(make_db(), calls).changed
        assert [act.call for act in shop.acts] == calls
        found = await orders.find("W0000001")
        assert (found.state, found.allows) == (
            OrderState.PLACED,
            {"change_address", "change_payment"},
        )

    async def test_return_to_a_gift_card(self, shop, orders):
        lines = (LineReturn("k-red-2", 1, "torn"), LineReturn("o-1", 1))
        assert isinstance(await do(orders, "W0000003", ReturnItems(lines, ZERO, "gift_1")), Receipt)
        expected = replay(make_db(), [give_back(["k-red", "o-1"], "gift_1")]).changed
        assert shop.changed() == expected

    async def test_a_key_does_it_once(self, shop, orders):
        found = await orders.find("W0000001")
        given = ("W0000001", found.version, Cancel(ZERO, "no longer needed"), "once", "talk-1")
        first, second = await orders.perform(*given), await orders.perform(*given)
        assert (first.repeated, second.repeated) == (False, True)
        assert first.reference == second.reference
        assert len(shop.acts) == 1

    @pytest.mark.parametrize(
        "act",
        [
            Cancel(ZERO, "too slow"),
            ChangePayment("gift_1"),
            ChangeItems(()),
            ChangeItems((LineChange("nothing", "k-blue", 1),)),
            OpenCase(CaseKind.DAMAGE, "o-1", "broken", ZERO),
        ],
    )
    async def test_what_the_tools_refuse_is_a_conflict(self, shop, orders, act):
        assert await do(orders, "W0000001", act) == Conflict()
        assert shop.changed() == {"orders": {}, "users": {}}
        assert shop.acts == []

    async def test_another_version_is_a_conflict(self, orders):
        act = Cancel(ZERO, "no longer needed")
        assert await orders.perform("W0000001", "older", act, "k1", "") == Conflict()

    def test_what_is_no_act(self, served, shop):
        given = {"Authorization": "Bearer secret", "Idempotency-Key": "k", "If-Match": '"x"'}
        for path in ("quotes", "acts"):
            answer = httpx.post(f"{served[1]}/orders/W0000001/{path}", headers=given, content="[")
            assert answer.status_code == 422

    async def test_reset(self, shop, orders):
        before = await orders.find("W0000001")
        await do(orders, "W0000001", Cancel(ZERO, "no longer needed"))
        assert (await orders.find("W0000001")).version != before.version
        shop.reset()
        assert await orders.find("W0000001") == before
        assert shop.changed() == {"orders": {}, "users": {}}
        assert shop.acts == []
        assert not (await do(orders, "W0000001", Cancel(ZERO, "no longer needed"))).repeated

    async def test_stop(self):
        shop = RetailShop(make_db(), "secret")
        client = HttpOrderSystem(shop.start(), "secret", timeout=0.5)
        shop.stop()
        with pytest.raises(OrderSystemDown):
            await client.find("W0000001")
        await client.close()


def action(call):
    return {"name": call.name, "arguments": call.arguments}


def write_bench(folder, tasks, expected=None):
    (folder / "db.json").write_text(json.dumps(make_db()))
    entries = [
        {
            "id": name,
            "user_scenario": {
                "instructions": {"known_info": "You are Úna Okay in zip code 40001."}
            },
            "evaluation_criteria": {"actions": [action(c) for c in calls]},
        }
        for name, calls in tasks.items()
    ]
    (folder / "tasks.json").write_text(json.dumps(entries))
    if expected is not None:
        (folder / "expected.jsonl").write_text("\n".join(map(json.dumps, expected)))


class TestFolder:
    def test_facts(self):
        whole = {
            "user_id": "una_o_kay_1001",
            "reason_for_call": "Your name is Úna Okay and your zip code is 40001. You are calm. "
            "Send it to 9 Hill Lane, zip code 40002.",
        }
        found = read_facts(whole)
        assert (found.name, found.zip, found.user_id) == ("Úna Okay", "40001", "una_o_kay_1001")
        known = {"known_info": "Your name is Úna de la Mar and your email is una@okay.example."}
        found = read_facts({**known, "reason_for_call": "New zip code 40002."})
        assert (found.name, found.email, found.zip) == ("Úna de la Mar", "una@okay.example", "")
        assert read_facts({"known_info": None}).name == ""

    def test_a_task_whatever_is_missing(self):
        task = read_task({"id": 7, "user_scenario": "Your name is Úna Okay."})
        assert (task.id, task.facts.name, task.calls) == ("7", "Úna Okay", ())
        told = {"actions": None, "communicate_info": [60.1]}
        assert read_task({"evaluation_criteria": told}).communicate_info == ("60.1",)

    def test_whose_task_it_is(self, tmp_path):
        write_bench(tmp_path, {"a": [cancel()]})
        bench = read_bench(tmp_path)
        assert bench.customer_of(bench.tasks[0]) == "una_o_kay_1001"
        unnamed = read_task({"evaluation_criteria": {"actions": [action(cancel())]}})
        assert bench.customer_of(unnamed) == "una_o_kay_1001"
        assert bench.customer_of(read_task({})) == ""

    def test_splits(self, tmp_path):
        write_bench(tmp_path, {"a": [cancel()], "b": []})
        (tmp_path / "split_tasks.json").write_text('{"test": ["b"]}')
        assert [task.id for task in read_bench(tmp_path).tasks] == ["a", "b"]
        assert [task.id for task in read_bench(tmp_path, "test").tasks] == ["b"]
        (tmp_path / "tasks_test.json").write_text('[{"id": "c"}]')
        assert [task.id for task in read_bench(tmp_path, "test").tasks] == ["c"]

    def replay(self, folder, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["replay", "--tasks", str(folder)])
        return replay_command.main(), capsys.readouterr().out

    def test_replay(self, tmp_path, monkeypatch, capsys):
        calls = {"a": [cancel()], "b": [pay("gift_1")]}
        right = [
            {"id": "a", "changed": replay(make_db(), [cancel()]).changed, "errors": []},
            {
                "id": "b",
                "changed": {"orders": {}, "users": {}},
                "errors": ["modify_pending_order_payment: the gift card is too low"],
            },
        ]
        write_bench(tmp_path, calls, right)
        assert self.replay(tmp_path, monkeypatch, capsys) == (0, "2 of 2 equal\n")
        right[0]["changed"]["orders"]["#W0000001"]["status"] = "pending"
        right[1]["errors"] = []
        write_bench(tmp_path, calls, right)
        code, said = self.replay(tmp_path, monkeypatch, capsys)
        assert code == 1
        assert "a: orders #W0000001\n" in said
        assert said.endswith("0 of 2 equal\n")

    def test_replay_without_expected_states(self, tmp_path, monkeypatch, capsys):
        write_bench(tmp_path, {"a": [cancel()]})
        code, said = self.replay(tmp_path, monkeypatch, capsys)
        assert code == 0
        assert "1 without an expected state" in said


class TestCustomer:
    def test_a_change_of_mind_ends_at_the_wish(self):
        swap = Swap("the Lamp", "Lamp", "black", "white")
        wish = Wish("exchange", "W0000001", ("the Lamp",), (swap,))
        (change,) = changes_of_mind(wish)
        assert change.first.swaps[0].wanted == "white"
        assert (change.line, change.facts["wanted"]) == ("change_variant_alone", "black")

    def test_things_are_added_dropped_and_money_sent_elsewhere(self):
        things = ("the Lamp", "the Clock")
        wish = Wish("return", "W1", things, method="my PayPal", spare="the Rug", other_method="x")
        firsts = {change.line: change.first for change in changes_of_mind(wish)}
        assert firsts["add_item"].things == ("the Lamp",)
        assert firsts["drop_item"].things == (*things, "the Rug")
        assert firsts["change_method"].method == "x"

    def test_what_cannot_have_been_otherwise_is_not(self):
        assert changes_of_mind(Wish("cancel", "W1")) == []
        assert changes_of_mind(Wish("return", "W1", ("the Lamp",))) == []

    def test_an_order_of_somebody_else_is_seen(self, tmp_path):
        task = read_task({"id": "t", "evaluation_criteria": {"actions": []}})
        bench = RetailBench({"orders": {"#W0000001": {"user_id": "b"}}, "users": {}}, (task,))
        call = Call([("hello", "order W0000001 is on its way")])
        assert foreign_orders(bench, task, call) == 1
        asked = Call([("where is W0000001", "order W0000001 is not yours")])
        assert foreign_orders(bench, task, asked) == 0
