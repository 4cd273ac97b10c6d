"""A WooCommerce shop as the order system, against a server that speaks its published API."""

import asyncio
import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from switchboard.errors import ConfigurationError, OrderSystemDown, OrderSystemWrong
from switchboard.orders.acts import LineChange, LineReturn, OpenCase
from switchboard.orders.cancellation import Cancel
from switchboard.orders.changes import ChangeAddress, ChangeItems, ChangePayment
from switchboard.orders.invoices import IssueInvoice
from switchboard.orders.model import CaseKind, Conflict, OrderState, RefundState
from switchboard.orders.open_orders import open_order_system
from switchboard.orders.order_system import CustomerQuery, with_choices
from switchboard.orders.postal import PostalAddress, split_address
from switchboard.orders.returns import ExchangeItems, ReturnItems
from switchboard.orders.woocommerce import WooCommerceOrderSystem
from switchboard.settings import load_settings
from tests.fakes.woocommerce_server import NOWHERE, FakeWooCommerce, person

MAYA = person(
    "Maya", "Okafor", "12 Quay Street", "Cork", "T12 AB34", "maya@example.com", "+353 87 555 0123"
)
TOM = person("Tom", "Byrne", "3 Mill Lane", "Sligo", "F91 X2P4", "tom@example.com", "0865550199")
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=timezone.utc)
COMPLETED = {"status": "completed", "date_completed_gmt": "2026-03-03T08:30:00"}


def account(id, billing, email=""):
    email = email or billing["email"]
    names = {key: billing[key] for key in ("first_name", "last_name")}
    return {"id": id, "email": email, **names, "billing": billing, "shipping": dict(NOWHERE)}


@pytest.fixture
def server():
    server = FakeWooCommerce()
    server.add_product(
        50,
        "Tea towel",
        "TT",
        v501=("TT-BLU-M", "12.00", {"Colour": "Blue", "Size": "Medium"}, 9),
        v502=("TT-GRN-M", "14.00", {"Colour": "Green", "Size": "Medium"}, 9),
        v503=("TT-RED-M", "12.00", {"Colour": "Red", "Size": "Medium"}, 0),
        v504=("TT-GRY-M", "12.00", {"Colour": "Grey", "Size": "Medium"}, 1),
    )
    towel = ("Tea towel", "TT-BLU-M", 2, "12.00", 50, 501)
    options = {"Colour": "Blue", "Size": "Medium"}
    mug = ("Stone &amp; clay mug", "MUG-1", 1, "20.00", 60)
    server.add_order(
        4711,
        MAYA,
        [server.line(21, *towel, **options), server.line(22, *mug)],
        customer_id=7,
    )
    server.add_order(4712, TOM, [server.line(31, *mug)], status="on-hold", date_paid_gmt=None)
    server.add_order(
        4713,
        MAYA,
        [server.line(41, *towel, **options), server.line(42, *mug)],
        customer_id=7,
        date_created_gmt="2026-03-02T10:00:00",
        **COMPLETED,
    )
    server.customers[7] = account(7, MAYA)
    yield server
    server.close()


@pytest.fixture
async def book(server):
    book = WooCommerceOrderSystem(server.url, "ck_tea:cs_milk", timeout=3, clock=lambda: NOON)
    yield book
    await book.close()


async def do(book, number, act, key="key-1"):
    version = (await book.find(number)).version
    return await book.perform(number, version, act, key, "conversation-9")


# Reading.


