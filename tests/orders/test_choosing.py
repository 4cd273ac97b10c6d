"""What customers name in words: lines, variants, means of payment, addresses, order numbers."""

from dataclasses import replace
from decimal import Decimal

import pytest

from switchboard.errors import ConfigurationError
from switchboard.orders.choosing import (
    kept_lines,
    named_lines,
    named_payment,
    read_swaps,
    so_many_of_them,
)
from switchboard.orders.model import Customer, Item, PaymentMethod, ProductLine, Variant
from switchboard.orders.postal import PostalAddress, split_address
from switchboard.text.order_numbers import OrderNumbers


def variant(sku, price, available=True, **options):
    return Variant(sku, options, Decimal(price), available)


JACKET = ProductLine(
    "J",
    "Rain Jacket",
    (
        variant("J1", 80, colour="navy blue", size="M", hood="yes"),
        variant("J2", 82, colour="navy blue", size="L", hood="yes"),
        variant("J3", 79, colour="yellow", size="M", hood="no"),
        variant("J4", 90, colour="yellow", size="L", hood="yes"),
        variant("J5", 70, available=False, colour="red", size="M", hood="yes"),
    ),
)
FLASK = ProductLine(
    "F",
    "Steel Flask",
    (
        variant("F1", 20, volume="500ml", lid="screw-top"),
        variant("F2", 25, volume="1000ml", lid="screw-top"),
        variant("F3", 24, volume="1000ml", lid="flip"),
    ),
)


def item(line, product, sku):
    chosen = product.variant(sku)
    return Item(sku, product.name, 1, chosen.price, True, line, product.id, chosen.options, product)


@pytest.fixture
async def order(shop):
    found = await shop.find("4711")
    lines = (item("a", JACKET, "J1"), item("b", FLASK, "F1"), item("c", JACKET, "J3"))
    return replace(found, items=lines)


@pytest.fixture
def speech(phrasebook):
    return phrasebook.speak("en")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("send the flask back", "b"),
        ("the Steel Flask and the yellow rain jacket", "bc"),
        ("both rain jackets", "ac"),
        ("the rain jacket (navy blue)", "a"),
        ("I want to return everything", "abc"),
        ("all of it except the flask", "ac"),
        ("we unpacked everything, and the flask has to go back", "b"),
        ("the steel flasck please", "b"),
        ("the umbrella", ""),
        ("in a sunny steel flat, the rain jacket (navy blue)", "a"),
        ("the rain jacket (navy blue) and the steel flasck", "ab"),
        ("", ""),
    ],
)
def test_lines_are_named_in_words(order, speech, text, lines):
    assert "".join(i.line for i in named_lines(text, order, speech)) == lines


@pytest.mark.parametrize(
    ("text", "chosen", "left"),
    [
        ("swap the flask for the 1000 ml one", {"b": "F2"}, {}),
        ("swap the flask for one with a flip lid", {}, {}),  # not with 500 ml: see below
        ("the flask -> 1000ml, flip", {"b": "F3"}, {}),
        ("I'd like the same flask again", {"b": "F1"}, {}),
        ("the cheapest flask, please: exchange the flask for the cheapest", {"b": "F1"}, {}),
        ("the flask for the most expensive one", {"b": "F2"}, {}),
        ("just the flask", {}, {}),
    ],
)
def test_variants_are_named_in_words(order, speech, text, chosen, left):
    read = read_swaps(text, [order.items[1]], speech)
    if "flip lid" in text:  # what is named decides, where the rest cannot stay as it is
        assert read.chosen == {"b": "F3"}
        return
    assert (dict(read.chosen), dict(read.open)) == (chosen, left)


def test_several_swaps_in_one_message(order, speech):
    text = "the navy rain jacket for size L, and the steel flask for 1000ml with the flip lid"
    assert read_swaps(text, order.items[:2], speech).chosen == {"a": "J2", "b": "F3"}


def test_an_answer_is_about_what_was_asked(order, speech):
    assert read_swaps("size L", order.items[:2], speech, "a").chosen == {"a": "J2"}
    assert read_swaps("yellow", [order.items[0]], speech, "a").open["a"][0].sku == "J3"
    assert read_swaps("no hood", [order.items[0]], speech, "a").chosen == {"a": "J3"}
    assert read_swaps("red", [order.items[0]], speech, "a").chosen == {}  # sold out


@pytest.mark.parametrize(
    "text", ["x" * 20_000, "the flask " * 2000, "\x00😀" * 500, "，、；" * 3000]
)
def test_hostile_texts_end_soon(order, speech, text):
    named_lines(text, order, speech)
    read_swaps(text, order.items, speech)


