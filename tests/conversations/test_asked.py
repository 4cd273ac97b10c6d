"""A message beside what was asked and is on offer."""

from __future__ import annotations

import pytest

from switchboard.conversations.asked import Asked, chosen, offers_of

ITEMS = offers_of(
    [
        {"title": "Stoneware bowl set", "payload": '/inform{"product": "TB-103"}'},
        {"title": "Scented candle", "payload": '/inform{"product": "GI-601"}'},
        {"title": "Bath mat", "payload": '/inform{"product": "BA-502"}'},
    ]
)
YES_NO = offers_of(
    [
        {"title": "Yes, please", "payload": '/affirm{"quote": "q7"}'},
        {"title": "No, keep it", "payload": "/deny"},
    ]
)
PERSON = offers_of([{"title": "Talk to a person", "payload": "/contact_human_agent"}])


def sku(text):
    found = chosen(text, Asked(offers=ITEMS))
    return found and found.entities["product"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", "TB-103"),
        ("the first one", "TB-103"),
        ("the second one please", "GI-601"),
        ("第三个", "BA-502"),
        ("last one", "BA-502"),
        ("bath mat", "BA-502"),
        ("Stonware bowl set", "TB-103"),
        ("4", None),
        ("one more", None),
        ("the candle and the mat", None),
    ],
)
def test_a_choice_by_place_or_title(text, wanted):
    assert sku(text) == wanted


def test_a_yes_takes_up_a_single_offer():
    assert chosen("yes please", Asked(offers=PERSON)).intent == "contact_human_agent"
    assert chosen("yes please", Asked(offers=ITEMS)) is None


def test_a_yes_at_a_confirmation_carries_the_quote():
    asked = Asked("return_item_form", "order_confirm", YES_NO, "4730")
    assert chosen("yes", asked).entities == {"quote": "q7"}
    assert chosen("no", asked).intent == "deny"
    assert chosen("yes, the mat", asked) is None
    assert chosen("1", asked) is None
    assert chosen("yes for 4730", asked) is None


def test_links_and_odd_payloads_are_no_offers():
    odd = [{"title": "x", "url": "https://a.example"}, {"payload": "/a{b"}, {"payload": "hello"}]
    assert offers_of(odd) == ()