async def test_an_order_is_read_whole(book):
    order = await book.find("4711")
    towel, mug = order.items
    assert (order.number, order.state, order.paid) == ("4711", OrderState.PLACED, True)
    assert (towel.line, towel.sku, towel.name, towel.quantity) == ("21", "TT-BLU-M", "Tea towel", 2)
    assert (towel.unit_price, towel.product_id) == (Decimal("12.00"), "50")
    assert towel.options == {"Colour": "Blue", "Size": "Medium"}
    assert (mug.name, mug.product_id, mug.options) == ("Stone & clay mug", "", {})
    assert (order.total, order.charged, order.delivery_fee) == (
        Decimal("49.00"),
        Decimal("49.00"),
        Decimal("5.00"),
    )
    assert order.placed_at == datetime(2026, 3, 1, 10, tzinfo=timezone.utc)
    assert (order.payment, order.payment_method, order.delivery) == (
        "Card",
        "card_gateway",
        "Flat rate",
    )
    assert order.address == PostalAddress("12 Quay Street", "", "Cork", "", "T12 AB34", "IE")
    customer = order.customer
    assert (customer.name, customer.email, customer.id) == ("Maya Okafor", "maya@example.com", "7")
    assert (customer.phone, customer.postcode) == ("+353 87 555 0123", "T12 AB34")
    assert customer.payment_method("card_gateway").kind == "Card"
    assert order.shipment is None


async def test_a_completed_order_is_delivered_when_it_was_completed(book):
    order = await book.find("4713")
    assert order.state is OrderState.DELIVERED
    assert order.shipment.delivered_at == datetime(2026, 3, 3, 8, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", OrderState.PLACED),
        ("on-hold", OrderState.PLACED),
        ("cancelled", OrderState.CANCELLED),
        ("failed", OrderState.CANCELLED),
        ("refunded", OrderState.DELIVERED),
        ("with-the-courier", OrderState.PACKED),
    ],
)
async def test_each_status_is_a_state(book, server, status, state):
    server.orders[4711]["status"] = status
    assert (await book.find("4711")).state is state


@pytest.mark.parametrize("status", ["trash", "checkout-draft", "auto-draft"])
async def test_a_draft_is_no_order(book, server, status):
    server.orders[4711]["status"] = status
    assert await book.find("4711") is None
    assert [order.number for order in await book.orders_of("7")] == ["4713"]


async def test_what_the_shop_cannot_do_is_not_allowed(book, server):
    can = {
        "cancel",
        "change_items",
        "change_address",
        "return_items",
        "exchange_items",
        "open_case",
    }
    assert (await book.find("4711")).allows == can
    server.orders[4711]["status"] = "with-the-courier"
    assert (await book.find("4711")).allows == {"return_items", "exchange_items", "open_case"}
    server.orders[4711]["status"] = "refunded"
    assert (await book.find("4711")).allows == frozenset()


async def test_an_unknown_order_is_none(book):
    assert await book.find("99999999") is None
    assert await book.refunds("99999999") == []
    assert await book.invoice("4711") is None
    assert isinstance(await book.perform("99999999", "1", Cancel(Decimal(0)), "k", "a"), Conflict)


async def test_a_number_of_a_plugins_is_searched_for(book, server):
    server.orders[4711]["number"] = "WS-1001"
    server.orders[4712]["number"] = "4713"
    assert (await book.find("WS-1001")).customer.name == "Maya Okafor"
    assert (await book.find("4713")).customer.name == "Maya Okafor"
    server.orders[4713]["number"] = "WS-1003"
    assert (await book.find("4713")).customer.name == "Tom Byrne"
    assert await book.find("4711") is None
    assert await book.find("WS-100") is None


@pytest.mark.parametrize(
    "number",
    [
        "4711/refunds",
        "../customers/7",
        "4711?x=1",
        "%2e%2e/4711",
        "4711\n",
        "４７１１",
        "9" * 400,
        "04711",
        "-4711",
        "0",
        "Okafor",
        "",
        " ",
    ],
)
async def test_no_number_leads_elsewhere(book, server, number):
    assert await book.find(number) is None
    asked = {path.partition("?")[0] for path, _ in server.sent("GET")}
    assert asked <= {"/wp-json/wc/v3/orders"}


@pytest.mark.parametrize("id", ["", "0", "7/orders", "../orders/4711", "-7", "x"])
async def test_no_id_leads_elsewhere(book, server, id):
    assert await book.customer(id) is None
    assert await book.orders_of(id) == []
    assert await book.product(id) is None
    assert server.requests == []


