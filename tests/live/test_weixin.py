"""The whole assistant behind an official account and WeCom customer service."""

from __future__ import annotations

import threading
import time

import pytest

from tests.fakes import wechat_server as wechat
from tests.fakes import wecom_server as wecom
from tests.live.test_handoff import desk, ticket_of

QUESTION = "what is your refund policy"


@pytest.fixture(autouse=True)
def _shop(system):
    """As it was seeded, whoever was here before."""


def test_a_known_answer_is_the_answer_to_the_call(platforms):
    fake, url = platforms.wechat, platforms.system.url
    assert "30 days" in wechat.deliver(url, wechat.said("o1", QUESTION), fake)
    assert "退" in wechat.deliver(url, wechat.said("o2", "可以退货退款吗？政策是怎样的"), fake)
    assert fake.texts("o1") == fake.texts("o2") == []


def test_angry_silent_and_back(platforms):
    fake, url = platforms.wechat, platforms.system.url
    angry = "this is the third time I ask, you are completely useless!!!"
    answer = wechat.deliver(url, wechat.said("o3", angry), fake)
    reference = ticket_of(platforms.system, f"wechat:{wechat.APP}:o3")
    assert reference in answer
    started = time.monotonic()
    assert wechat.deliver(url, wechat.said("o3", "hello?"), fake) == ""
    assert time.monotonic() - started < 4  # the call is let go, and not left waiting
    desk(platforms.system, "resolve", reference, "called her")
    assert "1 is poor" in " ".join(fake.wait_for("o3", 2))
    assert "30 days" in wechat.deliver(url, wechat.said("o3", QUESTION), fake)


def pull(platforms, *messages):
    platforms.wecom.add(*messages)
    assert wecom.announce(platforms.system.url) == 200


def test_an_order_is_tracked_in_wecom(platforms):
    pull(platforms, wecom.said("wm1", "where is order 4712"))
    assert "e-mail address or phone" in platforms.wecom.wait_for("wm1")[0]
    pull(platforms, wecom.said("wm1", "maya@example.com"))
    assert "Cast iron pan" in platforms.wecom.wait_for("wm1", 2)[1]


@pytest.mark.long
def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(platforms):
    customers, each = [f"wm{number}" for number in range(100, 108)], 3
    fake, official = platforms.wecom, platforms.wechat
    questions = [wecom.said(name, QUESTION) for _ in range(each) for name in customers]
    calls = [wechat.said(f"o{number}", QUESTION) for number in range(100, 106)]
    shown: dict[str, str] = {}

    def call(message):
        shown[message["FromUserName"]] = wechat.deliver(platforms.system.url, message, official)

    pull(platforms, *questions)
    threads = [threading.Thread(target=call, args=(message,)) for message in calls]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    platforms.system.restart_rasa(force=True)
    for name in customers:
        fake.wait_for(name, each, seconds=60)
        assert platforms.heard(f"wecom:{wecom.ACCOUNT}:{name}") == [QUESTION] * each
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 40
    waiting = "SELECT count(*) FROM inbox WHERE waiting_for IS NOT NULL"
    while platforms.system.run(waiting) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(2)
    for name in customers:  # nothing arrived twice, whatever was on its way
        assert len(fake.texts(name)) == each
    for message in calls:
        name = message["FromUserName"]
        heard = platforms.heard(f"wechat:{wechat.APP}:{name}")
        assert heard == [QUESTION] or (heard == [] and shown[name] == wechat.UNAVAILABLE)
        if heard:
            assert "30 days" in shown[name] or "30 days" in " ".join(official.texts(name))
