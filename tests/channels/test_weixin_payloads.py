"""What WeChat and WeCom document, typed in from there, and whatever else may come."""

import copy
import json
import math
import re

import pytest
import xmltodict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switchboard.channels.layout import octets, split_text
from switchboard.channels.platform import Trouble
from switchboard.channels.platform_client import PlatformReply
from switchboard.channels.wechat.wechat_api import open_wechat_api
from switchboard.channels.wechat.wechat_events import read_wechat, read_wechat_arrival
from switchboard.channels.wechat.wechat_messages import write_reply
from switchboard.channels.wecom.wecom_api import open_wecom_api
from switchboard.channels.wecom.wecom_events import (
    pressed_item,
    read_failure,
    read_wecom,
    read_wecom_arrivals,
    session_change,
    sign_message,
    written_by_person,
)
from switchboard.channels.weixin.weixin_words import MOST, join_answers, text_parts
from switchboard.mailroom.inbox import Inbox
from switchboard.mailroom.message import Button, Card, Outgoing
from tests.channels.test_payloads import JSON, WRONG, is_storable, mutated, places
from tests.fakes.wechat_server import APP, event, pack, post, said
from tests.fakes.wecom_server import ACCOUNT, announce
from tests.fakes.wecom_server import event as kf_event
from tests.fakes.wecom_server import said as kf_said

WORDLESS = "/send_attachment"
HEAD = (
    "<ToUserName><![CDATA[toUser]]></ToUserName><FromUserName><![CDATA[fromUser]]></FromUserName>"
    "<CreateTime>1348831860</CreateTime>"
)
WECHAT = {  # as developers.weixin.qq.com shows them
    "text": (
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[this is a test]]></Content>"
        "<MsgId>1234567890123456</MsgId><MsgDataId>xxxx</MsgDataId><Idx>xxxx</Idx>",
        "this is a test",
    ),
    "image": (
        "<MsgType><![CDATA[image]]></MsgType><PicUrl><![CDATA[this is a url]]></PicUrl>"
        "<MediaId><![CDATA[media_id]]></MediaId><MsgId>1234567890123456</MsgId>",
        WORDLESS,
    ),
    "voice": (
        "<MsgType><![CDATA[voice]]></MsgType><MediaId><![CDATA[media_id]]></MediaId>"
        "<Format><![CDATA[Format]]></Format><MsgId>1234567890123456</MsgId>",
        WORDLESS,
    ),
    "voice with its words": (
        "<MsgType><![CDATA[voice]]></MsgType><MediaId><![CDATA[media_id]]></MediaId>"
        "<Format><![CDATA[Format]]></Format><Recognition><![CDATA[腾讯微信团队]]></Recognition>"
        "<MsgId>1234567890123456</MsgId>",
        "腾讯微信团队",
    ),
    "video": (
        "<MsgType><![CDATA[video]]></MsgType><MediaId><![CDATA[media_id]]></MediaId>"
        "<ThumbMediaId><![CDATA[thumb_media_id]]></ThumbMediaId><MsgId>1234567890123456</MsgId>",
        WORDLESS,
    ),
    "location": (
        "<MsgType><![CDATA[location]]></MsgType><Location_X>23.134521</Location_X>"
        "<Location_Y>113.358803</Location_Y><Scale>20</Scale><Label><![CDATA[位置信息]]></Label>"
        "<MsgId>1234567890123456</MsgId>",
        WORDLESS,
    ),
    "link": (
        "<MsgType><![CDATA[link]]></MsgType><Title><![CDATA[公众平台官网链接]]></Title>"
        "<Description><![CDATA[公众平台官网链接]]></Description><Url><![CDATA[url]]></Url>"
        "<MsgId>1234567890123456</MsgId>",
        WORDLESS,
    ),
    "subscribe": (
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe]]></Event>",
        "/greet",
    ),
    "subscribe by a code": (
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe]]></Event>"
        "<EventKey><![CDATA[qrscene_123123]]></EventKey><Ticket><![CDATA[TICKET]]></Ticket>",
        "/greet",
    ),
    "scan": (
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[SCAN]]></Event>"
        "<EventKey><![CDATA[SCENE_VALUE]]></EventKey><Ticket><![CDATA[TICKET]]></Ticket>",
        "/greet",
    ),
    "position": (
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[LOCATION]]></Event>"
        "<Latitude>23.137466</Latitude><Longitude>113.352425</Longitude>"
        "<Precision>119.385040</Precision>",
        None,
    ),
    "menu": (
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[CLICK]]></Event>"
        "<EventKey><![CDATA[EVENTKEY]]></EventKey>",
        "EVENTKEY",
    ),
    "menu with a page": (
        "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[VIEW]]></Event>"
        "<EventKey><![CDATA[www.qq.com]]></EventKey>",
        None,
    ),
}
MESSAGES = [xmltodict.parse(f"<xml>{HEAD}{xml}</xml>")["xml"] for xml, _ in WECHAT.values()]
KF = {  # as developer.work.weixin.qq.com shows them
    "text": (kf_said("wmx", "hello world", menu_id="101"), "hello world"),
    "image": (kf_said("wmx", kind="image", media_id="2iSLeVyqzk4eX0IB5kTi9Ljfa2rt9dwfq"), WORDLESS),
    "voice": (kf_said("wmx", kind="voice", media_id="2iSLeVyqzk4eX0IB5kTi9Ljfa2rt9dwfq"), WORDLESS),
    "file": (kf_said("wmx", kind="file", media_id="2iSLeVyqzk4eX0IB5kTi9Ljfa2rt9dwfq"), WORDLESS),
    "location": (
        kf_said("wmx", kind="location", latitude=23.106, longitude=113.324, name="n", address="a"),
        WORDLESS,
    ),
    "link": (
        kf_said("wmx", kind="link", title="t", desc="d", url="https://x.example", pic_url="p"),
        WORDLESS,
    ),
    "card": (kf_said("wmx", kind="business_card", userid="USERID"), WORDLESS),
    "mini program": (
        kf_said("wmx", kind="miniprogram", title="t", appid="A", pagepath="p", thumb_media_id="m"),
        WORDLESS,
    ),
    "comes in": (
        kf_event("wmx", "enter_session", scene="123", scene_param="abc", welcome_code="aaaaaa"),
        "/greet",
    ),
    "not delivered": (kf_event("wmx", "msg_send_fail", fail_msgid="sb1_1_1", fail_type=4), None),
    "a person's state": (
        kf_event("", "servicer_status_change", servicer_userid="SERVICER_USERID", status=1),
        None,
    ),
    "session": (
        kf_event(
            "wmx",
            "session_status_change",
            change_type=1,
            old_servicer_userid="O",
            new_servicer_userid="N",
            msg_code="MSG_CODE",
        ),
        None,
    ),
    "a person": (kf_said("wmx", "hi", origin=5), None),
}
KF_MESSAGES = [message for message, _ in KF.values()]


