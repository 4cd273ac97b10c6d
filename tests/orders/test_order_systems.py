"""One suite for every order system: the embedded one, and the same behind HTTP."""

import asyncio
import json
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from switchboard.errors import OrderSystemDown, OrderSystemWrong
from switchboard.orders import demo_tables as t
from switchboard.orders.acts import ACTS, LineChange, LineReturn, OpenCase
from switchboard.orders.cancellation import Cancel
from switchboard.orders.changes import ChangeAddress, ChangeItems, ChangePayment
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.orders.http_orders import HttpOrderSystem
from switchboard.orders.http_orders_v1 import FirstVersionOrderSystem
from switchboard.orders.invoices import IssueInvoice
from switchboard.orders.model import CaseKind, Conflict, OrderState, RefundState
from switchboard.orders.open_orders import open_order_system
from switchboard.orders.order_system import CustomerQuery, act_key, with_choices
from switchboard.orders.postal import split_address
from switchboard.orders.returns import ReturnItems
from switchboard.orders.withdrawal import Withdraw
from switchboard.settings import load_settings
from tests.fakes.order_server import FakeOrderSystem


def quantity(line, count):
    return ChangeItems((LineChange(line, line, count),))


@pytest.fixture
def order_system(shop):
    server = FakeOrderSystem(shop)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "http"])
async def book(request, shop, order_system):
    if request.param == "sqlite":
        yield shop
    else:
        remote = HttpOrderSystem(order_system.url, "secret", timeout=3)
        yield remote
        await remote.close()


async def test_an_order_is_read_whole(book):
    order = await book.find("4730")
    assert order.customer.email == "sofia@example.com"
    assert order.state is OrderState.DELIVERED
    assert [item.sku for item in order.items] == ["TB-103", "GI-601", "BA-502"]
    assert order.shipment.delivered_at is not None
    assert order.total == Decimal("112.00")


async def test_an_unknown_order_is_none(book):
    assert await book.find("99999999") is None
    assert await book.refunds("99999999") == []
    assert await book.invoice("99999999") is None


async def test_cancelling_refunds_and_counts_the_version(book):
    receipt = await book.perform("4711", "1", Cancel(Decimal("5.00")), "key-1", "maya")
    order = await book.find("4711")
    (refund,) = await book.refunds("4711")
    assert (order.state, order.version) == (OrderState.CANCELLED, "2")
    assert refund.reference == receipt.reference
    assert (refund.amount, refund.state) == (Decimal("75.90"), RefundState.APPROVED)


async def test_the_same_key_acts_once(book, shop):
    first = await book.perform("4711", "1", Cancel(Decimal("5.00")), "key-1", "maya")
    second = await book.perform("4711", "1", Cancel(Decimal("5.00")), "key-1", "maya")
    assert (first.repeated, second.repeated) == (False, True)
    assert first.reference == second.reference
    with shop.engine.connect() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(t.acts)).scalar_one() == 1


async def test_many_at_once_act_once(book, shop):
    acts = [
        book.perform("4720", "1", quantity("TB-101", 3), f"key-{i % 3}", "tom") for i in range(12)
    ]
    results = await asyncio.gather(*acts)
    done = [r for r in results if not isinstance(r, Conflict) and not r.repeated]
    assert len(done) == 1
    assert (await book.find("4720")).version == "2"


async def test_a_changed_order_is_a_conflict(book):
    await book.perform(
        "4720", "1", ChangeAddress(split_address("2 Quay Street, Cork T12")), "key-1", "tom"
    )
    assert isinstance(await book.perform("4720", "1", Cancel(Decimal(0)), "key-2", "tom"), Conflict)
    assert (await book.find("4720")).state is OrderState.PLACED


async def test_items_change_and_go(book):
    await book.perform("4711", "1", quantity("TB-102", 2), "key-1", "maya")
    await book.perform("4711", "2", quantity("TB-104", 0), "key-2", "maya")
    order = await book.find("4711")
    assert [(i.sku, i.quantity) for i in order.items] == [("TB-102", 2)]


async def test_the_address_changes(book):
    await book.perform(
        "4720", "1", ChangeAddress(split_address("2 Quay Street, Cork T12")), "key-1", "tom"
    )
    assert str((await book.find("4720")).address) == "2 Quay Street, Cork T12"