async def test_prices_are_with_tax_where_the_shop_enters_them_so(book, server):
    server.tax = Decimal("0.23")
    line = server.line(51, "Bowl", "B", 3, "10.00")
    paid = {"shipping_tax": "1.15", "discount_total": "2.00", "discount_tax": "0.46"}
    server.add_order(4720, MAYA, [line], **paid)
    order = await book.find("4720")
    assert order.items[0].unit_price == Decimal("12.30")
    assert (order.delivery_fee, order.discount) == (Decimal("6.15"), Decimal("2.46"))
    assert order.total == Decimal("43.05")
    server.orders[4720]["prices_include_tax"] = False
    order = await book.find("4720")
    assert (order.items[0].unit_price, order.delivery_fee) == (Decimal("10.00"), Decimal("5.00"))
    assert order.total == Decimal("43.05")


async def test_a_product_has_its_variants(book):
    product = await book.product("50")
    assert (product.id, product.name) == ("50", "Tea towel")
    green = product.variant("TT-GRN-M")
    assert (green.price, green.available, green.stock) == (Decimal("14.00"), True, 9)
    assert green.options == {"Colour": "Green", "Size": "Medium"}
    assert not product.variant("TT-RED-M").available
    assert await book.product("60") is None


async def test_variants_without_a_number_of_their_own_have_their_id(book, server):
    told = ("TT", "12.00", {"Colour": "Blue"}, None)
    same = ("TT-2", "12.00", {"Colour": "Blue"}, None)
    server.add_product(50, "Tea towel", "TT", v501=told, v502=told, v503=same, v504=same)
    skus = [variant.sku for variant in (await book.product("50")).variants]
    assert skus == ["501", "502", "503", "504"]


async def test_a_variant_that_cannot_be_bought_is_not_offered(book, server):
    priceless, hidden, ordered, *_ = server.variations[50]
    priceless["price"] = ""
    hidden["status"] = "private"
    ordered.update(stock_status="onbackorder", backorders_allowed=True)
    product = await book.product("50")
    assert product.variant("TT-BLU-M") is None
    assert not product.variant("TT-GRN-M").available
    assert (product.variant("TT-RED-M").available, product.variant("TT-RED-M").stock) == (
        True,
        None,
    )


async def test_many_variants_are_read_page_by_page(book, server):
    many = {f"v{n}": (f"S{n}", "1.00", {"Size": str(n)}, None) for n in range(1000, 1130)}
    server.add_product(50, "Tea towel", "TT", **many)
    assert len((await book.product("50")).variants) == 130


async def test_an_order_comes_with_its_choices(book):
    order = await with_choices(book, await book.find("4711"))
    assert order.items[0].product.variant(order.items[0].sku).options == order.items[0].options
    assert order.items[1].product is None
    assert order.customer.name == "Maya Okafor"


@pytest.mark.parametrize(
    "query",
    [
        CustomerQuery(email="maya@example.com"),
        CustomerQuery(phone="+353 87 555 0123"),
        CustomerQuery(phone="0875550123"),
        CustomerQuery(name="maya  okafor", postcode="t12ab34"),
        CustomerQuery(email="maya@example.com", postcode="T12 AB34"),
    ],
)
async def test_a_customer_is_found(book, query):
    if query.name:
        query = CustomerQuery(name=query.name.replace("  ", " "), postcode=query.postcode)
    (customer,) = await book.find_customers(query)
    assert (customer.id, customer.name) == ("7", "Maya Okafor")
    assert str(customer.address) == "12 Quay Street, Cork T12 AB34, IE"


@pytest.mark.parametrize(
    "query",
    [
        CustomerQuery(),
        CustomerQuery(email=" "),
        CustomerQuery(name=" ", postcode=" "),
        CustomerQuery(phone="12"),
        CustomerQuery(phone="0123"),
        CustomerQuery(name="Maya Okafor"),
        CustomerQuery(postcode="T12 AB34"),
        CustomerQuery(name="Maya", postcode="T12 AB34"),
        CustomerQuery(name="Maya Okafor", postcode="F91 X2P4"),
        CustomerQuery(email="maya@example.com", postcode="F91 X2P4"),
        CustomerQuery(email="nobody@example.com"),
    ],
)
async def test_nobody_is_found_by_a_part(book, query):
    assert await book.find_customers(query) == []