@pytest.mark.parametrize("name", WECHAT)
def test_wechat(name):
    xml, expected = WECHAT[name]
    message = xmltodict.parse(f"<xml>{HEAD}{xml}</xml>")["xml"]
    heard = read_wechat(message)
    assert (heard.text if heard else None) == expected
    arrival = read_wechat_arrival(APP, message)
    assert (arrival is None) == (expected is None)
    if arrival is not None:
        assert arrival.conversation == f"wechat:{APP}:fromUser"
        assert arrival.order == 1348831860_000


@pytest.mark.parametrize("name", KF)
def test_wecom(name):
    message, expected = KF[name]
    heard = read_wecom(message)
    assert (heard.text if heard else None) == expected
    kept = read_wecom_arrivals(ACCOUNT, [message])
    assert [one.conversation for one in kept] == (
        [f"wecom:{ACCOUNT}:wmx"] if name != "a person's state" else []
    )


def check(arrival, message):
    assert re.fullmatch(r"(wechat|wecom):[\w-]{1,64}:[\w-]{1,64}", arrival.conversation, re.ASCII)
    assert 0 < len(arrival.event_id) <= 255
    assert is_storable(arrival.event_id)
    assert math.isfinite(arrival.order)
    json.dumps(arrival.payload)
    if message is not None:
        assert message.text.strip()
        assert is_storable(json.dumps([message.text, message.metadata], ensure_ascii=False))
        for attached in message.metadata.get("attachments", ()):
            assert attached["url"]


def read_all(message):
    """Everything that reads a message of WeCom's."""
    for arrival in read_wecom_arrivals(ACCOUNT, [message, *KF_MESSAGES[:2]]):
        told = arrival.payload
        check(arrival, read_wecom(told))
        pressed_item(told)
        written_by_person(told)
        session_change(told)
        read_failure(told, arrival.conversation)


def test_each_part_may_be_impossible():
    for documented, read in ((MESSAGES, read_one), (KF_MESSAGES, read_all)):
        for payload in documented:
            for *path, last in places(payload):
                for wrong in WRONG:
                    changed = copy.deepcopy(payload)
                    place = changed
                    for key in path:
                        place = place[key]
                    place[last] = wrong
                    read(changed)


def read_one(message):
    arrival = read_wechat_arrival(APP, message)
    if arrival is not None:
        check(arrival, read_wechat(message))


@given(st.dictionaries(st.sampled_from([*MESSAGES[0], "Event"]), JSON) | mutated(MESSAGES))
@settings(max_examples=200, deadline=None)
def test_no_message_of_wechats_is_an_error(message):
    read_one(message)


@given(mutated(KF_MESSAGES))
@settings(max_examples=200, deadline=None)
def test_no_message_of_wecoms_is_an_error(message):
    read_all(message)


@given(st.lists(mutated(KF_MESSAGES), max_size=5), st.lists(mutated(MESSAGES), max_size=5))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_kept_can_be_stored(engine, pulled, called):
    kept = read_wecom_arrivals(ACCOUNT, pulled)
    kept += [arrival for one in called if (arrival := read_wechat_arrival(APP, one))]
    Inbox(engine, "any").keep(kept)