METHODS = (
    PaymentMethod("p1", "card", "visa 1234"),
    PaymentMethod("p2", "card", "visa 9876"),
    PaymentMethod("p3", "PayPal"),
    PaymentMethod("p4", "gift card", "77", Decimal(20)),
)


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("my PayPal account", "p3"),
        ("the visa ending in 9876", "p2"),
        ("visa", None),
        ("my card", None),
        ("gift card please", "p4"),
        ("back to the way I paid", "p1"),
        ("礼品卡", "p4"),
        ("p2", "p2"),
        ("bitcoin", None),
    ],
)
def test_means_of_payment_are_named_in_words(order, text, method):
    own = replace(order, payment_method="p1")
    found = named_payment(text, Customer("A", "", "", payment_methods=METHODS), own)
    assert (found.id if found else None) == method


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (
            "953 Park Row, Suite 613, New York, NY, 10064, USA",
            ("953 Park Row", "Suite 613", "New York", "NY", "10064", "USA"),
        ),
        ("12 Long Street, Dublin D04", ("12 Long Street", "", "Dublin", "", "D04", "")),
        ("5 Elm St Apt 4, Denver, CO 80279", ("5 Elm St", "Apt 4", "Denver", "CO", "80279", "")),
        ("Hauptstraße 12, 10115 Berlin", ("Hauptstraße 12", "", "Berlin", "", "10115", "")),
        ("上海市浦东新区世纪大道1号", ("上海市浦东新区世纪大道1号", "", "", "", "", "")),
    ],
)
def test_an_address_has_parts(line, parts):
    address = split_address(line)
    found = (
        address.street,
        address.extra,
        address.city,
        address.region,
        address.postcode,
        address.country,
    )
    assert found == parts
    assert str(address) == line  # what the customer wrote is what they read


def test_an_address_in_parts_is_read_on_one_line():
    address = PostalAddress("1 Quay", "Flat 2", "Cork", "", "T12", "Ireland")
    assert str(address) == "1 Quay, Flat 2, Cork T12, Ireland"


@pytest.mark.parametrize(
    ("form", "text", "number"),
    [
        (r"\d{4,8}", "#4711", "4711"),
        (r"\d{4,8}", "TW-4711", "4711"),
        (r"\d{4,8}", "R102938475", None),  # never cut short
        (r"R\d{9}", "order r102938475 please", "R102938475"),
        (r"[A-Z]{2}-\d{3}-[A-Z]", "it's ab-123-c", "AB-123-C"),
        (r"[A-Z]{2}-\d{3}-[A-Z]", "4711", None),
        (r"W\d{7}", "W1234567 and W7654321", None),
        (r"W\d{7}", "#W1234567", "W1234567"),
        (r"W\d{7}", "W12345678", None),
    ],
)
def test_order_numbers_have_the_shop_s_own_form(form, text, number):
    assert OrderNumbers(form).normal(text) == number


@pytest.mark.parametrize("form", ["(", "", r"\d*"])
def test_a_form_that_is_none_is_told(form):
    with pytest.raises(ConfigurationError):
        OrderNumbers(form)


def test_a_value_of_two_options_means_either(order, speech):
    glasses = ProductLine(
        "G",
        "Sunglasses",
        (
            variant("G1", 50, frame="brown", lens="brown"),
            variant("G2", 50, frame="black", lens="brown"),
            variant("G3", 50, frame="green", lens="green"),
        ),
    )
    mine = item("g", glasses, "G1")
    assert read_swaps("black", [mine], speech, "g").chosen == {"g": "G2"}
    assert read_swaps("green", [mine], speech, "g").chosen == {"g": "G3"}


@pytest.fixture
async def several(order):
    jacket, flask, yellow = order.items
    return replace(order, items=(replace(flask, quantity=4), replace(jacket, quantity=2), yellow))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("return one of the four flasks", "b×1"),
        ("2 of my steel flasks please", "b×2"),
        ("flask x3", "b×3"),
        ("the flasks, just one", "b×1"),
        ("退两个flask", "b×2"),
        ("I bought four flasks, and one flask leaks", "b×1"),
        ("send back the flasks", "b"),
        ("within 2 days the flasks broke", "b"),
        ("order 4722, the flasks", "b"),
        ("9 flasks", "b"),
        ("2 flasks and one navy blue rain jacket", "b×2|a×1"),
    ],
)
def test_part_of_a_line_is_named_by_its_count(several, speech, text, chosen):
    assert several.choice(named_lines(text, several, speech)) == chosen
    assert several.choice(several.lines(chosen)) == chosen


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("only one of them", 1),
        ("two of those leak", 2),
        ("just 3", 3),
        ("只退一个", 1),
        ("其中两个", 2),
        ("only one more question", None),
        ("only 2 days old", None),
        ("only 9", None),
        ("yes", None),
    ],
)
def test_a_count_without_a_name(several, text, count):
    some = so_many_of_them(text, several.items[0])
    assert (some.quantity if some else None) == count


@pytest.mark.parametrize("name", ["b×0", "b×5", "b×", "×1", "b×²", "b×99999999999999999999"])
def test_a_part_that_there_is_not_is_none(several, name):
    assert several.lines(name) == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("not the flask after all", "b"),
        ("keep the flasks, return the rest", "b"),
        ("send the jackets and keep the flask", "b"),
        ("leave the flasks out please", "b"),
        ("I'll hang on to the flask after all", "b"),
        ("don't return the flask, only the jackets", "b"),
        ("flask我还是留着", "b"),
        ("the flask too", ""),
        ("I keep asking", ""),
    ],
)
def test_what_a_customer_keeps(several, speech, text, kept):
    assert "".join(i.line for i in kept_lines(text, several, speech)) == kept


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("swap the flask", "b"),
        ("the flask and the other flask", "bd"),
        ("both flasks", "bd"),
        ("my flasks", "bd"),
        ("the flask and the navy blue rain jacket", "ab"),
    ],
)
def test_of_two_lines_of_one_article_one_is_named(order, speech, text, lines):
    twins = replace(order, items=(*order.items, replace(order.items[1], id="d")))
    assert "".join(sorted(i.line for i in named_lines(text, twins, speech))) == lines