async def test_a_guest_is_known_by_the_order_alone(book):
    assert (await book.find("4712")).customer.id == ""
    assert await book.find_customers(CustomerQuery(phone="0865550199")) == []


async def test_who_orders_in_anothers_name_is_not_them(book, server):
    server.customers[8] = account(8, TOM)
    server.add_order(4730, MAYA, [server.line(61, "Bowl", "B", 1, "9.00")], customer_id=8)
    found = await book.find_customers(CustomerQuery(name="Maya Okafor", postcode="T12 AB34"))
    assert [customer.id for customer in found] == ["7"]


async def test_orders_come_newest_first(book, server):
    assert [order.number for order in await book.orders_of("7")] == ["4713", "4711"]
    assert await book.orders_of("8") == []
    server.orders[4713]["customer_id"] = 8
    assert [order.number for order in await book.orders_of("7")] == ["4711"]


# Acting.


async def test_cancelling_asks_the_staff_to_pay_back(book, server):
    receipt = await do(book, "4711", Cancel(Decimal("5.00"), "changed my mind"))
    order = await book.find("4711")
    (refund,) = await book.refunds("4711")
    assert order.state is OrderState.CANCELLED
    assert (refund.reference, refund.amount) == (receipt.reference, Decimal("44.00"))
    assert (refund.state, refund.method) == (RefundState.REQUESTED, "Card")
    (note,) = server.notes[4711]
    assert note["customer_note"] is False
    assert receipt.reference in note["note"]
    assert "changed my mind" in note["note"]
    assert "44.00" in note["note"]
    assert "conversation-9" in note["note"]
    assert not any(path.endswith("/refunds") for path, _ in server.sent("POST"))


async def test_an_unpaid_order_is_cancelled_without_money(book):
    await do(book, "4712", Cancel(Decimal("0.00")))
    assert (await book.find("4712")).state is OrderState.CANCELLED
    assert await book.refunds("4712") == []


async def test_quantities_change_at_the_price_that_was_paid(book, server):
    server.orders[4711]["line_items"][0].update(subtotal="24.00", total="18.00")
    await do(book, "4711", ChangeItems((LineChange("21", "TT-BLU-M", 3),)))
    order = await book.find("4711")
    assert (order.items[0].quantity, order.items[0].unit_price) == (3, Decimal("9.00"))
    assert server.orders[4711]["line_items"][0]["subtotal"] == "36.00"
    assert order.total == Decimal("52.00")
    assert "A difference has to be settled by you." in server.notes[4711][0]["note"]


async def test_another_variation_comes_at_its_own_price(book, server):
    server.tax = Decimal("0.20")
    changes = (LineChange("21", "TT-GRN-M", 2), LineChange("22", "MUG-1", 0))
    await do(book, "4711", ChangeItems(changes))
    (towel,) = (await book.find("4711")).items
    assert (towel.sku, towel.quantity, towel.unit_price) == ("TT-GRN-M", 2, Decimal("14.00"))
    assert towel.options == {"Colour": "Green", "Size": "Medium"}


async def test_the_same_variation_by_its_id_stays_the_same_line(book, server):
    for variation in server.variations[50]:
        variation["sku"] = "TT"
    server.orders[4711]["line_items"][0]["sku"] = "TT"
    await do(book, "4711", ChangeItems((LineChange("21", "501", 4),)))
    towel = (await book.find("4711")).items[0]
    assert (towel.line, towel.quantity) == ("21", 4)


@pytest.mark.parametrize(
    "change",
    [
        LineChange("21", "TT-RED-M", 1),  # none left
        LineChange("21", "TT-GRY-M", 2),  # too few left
        LineChange("21", "MUG-1", 1),  # no variation of it
        LineChange("22", "TT-GRN-M", 1),  # a product without variations
        LineChange("77", "TT-GRN-M", 1),
        LineChange("21", "TT-BLU-M", -1),
    ],
)
async def test_what_cannot_be_had_changes_nothing(book, server, change):
    with pytest.raises(OrderSystemWrong):
        await do(book, "4711", ChangeItems((change,)))
    assert server.sent("PUT") == server.sent("POST") == []