def test_no_body_makes_a_callback_answer_5xx(served, agent, wecom):
    agent.script = lambda message: []

    @given(st.text(max_size=300) | st.sampled_from([xml for xml, _ in WECHAT.values()]))
    @settings(max_examples=25, deadline=None)
    def deliver(body):
        body = body.replace("\0", "").encode("utf-8", "replace").decode()
        for message in (body, f"<xml>{body}</xml>"):
            assert post(served.url, *pack(message))[0] in (200, 400)
            assert post(served.url, *pack(message, token="guess"))[0] == 403
        assert post(served.url, body.encode(), "signature=x&msg_signature=y")[0] == 403

    deliver()


def test_no_message_that_is_pulled_makes_a_turn_fail(served, agent, wecom):
    wrong = [copy.deepcopy(message) for message in KF_MESSAGES]
    for message, value in zip(wrong, WRONG, strict=False):
        message[message["msgtype"]] = value
    wecom.messages += [*wrong, "text", None, 5, []]
    assert announce(served.url) == 200
    wecom.add(kf_said("maya", "hello"))
    assert announce(served.url) == 200
    assert wecom.wait_for("maya") == ["You said: hello"]


@given(st.text(max_size=2000), st.integers(20, 200))
@settings(deadline=None)
def test_parts_are_short_enough_in_bytes_and_lose_nothing(text, limit):
    parts = split_text(text, limit, octets)
    assert all(0 < octets(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


OUTGOING = st.builds(
    Outgoing,
    st.text(max_size=60) | st.just("长" * 3000),
    st.lists(st.builds(Button, st.text(min_size=1, max_size=5), st.just("/a")), max_size=3).map(
        tuple
    ),
    st.sampled_from(["", "https://x.example/a.png"]),
    st.lists(st.builds(Card, st.text(max_size=5)), max_size=2).map(tuple),
)


@given(st.lists(OUTGOING, max_size=12))
@settings(deadline=None)
def test_answers_to_one_message_are_five_at_most(answers):
    joined = join_answers(answers)
    if len(joined) > 1:
        assert sum(len(text_parts(one)) for one in joined) <= MOST
    for one in joined:
        assert all(octets(part) <= 2048 for part in text_parts(one))


@given(st.text(max_size=200))
def test_a_reply_is_xml_whatever_it_says(text):
    clean = "".join(c for c in text if c >= " " and c not in "\ufffe\uffff" and c.isprintable())
    told = xmltodict.parse(write_reply("a", "b", 1, clean + "]]>"), strip_whitespace=False)["xml"]
    assert told["Content"] == clean + "]]>"


@pytest.mark.parametrize(
    ("status", "data", "trouble"),
    [
        (200, {"errcode": 0, "errmsg": "ok"}, None),
        (200, {"errcode": -1}, Trouble.DOWN),
        (200, {"errcode": 45015}, Trouble.WINDOW),
        (200, {"errcode": 45047}, Trouble.WINDOW),
        (200, {"errcode": 45009}, Trouble.RATE),
        (200, {"errcode": 43004}, Trouble.BLOCKED),
        (200, {"errcode": 48001}, Trouble.INVALID),
        (200, {"errcode": 48004}, Trouble.ACCESS),
        (200, {"errcode": 40003}, Trouble.INVALID),
        (200, {"errcode": "45015"}, Trouble.WINDOW),
        (200, {"errcode": {"a": 1}}, Trouble.INVALID),
        (200, {}, Trouble.UNSURE),
        (404, {}, Trouble.INVALID),
        (502, {}, Trouble.DOWN),
        (429, {}, Trouble.RATE),
    ],
)
def test_refusals(status, data, trouble):
    refused = open_wechat_api("http://x", "a", "b").read_refusal(PlatformReply(status, {}, data))
    assert (refused.trouble if refused else None) is trouble


def test_refusals_of_wecom():
    api = open_wecom_api("http://x", "a", "b")
    codes = {95001: "WINDOW", 95013: "WINDOW", 95018: "INVALID", 60020: "ACCESS", 6000: "DOWN"}
    for code, trouble in codes.items():
        refused = api.read_refusal(PlatformReply(200, {}, {"errcode": code}))
        assert refused.trouble is Trouble[trouble]


def test_a_part_is_named_the_same_each_time():
    assert sign_message(7, 2, 1763846400.9) == "sb7_2_1763846400"
    assert len(sign_message(10**12, 99, 1763846400.0)) <= 32
    told = kf_event("wmx", "msg_send_fail", fail_msgid="sb7_2_1763846400", fail_type=6)
    receipt, kind = read_failure(told, "wecom:a:wmx")
    assert (receipt.delivery, receipt.part, kind) == (7, 2, 6)


def test_events_have_an_id_though_they_have_no_number():
    one, other = event("maya", "CLICK", "/a"), event("maya", "CLICK", "/b")
    ids = [
        read_wechat_arrival(APP, {k: str(v) for k, v in e.items()}).event_id for e in (one, other)
    ]
    assert len(set(ids)) == 2
    assert read_wechat_arrival(APP, said("maya", "x")) is not None