@pytest.mark.parametrize("kind", list(CaseKind))
async def test_a_case_is_opened(book, kind):
    act = OpenCase(kind, "TB-103", "näher: 'quoted' 😀", Decimal("38.10"))
    receipt = await book.perform("4730", "1", act, f"key-{kind.value}", "sofia")
    (case,) = (await book.find("4730")).cases
    assert (case.reference, case.kind, case.sku) == (receipt.reference, kind, "TB-103")
    (refund,) = await book.refunds("4730")
    assert refund.state is RefundState.REQUESTED


async def test_a_request_is_taken_back(book):
    act = OpenCase(CaseKind.RETURN, "TB-103", "too big", Decimal("38.10"))
    receipt = await book.perform("4730", "1", act, "key-1", "sofia")
    (case,) = (await book.find("4730")).cases
    assert case.withdrawable
    await book.perform("4730", "2", Withdraw(receipt.reference), "key-2", "sofia")
    assert (await book.find("4730")).cases == ()
    assert await book.refunds("4730") == []


async def test_an_invoice_is_issued_once(book):
    assert await book.invoice("4711") is None
    first = await book.perform("4711", "1", IssueInvoice(), "key-1", "maya")
    second = await book.perform("4711", "2", IssueInvoice(), "key-2", "maya")
    invoice = await book.invoice("4711")
    assert first.reference == second.reference == invoice.number
    assert invoice.total == Decimal("80.90")


async def test_every_act_is_on_the_audit_trail(book, shop):
    await book.perform("4711", "1", Cancel(Decimal("5.00")), "key-1", "conversation-7")
    with shop.engine.connect() as db:
        row = db.execute(sa.select(t.acts)).mappings().one()
    assert (row["kind"], row["order_number"], row["actor"]) == ("cancel", "4711", "conversation-7")
    assert '"fee": "5.00"' in row["details"]


# What only a remote system can do wrong.


async def test_reading_is_retried(order_system):
    order_system.fault = "flaky"
    book = HttpOrderSystem(order_system.url, "secret", timeout=3)
    assert (await book.find("4711")).number == "4711"
    assert len(order_system.requests) == 3
    await book.close()


async def test_an_act_is_never_sent_twice(order_system):
    order_system.fault = "flaky"
    book = HttpOrderSystem(order_system.url, "secret", timeout=3)
    with pytest.raises(OrderSystemDown):
        await book.perform("4711", "1", Cancel(Decimal(0)), "key-1", "maya")
    assert len(order_system.requests) == 1
    _, _, headers, _ = order_system.requests[0]
    assert (headers["idempotency-key"], headers["if-match"]) == ("key-1", '"1"')
    await book.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("slow", OrderSystemDown),
        ("broken", OrderSystemDown),
        ("not_json", OrderSystemWrong),
        ("wrong_shape", OrderSystemWrong),
        ("other_order", OrderSystemWrong),
    ],
)
async def test_each_fault_has_its_error(order_system, fault, error):
    order_system.fault, order_system.delay = fault, 2
    book = HttpOrderSystem(order_system.url, "secret", timeout=0.5)
    with pytest.raises(error):
        await book.find("4711")
    await book.close()


async def test_a_system_that_is_away():
    book = HttpOrderSystem("http://127.0.0.1:9", "", timeout=1)
    with pytest.raises(OrderSystemDown):
        await book.find("4711")
    await book.close()


async def test_a_wrong_token_is_an_error(order_system):
    book = HttpOrderSystem(order_system.url, "guess", timeout=1)
    with pytest.raises(OrderSystemWrong, match="401"):
        await book.find("4711")
    await book.close()


async def test_a_locked_database_is_down(shop, tmp_path):
    shop.engine.dispose()
    Path(shop.engine.url.database).write_bytes(b"this is no database at all" * 100)
    with pytest.raises(OrderSystemDown):
        await shop.find("4711")


