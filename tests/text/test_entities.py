"""What messages name, and the normal form of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.shop.catalogue import Catalogue
from switchboard.shop.products import ProductFinder
from switchboard.text.entities import EntityReader

TODAY = date(2026, 11, 21)  # a Saturday


@pytest.fixture(scope="module")
def reader(catalogue):
    return EntityReader(ProductFinder(catalogue), "IE", "EUR")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is #4711", [("order_number", "4711")]),
        ("TW-4711 and 4712?", [("order_number", "4711"), ("order_number", "4712")]),
        ("订单4711到哪了", [("order_number", "4711")]),
        ("Jo.Brown@example.org", [("email", "jo.brown@example.org")]),
        ("邮箱maya@example.com谢谢", [("email", "maya@example.com")]),
        ("+353 87 555 0101", [("phone", "+353875550101")]),
        ("087 555 0101", [("phone", "+353875550101")]),
        ("手机号13812345678", [("phone", "+8613812345678")]),
        ("00 86 138 1234 5678", [("phone", "+8613812345678")]),
        ("charged 1299 euros", [("amount", "1299.00 EUR")]),
        ("I paid €12.50", [("amount", "12.50 EUR")]),
        ("多扣了129块", [("amount", "129.00 EUR")]),
        ("£5 or ¥30", [("amount", "5.00 GBP"), ("amount", "30.00 CNY")]),
        ("the Stoneware Mugs", [("product", "TB-102")]),
        ("a stonware mug", [("product", "TB-102")]),
        ("cast irn pan", [("product", "KI-201")]),
        ("浴室垫和落地灯", [("product", "BA-502"), ("product", "LV-303")]),
        ("since 2024", []),
        ("a board of 30 x 40", []),
        ("my sofa and the panda", []),
        ("", []),
    ],
)
def test_entities(reader, text, expected):
    assert [(e.kind, e.value) for e in reader.read(text, TODAY)] == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on 2026-11-18", "2026-11-18"),
        ("on 18/11/2026", "2026-11-18"),
        ("bought it 12 May 2025", "2025-05-12"),
        ("on the 5th of November", "2026-11-05"),
        ("on monday", "2026-11-16"),
        ("yesterday", "2026-11-20"),
        ("tomorrow", "2026-11-22"),
        ("three days ago", "2026-11-18"),
        ("two weeks ago", "2026-11-07"),
        ("昨天买的", "2026-11-20"),
        ("前天", "2026-11-19"),
        ("三天前", "2026-11-18"),
        ("两周前", "2026-11-07"),
        ("11月5日", "2026-11-05"),
        ("12月24号", "2025-12-24"),
        ("2026年1月2日", "2026-01-02"),
        ("上周五", "2026-11-13"),
        ("周一", "2026-11-16"),
        ("下周三送", "2026-11-25"),
    ],
)
def test_dates(reader, text, day):
    assert [e.value for e in reader.read(text, TODAY) if e.kind == "date"] == [day]


@pytest.mark.parametrize("text", ["31.02.2026", "13月40日", "2月30日"])
def test_impossible_dates_are_none(reader, text):
    assert [e for e in reader.read(text, TODAY) if e.kind == "date"] == []


@given(
    st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from("0123456789 @.€+-月日周订单a")),
        max_size=300,
    )
)
def test_entities_never_overlap_and_stand_in_the_text(text):
    reader = EntityReader(ProductFinder(Catalogue()), "IE", "EUR")
    end = 0
    for entity in reader.read(text, TODAY):
        assert end <= entity.start < entity.end <= len(text)
        end = entity.end


def test_a_huge_message_is_read_in_part(reader):
    found = reader.read("4711 " * 30_000, TODAY)
    assert 0 < len(found) <= 400
