"""Words in the customer's language."""

from datetime import datetime, timezone

import pytest

from switchboard.errors import ConfigurationError
from switchboard.shop.catalogue import load_catalogue
from switchboard.shop.speech import load_words

WHEN = datetime(2026, 11, 18, 9, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "Wed 18 November", "Wed 18 November at 09:05"),
        ("zh", "11月18日（周三）", "11月18日（周三）09:05"),
        ("fr", "Wed 18 November", "Wed 18 November at 09:05"),
        (None, "Wed 18 November", "Wed 18 November at 09:05"),
    ],
)
def test_days(phrasebook, language, day, moment):
    speech = phrasebook.speak(language)
    assert (speech.day(WHEN), speech.moment(WHEN)) == (day, moment)


async def test_items_are_named_in_both_languages(phrasebook, shop):
    items = (await shop.find("4711")).items
    assert phrasebook.speak("en").items(items) == "4 x Stoneware mug, 1 x Linen napkins"
    assert phrasebook.speak("zh").items(items) == "炻器马克杯×4、亚麻餐巾×1"


def test_an_unknown_word_is_said_as_it_is(phrasebook):
    assert phrasebook.speak("zh").word("payments", "card") == "银行卡"
    assert phrasebook.speak("zh").word("payments", "Tiderupay") == "Tiderupay"
    assert phrasebook.speak("zh").word("nothing", "x") == "x"


def test_facts_are_worded_in_both_languages(policy):
    assert policy.facts("en")["refunds_card_days"] == "3 to 5"
    assert policy.facts("zh")["refunds_card_days"] == "3 至 5"
    assert policy.facts("zh")["hours_text"] == "周一至周五 09:00-18:00、周六 10:00-16:00"
    assert "爱尔兰" in policy.facts("zh")["delivery_countries"]
    assert policy.facts("zh").keys() == policy.facts("en").keys()


@pytest.mark.parametrize("text", ["- 3", "payments: card", "a: [", "payments: {card: x}"])
def test_broken_words_are_named(tmp_path, text):
    path = tmp_path / "words.yml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"words\.yml"):
        load_words(path)


@pytest.mark.parametrize("text", ["- {sku: A}", "- 3", "- {sku: A, name: x, price: 1}", "a: ["])
def test_a_broken_catalogue_is_named(tmp_path, text):
    path = tmp_path / "catalogue.yml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"catalogue\.yml"):
        load_catalogue(path)


def test_a_shop_may_do_without_both(tmp_path):
    assert load_words(tmp_path / "no.yml") == {}
    assert load_catalogue(tmp_path / "no.yml").entries == ()
