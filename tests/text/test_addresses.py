"""Where an address stands in what a customer writes."""

from __future__ import annotations

import pytest

from switchboard.text.addresses import find_address, read_address

BERLIN, SHANGHAI = "Hauptstraße 12, 10115 Berlin", "上海市静安区南京西路100号3楼"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("12 Harbour Row, D02 X285 Dublin", True),
        ("都柏林港湾路12号3楼", True),
        ("Dublin", False),
        ("搬家了", False),
        ("", False),
        (" 1 2 3 4 5 6 7 8 ", False),
    ],
)
def test_an_address_is_told_from_other_text(text, good):
    assert (read_address(text) is not None) == good


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ("My new address is 5 Mill Lane", "5 Mill Lane"),
        (f"{BERLIN} please", BERLIN),
        (f"no, it's {BERLIN}", BERLIN),
        ("Lyon 69002, 5 rue Pasteur", "Lyon 69002, 5 rue Pasteur"),
        ("12 long street, dublin d04", "12 long street, dublin d04"),
        (f"您好，新地址是：{SHANGHAI}，麻烦您了", SHANGHAI),
        (f"地址 {SHANGHAI} 别写错了", SHANGHAI),
        ("It is 3 Quay Street, Sligo F91. Kind regards, and thanks.", "3 Quay Street, Sligo F91"),
        ("12 St. Anne's Rd., Cork T23", "12 St. Anne's Rd., Cork T23"),
        ("Gartenstr. 9, 50667 Köln", "Gartenstr. 9, 50667 Köln"),
    ],
)
def test_an_answer_is_kept_without_what_introduces_it(answer, address):
    assert read_address(answer) == address


@pytest.mark.parametrize(
    ("wish", "address"),
    [
        (f"send order 4720 to {BERLIN} instead", BERLIN),
        (f"could 4720 go to my mother's, that's {BERLIN}.", BERLIN),
        (f"订单 4720 改送 {SHANGHAI}，谢谢", SHANGHAI),
        ("change the address of order 4720", None),
        ("deliver 4720 to my office please", None),
        (
            "Ship 4720 to 3 Quay Street, Sligo F91. Never mind the old one",
            "3 Quay Street, Sligo F91",
        ),
        ("Need 3 of the mugs in 4720 please", None),
        (f"4720转寄{SHANGHAI}", SHANGHAI),
        (f"4720改发到{SHANGHAI}", SHANGHAI),
        ("4720 换个地址", None),
    ],
)
def test_a_wish_may_name_it(wish, address):
    assert find_address(wish) == address
