"""Comments as they are documented, and whatever else comes in their place."""

import copy
import json
import time

import pytest
from hypothesis import given, settings

from switchboard.channels.facebook.facebook_arrivals import read_arrivals
from switchboard.channels.facebook.feed_events import read_comment_arrivals, read_feed_event
from tests.channels.test_payloads import OBJECTS, each_wrong, is_storable, mutated

PAGE, NOW = "1001", int(time.time())
VALUE = {
    "from": {"id": "77", "name": "Maya Lind"},
    "post": {"id": "1001_55", "permalink_url": "https://www.facebook.com/1001/posts/55"},
    "message": "How long does delivery take?",
    "post_id": "1001_55",
    "comment_id": "55_9",
    "created_time": NOW,
    "item": "comment",
    "parent_id": "1001_55",
    "verb": "add",
}
MEDIA = {
    "from": {"id": "77", "username": "maya.l"},
    "media": {"id": "17900", "media_product_type": "FEED"},
    "id": "1791",
    "text": "How long does delivery take?",
}
REPLY = {**MEDIA, "id": "1792", "parent_id": "1791"}


def of_page(value, page=PAGE):
    change = {"field": "feed", "value": value}
    return {"object": "page", "entry": [{"id": page, "time": NOW, "changes": [change]}]}


def of_instagram(value, login=False):
    change = {"field": "comments", "value": value}
    entry = {"id": PAGE, "time": NOW, **(change if login else {"changes": [change]})}
    return {"object": "instagram", "entry": [entry]}


DOCUMENTED = [of_page(VALUE), of_page({**VALUE, "verb": "remove"}), of_instagram(MEDIA)]
DOCUMENTED += [of_instagram(MEDIA, login=True), of_instagram(REPLY)]


def check(body):
    for comment, arrival in read_comment_arrivals(body):
        assert comment.author not in ("", comment.account)
        assert comment.platform in ("facebook", "instagram")
        assert 0 < len(arrival.event_id) <= 255
        assert arrival.conversation == comment.thread
        assert is_storable(json.dumps(comment.as_dict(), ensure_ascii=False))
        again = read_feed_event(json.loads(json.dumps(arrival.payload)))
        assert again is not None
        assert again[0].id == comment.id


def test_a_comment_of_a_page():
    ((comment, arrival),) = read_comment_arrivals(of_page(VALUE))
    assert comment.text == VALUE["message"]
    assert (comment.post, comment.id, comment.author) == ("1001_55", "55_9", "77")
    assert comment.link == VALUE["post"]["permalink_url"]
    assert not comment.is_reply
    assert arrival.conversation == "facebook-comments:1001:1001_55.77"
    ((reply, _),) = read_comment_arrivals(of_page({**VALUE, "parent_id": "55_8"}))
    assert reply.is_reply


@pytest.mark.parametrize("login", [True, False])
def test_a_comment_of_instagram(login):
    ((comment, arrival),) = read_comment_arrivals(of_instagram(MEDIA, login))
    assert (comment.platform, comment.post, comment.below) == ("instagram", "17900", "")
    assert arrival.conversation == "facebook-comments:1001:17900.77"
    ((reply, _),) = read_comment_arrivals(of_instagram(REPLY, login))
    assert (reply.is_reply, reply.below) == (True, "1791")


@pytest.mark.parametrize("verb", ["edited", "edit", "hide", "unhide", "like", "", None, 3])
def test_other_verbs_are_nothing(verb):
    assert read_comment_arrivals(of_page({**VALUE, "verb": verb})) == []


def test_a_page_and_its_messages_stand_in_one_delivery():
    body = of_page(VALUE)
    message = {
        "sender": {"id": "5"},
        "recipient": {"id": PAGE},
        "message": {"mid": "m", "text": "x"},
    }
    body["entry"][0]["messaging"] = [{**message, "timestamp": NOW * 1000}]
    assert len(read_comment_arrivals(body)) == len(read_arrivals(body)) == 1


def test_each_part_may_be_impossible():
    for body in each_wrong(DOCUMENTED):
        check(body)


@given(OBJECTS | mutated(DOCUMENTED))
@settings(max_examples=300, deadline=None)
def test_no_delivery_is_an_error(body):
    check(body)
    entry = {"id": PAGE, "changes": [body, *copy.deepcopy(DOCUMENTED)]}
    check({"object": "page", "entry": [entry, body]})