def test_the_settings_choose(tmp_path):
    local = open_order_system(
        load_settings({"SWITCHBOARD_ORDERS_URL": f"sqlite:///{tmp_path}/s.db"})
    )
    remote = {"SWITCHBOARD_ORDERS_URL": "https://orders.example"}
    first = open_order_system(load_settings(remote))
    second = open_order_system(load_settings({**remote, "SWITCHBOARD_ORDERS_CONTRACT": "2"}))
    assert isinstance(local, SqliteOrderSystem)
    assert type(first) is FirstVersionOrderSystem
    assert type(second) is HttpOrderSystem


def test_a_repeated_yes_has_the_same_key_and_a_new_wish_another():
    key = act_key("maya", "4711", "1", Cancel(Decimal("5.00")))
    assert key == act_key("maya", "4711", "1", Cancel(Decimal("5.00")))
    assert key != act_key("maya", "4711", "2", Cancel(Decimal("5.00")))
    assert key != act_key("tom", "4711", "1", Cancel(Decimal("5.00")))


@pytest.mark.parametrize("name", ["openapi.yml", "openapi_v1.yml"])
def test_the_contract_is_valid_openapi(name):
    from openapi_spec_validator import validate_spec

    path = Path(__file__).parents[2] / "switchboard" / "orders" / name
    validate_spec(yaml.safe_load(path.read_text()))


def test_the_contract_names_every_act_and_no_other():
    path = Path(__file__).parents[2] / "switchboard" / "orders" / "openapi.yml"
    schemas = yaml.safe_load(path.read_text())["components"]["schemas"]
    assert set(schemas["Act"]["discriminator"]["mapping"]) == set(ACTS)
    for name, act in ACTS.items():
        schema = schemas[schemas["Act"]["discriminator"]["mapping"][name].split("/")[-1]]
        assert set(schema["properties"]) == {"type", *(field.name for field in fields(act))}


def test_the_demo_shop_is_as_large_and_as_varied_as_promised(shop):
    with shop.engine.connect() as db:
        count = lambda table: db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()  # noqa: E731
        assert (count(t.customers), count(t.orders)) == (300, 1500)
        states = set(db.execute(sa.select(t.orders.c.state).distinct()).scalars())
    assert states == {state.value for state in OrderState}


def test_seeding_is_reproducible(shop, tmp_path):
    from switchboard.clock import utc_now
    from switchboard.orders.demo_seed import seed
    from tests.conftest import DATA

    other = SqliteOrderSystem(f"sqlite:///{tmp_path}/other.db")
    seed(other.engine, DATA, utc_now())
    query = sa.select(t.orders.c.number, t.orders.c.state, t.orders.c.address, t.orders.c.payment)
    with shop.engine.connect() as one, other.engine.connect() as two:
        assert one.execute(query).all() == two.execute(query).all()


async def test_customers_are_found_by_what_is_on_file(book):
    for query in (
        CustomerQuery(email="MAYA@example.com"),
        CustomerQuery(phone="087 555 0101"),
        CustomerQuery(name="maya lindqvist", postcode=(await postcode_of(book))),
    ):
        (found,) = await book.find_customers(query)
        assert found.name == "Maya Lindqvist"
        assert [method.kind for method in found.payment_methods][:2] == ["card", "PayPal"]
    assert await book.find_customers(CustomerQuery()) == []
    assert await book.find_customers(CustomerQuery(email="nobody@example.com")) == []


async def postcode_of(book):
    return (await book.find("4711")).customer.postcode


async def test_a_customer_s_orders_are_told_newest_first(book):
    maya = (await book.find("4711")).customer
    orders = await book.orders_of(maya.id)
    assert [order.number for order in orders] == ["4711", "4712", "4713"]
    assert await book.customer("no-such") is None


async def test_a_product_is_told_with_its_variants(book):
    mug = await book.product("TB-102")
    assert mug.variant("TB-102-BL").options == {"colour": "blue", "size": "large"}
    assert mug.variant("TB-102-BL").price == Decimal("17.50")
    assert not mug.variant("TB-102-GS").available
    assert await book.product("no-such") is None


async def test_several_lines_change_at_once(book):
    swap = LineChange("TB-102", "TB-102-BL", 2)
    out = LineChange("TB-104", "TB-104", 0)
    await book.perform("4711", "1", ChangeItems((swap, out)), "key-1", "maya")
    (item,) = (await book.find("4711")).items
    assert (item.sku, item.quantity, item.unit_price) == ("TB-102-BL", 2, Decimal("17.50"))
    assert item.options == {"colour": "blue", "size": "large"}