async def test_the_address_changes_in_all_its_parts(book, server):
    await do(book, "4711", ChangeAddress(split_address("2 Harbour Road, Apt 4, Galway H91 A1B2")))
    order = await book.find("4711")
    assert order.address == PostalAddress("2 Harbour Road", "Apt 4", "Galway", "", "H91 A1B2", "IE")
    assert server.orders[4711]["shipping"]["first_name"] == "Maya"
    assert order.customer.postcode == "T12 AB34"
    await do(book, "4711", ChangeAddress(split_address("somewhere else entirely")), "key-2")
    assert str((await book.find("4711")).address) == "somewhere else entirely, IE"


@pytest.mark.parametrize(
    ("country", "code"),
    [("Ireland", "IE"), ("USA", "US"), ("the Netherlands", "NL"), ("uk", "GB"), ("fr", "FR")],
)
async def test_a_country_becomes_its_code(book, server, country, code):
    await do(book, "4711", ChangeAddress(PostalAddress("1 Main Street", country=country)))
    assert server.orders[4711]["shipping"]["country"] == code


async def test_a_country_without_a_code_is_not_guessed(book, server):
    with pytest.raises(OrderSystemWrong):
        await do(book, "4711", ChangeAddress(PostalAddress("1 Main Street", country="Atlantis")))
    assert server.sent("PUT") == []


async def test_a_changed_order_is_a_conflict(book, server):
    version = (await book.find("4711")).version
    server.touch(server.orders[4711])
    act = Cancel(Decimal("0.00"))
    assert isinstance(await book.perform("4711", version, act, "key-1", "maya"), Conflict)
    assert server.sent("PUT") == server.sent("POST") == []


async def test_two_changes_within_a_second_have_two_versions(book, server):
    server.clock_stands = True
    server.touch(server.orders[4711])
    before = (await book.find("4711")).version
    assert (await book.find("4711")).version == before
    await do(book, "4711", OpenCase(CaseKind.DAMAGE, "MUG-1", "cracked", Decimal("0.00")))
    assert (await book.find("4711")).version != before


async def test_the_same_key_acts_once(book, server):
    version = (await book.find("4711")).version
    act = Cancel(Decimal("0.00"))
    first = await book.perform("4711", version, act, "key-1", "maya")
    second = await book.perform("4711", version, act, "key-1", "maya")
    assert (first.repeated, second.repeated) == (False, True)
    assert first.reference == second.reference
    assert len(server.sent("PUT")) == len(server.sent("POST")) == 1


async def test_many_at_once_act_once(book, server):
    version = (await book.find("4711")).version
    act = ChangeItems((LineChange("22", "MUG-1", 2),))
    results = await asyncio.gather(
        *(book.perform("4711", version, act, f"key-{i % 2}", "maya") for i in range(6))
    )
    done = [r for r in results if not isinstance(r, Conflict) and not r.repeated]
    assert len(done) == len(server.sent("PUT")) == 1


async def test_several_returns_are_one_request(book, server):
    lines = (LineReturn("41", 2, "too <b>small</b>"), LineReturn("42", 1))
    receipt = await do(book, "4713", ReturnItems(lines, Decimal("44.00"), ""))
    order = await book.find("4713")
    assert [(c.reference, c.kind, c.sku, c.opened_at) for c in order.cases] == [
        (receipt.reference, CaseKind.RETURN, "TT-BLU-M", NOON),
        (receipt.reference, CaseKind.RETURN, "MUG-1", NOON),
    ]
    (refund,) = await book.refunds("4713")
    assert (refund.amount, refund.state) == (Decimal("44.00"), RefundState.REQUESTED)
    (note,) = server.notes[4713]
    assert "2 x Tea towel (Blue, Medium; TT-BLU-M): too &lt;b&gt;small&lt;/b&gt;" in note["note"]
    assert (order.state, order.total) == (OrderState.DELIVERED, Decimal("49.00"))
    ((_, sent),) = server.sent("PUT")
    assert set(sent) == {"meta_data"}


