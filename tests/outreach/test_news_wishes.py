"""Who wants to be told of what by itself, in the words of different customers."""

from pathlib import Path

import pytest

from switchboard.outreach.news_wishes import stops_news, wishes_in
from switchboard.text.bounded_yaml import read_yaml

HERE = Path(__file__).parent


def cases(name):
    listed = read_yaml((HERE / name).read_text(encoding="utf-8"))
    return [(who, case) for who, said in listed.items() for case in said]


@pytest.mark.parametrize(("who", "case"), cases("wishes.yml"), ids=lambda x: str(x)[:60])
def test_the_words_that_the_patterns_were_made_for(who, case):
    assert sorted(k.value for k in wishes_in(case["text"])) == sorted(case.get("kinds") or [])
    if "stops" in case:
        assert stops_news(case["text"]) is case["stops"]


def test_hostile_texts_are_read_in_time():
    for text in ("tell me " * 50_000, "stop " * 50_000, "don't want " * 50_000, "发货了" * 50_000):
        wishes_in(text)
        stops_news(text)
