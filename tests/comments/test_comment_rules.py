"""The shop's rules for comments: what is read, and what is told of a mistake."""

import pytest
import yaml

from switchboard.comments.comment_rules import CommentRules, load_comment_rules
from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT as ROOT
from switchboard.shop.policy import load_policy
from tests.comments.conftest import switched_on


def load(folder):
    return load_comment_rules(folder, load_policy(folder / "policy.yml"))


def test_comments_are_off_as_delivered():
    rules = load(ROOT / "data")
    assert not rules.anywhere
    assert not any(rules.hide.values())
    assert rules.answers["delivery_period"]["en"].startswith("Standard delivery takes 3 to 5")
    assert "？" not in rules.answers["delivery_period"]["zh"]


def test_without_the_file_they_are_off(tmp_path):
    assert load_comment_rules(tmp_path, load_policy(ROOT / "data" / "policy.yml")) == CommentRules()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"platforms": {"myspace": True}}, r"platforms\.myspace is none of"),
        ({"platforms": {"facebook": "yes please"}}, r"platforms\.facebook must be true or false"),
        ({"hide": {"abuse": 1}}, r"hide\.abuse must be true or false"),
        ({"thank": "often"}, "thank must be true or false"),
        ({"limits": {"per_post_hour": 0}}, r"limits\.per_post_hour must be a whole number"),
        ({"limits": {"oldest_hours": 200}}, r"limits\.oldest_hours must be a whole number"),
        ({"words": {"rude": {"en": "x"}}}, r"words\.rude is none of"),
        ({"words": {"abuse": {"en": ["x"]}}}, r"words\.abuse\.en must be words"),
        ({"answers": {"get_refund": "fixed"}}, r"answers\.get_refund there is no response"),
        ({"answers": {"track_order": {"en": "x"}}}, r"answers\.track_order\.zh is missing"),
        ({"answers": {"x": {"en": "{a_b}", "zh": "x"}}}, r"answers\.x\.en no such fact"),
        ({"answers": {"x": {"en": "x" * 281, "zh": "x"}}}, r"takes 281 of 280 characters"),
        ({"answers": {"x": {"en": "x", "zh": "好" * 141}}}, r"takes 282 of 280 characters"),
        ({"thanks": []}, "thanks is empty"),
        ({"thanks": "thanks"}, "thanks must be a list"),
        ({"public": {"hello": {"en": "x", "zh": "x"}}}, r"public\.hello is none of"),
        ({"private": {"go_on": {"en": "x" * 21, "zh": "x"}}}, r"private\.go_on\.en takes 21 of 20"),
        ({"names": "shop"}, "names must be a list"),
        ({"sometimes": True}, "sometimes is none of"),
        ({"words": 3}, "words must be names with values"),
    ],
)
def test_a_mistake_is_named(shop_data, changes, told):
    if not isinstance(next(iter(changes.values())), dict) or "sometimes" in changes:
        raw = yaml.safe_load((shop_data / "comments.yml").read_text())
        (shop_data / "comments.yml").write_text(yaml.safe_dump({**raw, **changes}))
    else:
        switched_on(shop_data, **changes)
    with pytest.raises(ConfigurationError, match=told):
        load(shop_data)


@pytest.mark.parametrize("text", ["[1]", "a: [", "\tx", "3"])
def test_a_broken_file_is_refused(shop_data, text):
    (shop_data / "comments.yml").write_text(text)
    with pytest.raises(ConfigurationError):
        load(shop_data)


def test_words_are_whole_and_may_have_endings(shop_data):
    switched_on(shop_data, words={"abuse": {"en": "moron*, go to hell", "zh": "滚"}})
    rules = load(shop_data)
    assert rules.has("abuse", "You MORONS")
    assert rules.has("abuse", "go   to hell!")
    assert rules.has("abuse", "你滚吧")
    assert not rules.has("abuse", "oxymoron, logo to hello")