async def test_an_exchange_is_a_request(book, server):
    await do(book, "4713", ExchangeItems((LineChange("41", "TT-GRN-M", 2),)))
    (case,) = (await book.find("4713")).cases
    assert (case.kind, case.sku) == (CaseKind.EXCHANGE, "TT-BLU-M")
    assert "now 2 x TT-GRN-M" in server.notes[4713][0]["note"]
    assert await book.refunds("4713") == []


@pytest.mark.parametrize("kind", list(CaseKind))
async def test_a_case_is_read_back(book, server, kind):
    text = "näher: 'quoted' \"twice\" \\ 😀\nnext line"
    receipt = await do(book, "4713", OpenCase(kind, "MUG-1", text, Decimal("20.00")))
    (case,) = (await book.find("4713")).cases
    assert (case.reference, case.kind, case.sku) == (receipt.reference, kind, "MUG-1")
    (refund,) = await book.refunds("4713")
    assert refund.amount == Decimal("20.00")
    kept = {entry["key"]: entry["value"] for entry in server.orders[4713]["meta_data"]}
    assert json.loads(kept[f"_switchboard_case_{case.reference}"])["cases"][0]["text"] == text
    assert kept["_switchboard_act_key-1"] == case.reference


async def test_cases_add_up(book):
    await do(book, "4713", OpenCase(CaseKind.DAMAGE, "MUG-1", "cracked", Decimal("0.00")), "key-1")
    await do(book, "4713", OpenCase(CaseKind.REFUND, None, "late", Decimal("5.00")), "key-2")
    cases = (await book.find("4713")).cases
    assert [(case.kind, case.sku) for case in cases] == [
        (CaseKind.DAMAGE, "MUG-1"),
        (CaseKind.REFUND, None),
    ]


async def test_a_refund_that_was_made_settles_its_request(book, server):
    act = OpenCase(CaseKind.REFUND, None, "late", Decimal("5.00"))
    await do(book, "4713", act, "key-1")
    second = await do(book, "4713", act, "key-2")
    server.pay_back(4713, "1.00", "2026-03-04T08:00:00")  # before either was asked for
    server.pay_back(4713, "5.00", "2026-03-06T08:00:00", f"as asked, {second.reference}")
    states = [refund.state for refund in await book.refunds("4713")]
    assert states == [RefundState.PAID, RefundState.REQUESTED, RefundState.PAID]
    assert second.reference not in [refund.reference for refund in await book.refunds("4713")]
    server.pay_back(4713, "5.00", "2026-03-07T08:00:00")
    refunds = await book.refunds("4713")
    assert [(r.amount, r.state) for r in refunds] == [
        (Decimal("5.00"), RefundState.PAID),
        (Decimal("5.00"), RefundState.PAID),
        (Decimal("1.00"), RefundState.PAID),
    ]


@pytest.mark.parametrize("act", [ChangePayment("other"), IssueInvoice()])
async def test_what_the_api_cannot_do_is_refused(book, server, act):
    assert act.type not in (await book.find("4711")).allows
    with pytest.raises(OrderSystemWrong):
        await do(book, "4711", act)
    assert server.sent("PUT") == server.sent("POST") == []


async def test_the_policy_decides_what_an_act_costs(book):
    assert await book.quote(await book.find("4711"), Cancel(Decimal("0.00"))) is None


# What can go wrong on the way.


async def test_reading_is_retried(book, server):
    server.fault = "flaky"
    assert (await book.find("4711")).number == "4711"
    assert len(server.requests) == 3


async def test_an_act_is_never_sent_twice(book, server):
    server.fault = "busy_writes"
    with pytest.raises(OrderSystemDown):
        await do(book, "4711", Cancel(Decimal("0.00")))
    assert len(server.sent("POST")) == 1
    assert server.sent("PUT") == []
    assert server.orders[4711]["status"] == "processing"


