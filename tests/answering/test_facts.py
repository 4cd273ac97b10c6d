"""Facts of a text, compared by value and unit."""

import pytest

from switchboard.answering.facts import unknown_facts


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Within thirty days", "30 days"),
        ("三十天内", "签收后 30 天内"),
        ("3-5 working days", "3 to 5 working days"),
        ("4,90 € for the label", "the label costs €4.90"),
        ("加急 €9.90，1 至 2 个工作日", "€9.90，1 至 2 个工作日"),
        ("one of our people", "nothing"),
        ("write to help@tidewick.example.", "help@tidewick.example"),
        ("two weeks", "14 days"),
        ("a fortnight", "14 days"),
        ("半年", "6 个月"),
        ("卅天", "30 天"),
        ("贰佰元", "200 元"),
        ("within XIV days", "14 days"),
        ("from 9 am to 6 p.m.", "09:00 to 18:00"),
        ("上午9点到下午6点", "09:00 至 18:00"),
        ("before noon", "before 12 pm"),
        ("一周", "7 天"),
        ("half a year", "6 months"),
        ("an hour", "60 minutes"),
        ("a year", "12 months"),
        ("call [phone_1]", "call [phone_1]"),
    ],
)
def test_the_same_fact_in_other_words(text, known):
    assert unknown_facts(text, known) == set()


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("30% off", "30 days"),
        ("打五折", "5 天"),
        ("ninety percent", "90 days"),
        ("twenty-five euros", "25 days"),
        ("half price", "price"),
        ("退两倍的钱", "退钱"),
        ("code SAVE50", "code"),
        ("call [phone_1]", "call"),
        ("in 14 years", "14 days"),
        ("warranty is 1 year", "warranty is 2 years"),
        ("costs €1", "costs €3.90"),
        ("保修一年", "保修 2 年"),
        ("within a week", "within 14 days"),
        ("3 to 5 days", "3 to 5 working days"),
        ("半年", "1 年"),
        ("within XXX days", "14 days"),
        ("open from 8 am", "open from 09:00"),
        ("一小时内", "60 天"),
    ],
)
def test_another_fact(text, known):
    assert unknown_facts(text, known)


@pytest.mark.parametrize(
    "link",
    [
        "see evil.example/pay",
        "see //Evil.COM",
        "see bit.LY/x",
        "see evil.рф",
        "see HTTP://EVIL.EXAMPLE",
        "see ftp://evil.example",
        "see www.evil.example",
        "见 evil.中国",
        "see e\u200bvil.example",
        "see ｅｖｉｌ.example",
    ],
)
def test_a_link_is_a_fact_however_it_is_written(link):
    assert unknown_facts(link, "see nothing")