async def test_several_lines_go_back_in_one_act(book):
    lines = (LineReturn("TB-103", 1, "too big"), LineReturn("BA-502", 1, "wrong colour"))
    act = ReturnItems(lines, Decimal("66.10"))
    receipt = await book.perform("4730", "1", act, "key-1", "sofia")
    cases = (await book.find("4730")).cases
    assert [(case.sku, case.reference) for case in cases] == [
        ("TB-103", receipt.reference),
        ("BA-502", receipt.reference),
    ]
    (refund,) = await book.refunds("4730")
    assert refund.amount == Decimal("66.10")


async def test_another_means_of_payment(book):
    method = (await book.customer((await book.find("4711")).customer.id)).payment_methods[1]
    await book.perform("4711", "1", ChangePayment(method.id), "key-1", "maya")
    order = await book.find("4711")
    assert (order.payment, order.payment_method) == ("PayPal", method.id)


async def test_choices_come_with_an_order(book):
    order = await with_choices(book, await book.find("4711"))
    assert len(order.items[0].product.variants) == 5
    assert order.items[1].product is None
    assert len(order.customer.payment_methods) >= 2


async def test_a_number_is_one_part_of_a_path(order_system):
    book = HttpOrderSystem(order_system.url, "secret", timeout=1)
    assert await book.find("../customers/1") is None
    assert order_system.requests[-1][1] == "/orders/..%2Fcustomers%2F1"
    await book.close()


# Version 1 of the contract, through its adapter.


@pytest.fixture
async def first(order_system):
    order_system.version = 1
    book = FirstVersionOrderSystem(order_system.url, "secret", timeout=3)
    yield book
    await book.close()


async def test_version_1_is_read_as_before(first):
    order = await first.find("4711")
    assert (order.number, order.version, order.customer.id) == ("4711", "1", "")
    assert str(order.address).count(",") >= 1
    assert [item.line for item in order.items] == ["TB-102", "TB-104"]
    assert not first.finds_customers
    assert await first.find_customers(CustomerQuery(email="maya@example.com")) == []
    assert await first.orders_of("1") == []
    assert await first.product("TB-102") is None


async def test_version_1_changes_one_line_after_the_other(first, order_system):
    both = (LineChange("TB-102", "TB-102", 2), LineChange("TB-104", "TB-104", 0))
    receipt = await first.perform("4711", "1", ChangeItems(both), "key-1", "maya")
    assert not receipt.repeated
    order = await first.find("4711")
    assert [(item.sku, item.quantity) for item in order.items] == [("TB-102", 2)]
    sent = [json.loads(body) for method, _, _, body in order_system.requests if method == "POST"]
    assert [act["type"] for act in sent] == ["change_item", "change_item"]
    again = await first.perform("4711", "1", ChangeItems(both), "key-1", "maya")
    assert again.repeated
    assert again.reference == receipt.reference
    assert (await first.find("4711")).version == order.version


async def test_version_1_opens_a_case_for_each_line(first):
    lines = (LineReturn("TB-103", 1, "too big"), LineReturn("BA-502", 1, "too big"))
    await first.perform("4730", "1", ReturnItems(lines, Decimal("66.10")), "key-1", "sofia")
    order = await first.find("4730")
    assert [(case.kind, case.sku) for case in order.cases] == [
        (CaseKind.RETURN, "TB-103"),
        (CaseKind.RETURN, "BA-502"),
    ]
    (refund,) = await first.refunds("4730")
    assert refund.amount == Decimal("66.10")


async def test_version_1_has_no_variants_and_says_so(first):
    swap = ChangeItems((LineChange("TB-102", "TB-102-BL", 2),))
    with pytest.raises(OrderSystemWrong, match="variants"):
        await first.perform("4711", "1", swap, "key-1", "maya")
    with pytest.raises(OrderSystemWrong, match="change_payment"):
        await first.perform("4711", "1", ChangePayment("P1-2"), "key-2", "maya")
    assert (await first.find("4711")).version == "1"