async def test_an_act_whose_answer_is_lost_is_known_by_its_key(book, server):
    version = (await book.find("4711")).version
    act = Cancel(Decimal("0.00"))
    server.fault = "lost_puts"
    with pytest.raises(OrderSystemDown):
        await book.perform("4711", version, act, "key-1", "maya")
    assert len(server.sent("PUT")) == 1
    assert (await book.perform("4711", version, act, "key-1", "maya")).repeated
    assert len(server.sent("PUT")) == 1


async def test_an_act_that_was_not_kept_is_an_error(book, server):
    server.fault = "deaf_writes"
    with pytest.raises(OrderSystemWrong):
        await do(book, "4711", Cancel(Decimal("0.00")))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("slow", OrderSystemDown),
        ("broken", OrderSystemDown),
        ("not_json", OrderSystemWrong),
        ("wrong_shape", OrderSystemWrong),
        ("other_order", OrderSystemWrong),
        ("no_api", OrderSystemWrong),
    ],
)
async def test_each_fault_has_its_error(server, fault, error):
    server.fault, server.delay = fault, 1.5
    book = WooCommerceOrderSystem(server.url, "ck_tea:cs_milk", timeout=0.4)
    with pytest.raises(error):
        await book.find("4711")
    await book.close()


@pytest.mark.parametrize("fault", ["not_json", "wrong_shape"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda book: book.customer("7"),
        lambda book: book.orders_of("7"),
        lambda book: book.product("4711"),
        lambda book: book.refunds("4711"),
        lambda book: book.find_customers(CustomerQuery(email="maya@example.com")),
        lambda book: book.find_customers(CustomerQuery(phone="0875550123")),
    ],
)
async def test_no_fault_is_read_as_nothing(book, server, ask, fault):
    server.fault = fault
    with pytest.raises(OrderSystemWrong):
        await ask(book)


@pytest.mark.parametrize(
    "broken",
    [
        {"total": "much"},
        {"total": "NaN"},
        {"date_created_gmt": None},
        {"line_items": None},
        {"billing": []},
        {"meta_data": [{"key": "_switchboard_case_R-1", "value": "{"}]},
    ],
)
async def test_a_broken_order_is_an_error(book, server, broken):
    version = (await book.find("4711")).version
    server.orders[4711].update(broken)
    with pytest.raises(OrderSystemWrong):
        await book.find("4711")
    with pytest.raises(OrderSystemWrong):
        await book.perform("4711", version, Cancel(Decimal("0.00")), "key-1", "maya")


async def test_a_shop_that_is_away():
    book = WooCommerceOrderSystem("http://127.0.0.1:9", "ck_tea:cs_milk", timeout=1)
    with pytest.raises(OrderSystemDown):
        await book.find("4711")
    await book.close()


async def test_wrong_credentials_are_an_error(server):
    book = WooCommerceOrderSystem(server.url, "ck_tea:cs_guess", timeout=1)
    with pytest.raises(OrderSystemWrong, match="401"):
        await book.find("4711")
    await book.close()


@pytest.mark.parametrize("token", ["", "ck_tea", "ck_tea:", ":cs_milk"])
def test_a_token_is_a_key_and_a_secret(token):
    with pytest.raises(ConfigurationError, match="consumer_key:consumer_secret"):
        WooCommerceOrderSystem("https://shop.example", token)


@pytest.mark.parametrize("path", ["", "/", "/wp-json/wc/v3", "/wp-json/wc/v3/"])
async def test_the_address_may_name_the_api(server, path):
    book = WooCommerceOrderSystem(server.url + path, "ck_tea:cs_milk", timeout=1)
    assert (await book.find("4711")).number == "4711"
    await book.close()


def test_the_settings_choose_it():
    settings = {
        "SWITCHBOARD_ORDERS_URL": "https://shop.example",
        "SWITCHBOARD_ORDERS_TOKEN": "ck_tea:cs_milk",
        "SWITCHBOARD_ORDERS_CONTRACT": "woocommerce",
    }
    assert isinstance(open_order_system(load_settings(settings)), WooCommerceOrderSystem)
