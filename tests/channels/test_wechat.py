"""The official account's connector over HTTP, against a fake of WeChat."""

import asyncio
import threading
import time

import pytest
import sqlalchemy as sa

from switchboard.channels.wechat import wechat_passive
from switchboard.channels.wechat.wechat_passive import PassiveReplies
from switchboard.mailroom.message import AGENT, Outgoing, SentFile
from tests.fakes import weixin_envelope as envelope
from tests.fakes.wechat_server import (
    APP,
    SECRET,
    TOKEN,
    UNAVAILABLE,
    deliver,
    error,
    event,
    pack,
    post,
    said,
    shown,
)

WECHAT = 3
"""The channel's place among those of the server."""


@pytest.fixture
def quick(monkeypatch):
    """WeChat's five seconds as half of one; returns them."""
    monkeypatch.setattr(wechat_passive, "WAIT_SECONDS", 0.45)
    monkeypatch.setattr(wechat_passive, "CUT_SECONDS", 0.6)
    monkeypatch.setattr(wechat_passive, "GAP_SECONDS", 0.3)
    return 0.5


def outbox(served):
    return served.channels[WECHAT].dispatcher.parts.outbox


def until(check, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def count(served, state):
    return sum(n for (s, _), n in outbox(served).counts().items() if s == state)


def test_a_known_answer_is_the_passive_reply_and_no_message(served, wechat):
    started = time.monotonic()
    assert deliver(served.url, said("maya", "hello"), wechat) == "You said: hello"
    assert time.monotonic() - started < 2
    until(lambda: count(served, "sent") == 1)
    assert wechat.sent == []
    assert wechat.tokens_given == []  # not even a token was needed


def test_plain_messages_where_no_key_is_set(serve, wechat):
    served = serve(WECHAT_ENCODING_AES_KEY="")
    assert deliver(served.url, said("maya", "<b>&]]>"), wechat, sealed=False) == "You said: <b>&]]>"


def test_plain_messages_are_refused_where_one_is(served, agent):
    body, query = pack(said("maya", "hello"), sealed=False)
    assert post(served.url, body, query)[0] == 403
    assert agent.heard == []


@pytest.mark.parametrize(
    "wrong",
    [{"token": "other"}, {"key": "B" * 43}, {"receiver": "wx-other"}, {"at": time.time() - 3600}],
)
def test_what_is_not_sealed_for_us_is_refused(served, agent, wrong):
    body, query = pack(said("maya", "hello"), **wrong)
    assert post(served.url, body, query)[0] == 403
    assert agent.heard == []


def test_a_changed_message_is_refused(served, agent):
    body, query = pack(said("maya", "hello"))
    other, _ = pack(said("maya", "cancel my order"))
    assert post(served.url, other, query)[0] == 403
    assert post(served.url, body, query.replace("n0nce", "other"))[0] == 403
    assert agent.heard == []


def get(url):
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, ""


def test_the_handshake(served):
    url = f"{served.url}/webhooks/wechat/webhook"
    assert get(f"{url}?{envelope.query(TOKEN, echostr='77')}") == (200, "77")
    assert get(f"{url}?{envelope.query('other', echostr='77')}")[0] == 403
    assert get(f"{url}?{envelope.query(TOKEN, at=1.7e9, echostr='77')}")[0] == 403
    assert get(url)[0] == 403


def test_three_tries_are_one_turn_and_the_last_takes_the_answer(served, wechat, agent, quick):
    agent.pause = 1.2  # in which two tries end
    assert deliver(served.url, said("maya", "slow"), wechat, patience=quick) == "You said: slow"
    assert agent.texts() == ["slow"]
    assert wechat.texts("maya") == []


def test_under_load_who_came_first_is_answered_while_others_wait(served, wechat, agent):
    customers, begun = [f"c{n}" for n in range(80)], []

    def compute(_message):
        time.sleep(0.03)  # in the server's own loop, as a model does
        return [{"text": "ok"}]

    def call(customer):
        assert deliver(served.url, said(customer, "hi"), wechat) == "ok"
        begun.append(len(agent.heard))

    agent.script = compute
    threads = [threading.Thread(target=call, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == len(customers)
    assert begun[9] < 50  # ten have their answers before fifty turns are begun


def test_what_comes_later_is_a_customer_service_message(served, wechat, agent, quick):
    agent.pause = 2.0
    assert deliver(served.url, said("maya", "slow"), wechat, patience=quick) == ""
    assert wechat.wait_for("maya") == ["You said: slow"]
    assert agent.texts() == ["slow"]
    assert len(wechat.typing) <= 1


def test_a_try_that_did_not_arrive_is_answered_again(served, wechat, agent):
    message = said("maya", "hello")
    for _ in range(3):  # WeChat calls again only when it got no answer
        assert deliver(served.url, message, wechat) == "You said: hello"
    assert agent.texts() == ["hello"]
    assert wechat.sent == []


def test_a_call_that_died_falls_back_to_a_message(served, wechat, agent, quick):
    agent.go_on = threading.Event()
    assert deliver(served.url, said("maya", "slow"), wechat, patience=0.2, tries=1) == UNAVAILABLE
    agent.go_on.set()
    assert wechat.wait_for("maya") == ["You said: slow"]


def test_events_are_one_turn_too(served, wechat, agent):
    subscribed = event("maya", "subscribe", "qrscene_window")
    for _ in range(2):
        assert deliver(served.url, subscribed, wechat) == "You said: /greet"
    assert [(text, meta) for _, text, meta in agent.heard] == [("/greet", {"start": "window"})]


def test_no_answer_lets_the_call_go_at_once(served, wechat, agent):
    agent.script = lambda message: []
    started = time.monotonic()
    assert deliver(served.url, said("maya", "hello"), wechat) == ""
    assert deliver(served.url, event("maya", "LOCATION", Latitude="23.1"), wechat) == ""
    assert time.monotonic() - started < 2
    assert wechat.sent == []


def test_several_answers_are_one_reply(served, wechat, agent):
    buttons = [
        {"title": "Track", "payload": "/track_order"},
        {"title": "A person", "payload": "/p"},
    ]
    agent.script = lambda m: (
        [
            {"text": "One."},
            {"image": "https://tidewick.example/a.png"},
            {"text": "Which?", "buttons": buttons},
        ]
        if m.text == "go"
        else [{"text": "ok"}]
    )
    assert deliver(served.url, said("maya", "go"), wechat) == (
        "One.\nhttps://tidewick.example/a.png\n\nWhich?\n1. Track\n2. A person"
    )
    until(lambda: count(served, "sent") == 1)
    assert deliver(served.url, said("maya", "2"), wechat) == "ok"
    assert agent.texts() == ["go", "/p"]


def test_long_answers_keep_to_five_messages(served, wechat, agent):
    agent.script = lambda m: [{"text": "很长的一句话。" * 1000}, {"text": "And more."}]
    first = deliver(served.url, said("maya", "go"), wechat)
    rest = wechat.wait_for("maya", 4)
    until(lambda: count(served, "sent") == 1)
    assert all(len(part.encode()) <= 2048 for part in [first, *rest])
    assert len(rest) == 4
    assert rest[-1].endswith("…")
    assert count(served, "refused") == 0


def test_an_account_that_may_not_send_goes_on_answering_in_time(served, wechat, agent):
    wechat.may_send = False
    buttons = [{"title": "Track", "payload": "/track_order"}]
    agent.script = lambda m: (
        [{"text": "Which?", "buttons": buttons}, {"text": "Or ask."}]
        if m.text == "two"
        else [{"text": "ok"}]
    )
    assert deliver(served.url, said("maya", "two"), wechat) == "Which?\n1. Track"
    until(lambda: count(served, "refused") == 1)
    assert deliver(served.url, said("maya", "hello"), wechat) == "ok"  # nothing is in its way
    assert deliver(served.url, said("maya", "two"), wechat) == "Which?\n1. Track\n\nOr ask."
    assert wechat.typing == []


def test_an_agent_learns_at_once_that_the_account_may_not_send(served, wechat):
    wechat.may_send = False
    dispatcher = served.channels[WECHAT].dispatcher
    served.call(dispatcher.post(f"wechat:{APP}:maya", [Outgoing("Hi.", author=AGENT)]))
    until(lambda: count(served, "refused") == 1)


def test_a_menu_item_allows_three_messages(served, wechat, agent):
    buttons = [{"title": "Track", "payload": "/track_order"}]
    agent.script = lambda m: [{"text": f"{n}", "buttons": buttons} for n in range(5)]
    first = deliver(served.url, event("maya", "CLICK", "/hours"), wechat)
    until(lambda: not outbox(served).next(f"wechat:{APP}:maya"))
    assert count(served, "refused") == 0
    shown = "\n".join([first, *wechat.texts("maya")])
    assert all(f"{n}\n1. Track" in shown for n in range(5))


def away(monkeypatch, served, seconds):
    """The database does not answer for so long."""
    inbox, until_then = served.channels[WECHAT].dispatcher.parts.inbox, time.monotonic() + seconds
    keep = inbox.keep

    def later(*given):
        if time.monotonic() < until_then:
            raise sa.exc.OperationalError("insert", {}, Exception("database is locked"))
        return keep(*given)

    monkeypatch.setattr(inbox, "keep", later)


def test_what_cannot_be_stored_at_once_is_no_error(served, wechat, agent, monkeypatch):
    away(monkeypatch, served, 1.5)
    assert deliver(served.url, said("maya", "hello"), wechat) == "You said: hello"
    assert agent.texts() == ["hello"]


def test_what_cannot_be_stored_in_time_is_called_for_again(
    served, wechat, agent, quick, monkeypatch
):
    away(monkeypatch, served, 0.8)
    answer = deliver(served.url, said("maya", "hello"), wechat, patience=quick)
    assert answer == "You said: hello"  # of the second call or the third: WeChat saw no error
    assert agent.texts() == ["hello"]


def test_pictures_and_voice(served, wechat, agent, store):
    wechat.media["m1"] = b"\xff\xd8\xff a cup"
    deliver(
        served.url, said("maya", kind="image", PicUrl="http://x.example/a", MediaId="m1"), wechat
    )
    voice = {"MediaId": "m2", "Format": "amr"}
    deliver(
        served.url, said("maya", kind="voice", Recognition="where is my order", **voice), wechat
    )
    deliver(served.url, said("maya", kind="voice", **voice), wechat)
    kept, told, untold = agent.heard
    assert store.content(store.find(kept[2]["attachments"][0]["url"])) == b"\xff\xd8\xff a cup"
    assert told[1] == "where is my order"
    assert told[2]["attachments"] == [{"kind": "audio", "url": "wechat-media:m2"}]
    assert untold[1] == "/send_attachment"


def test_menu_keys_are_commands_and_typed_slashes_are_not(served, wechat, agent):
    deliver(served.url, event("maya", "CLICK", "/track_order"), wechat)
    deliver(served.url, said("maya", "/track_order"), wechat)
    assert agent.texts() == ["/track_order", "track_order"]


def test_who_leaves_is_not_written_to(served, wechat, agent):
    conversation = f"wechat:{APP}:maya"
    wechat.faults.append(error(45009))
    wechat.wrote("maya")
    dispatcher = served.channels[WECHAT].dispatcher
    served.call(dispatcher.post(conversation, [Outgoing("Your parcel is here.")]))
    until(lambda: not wechat.faults)
    deliver(served.url, event("maya", "unsubscribe"), wechat)
    until(lambda: ("refused", "blocked") in outbox(served).counts())
    assert wechat.sent == []


def test_an_agents_answer_and_picture(served, wechat, store):
    conversation = f"wechat:{APP}:maya"
    wechat.wrote("maya")
    file = store.keep(conversation, b"\xff\xd8\xff a label", "label.jpg")
    sent = SentFile(file.id, file.mime, file.name)
    dispatcher = served.channels[WECHAT].dispatcher
    answer = Outgoing("Your label.", author=AGENT, agent="Ada", file=sent)
    served.call(dispatcher.post(conversation, [answer]))
    wechat.wait_for("maya", 2)
    assert [message["msgtype"] for _, _, message in wechat.sent] == ["text", "image"]
    assert wechat.sent[1][2]["image"] == {"media_id": "up1"}
    assert wechat.uploads[0]["type"] == "image/jpeg" or wechat.uploads[0]["filename"] == "label.jpg"


def test_an_agents_file_that_wechat_does_not_carry_is_told(served, wechat, store):
    conversation = f"wechat:{APP}:maya"
    wechat.wrote("maya")
    file = store.keep(conversation, b"%PDF-1.7 a label", "label.pdf")
    answer = Outgoing("Read.", author=AGENT, file=SentFile(file.id, file.mime, file.name))
    served.call(served.channels[WECHAT].dispatcher.post(conversation, [answer]))
    until(lambda: count(served, "refused") == 1)
    assert wechat.texts("maya") == ["Read."]


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (error(45015), "refused", "outside the window"),
        (error(45047), "refused", "outside the window"),
        (error(43004), "refused", "blocked"),
        (error(40003), "refused", "invalid"),
        (error(48001), "refused", "invalid"),
        (error(40164), "waiting", "no access"),
        (error(45009), "waiting", "rate"),
    ],
)
def test_a_refusal_is_recorded(served, wechat, fault, state, reason):
    wechat.limited = False
    wechat.faults.append(fault)
    dispatcher = served.channels[WECHAT].dispatcher
    served.call(dispatcher.post(f"wechat:{APP}:maya", [Outgoing("one")]))
    until(lambda: any(s == state and r.startswith(reason) for s, r in outbox(served).counts()))


@pytest.mark.parametrize("fault", [error(-1, "system error"), (502, b"<html>"), (200, b"<html>")])
def test_what_may_go_later_goes_later(served, wechat, fault):
    wechat.limited = False
    wechat.faults.append(fault)
    dispatcher = served.channels[WECHAT].dispatcher
    served.call(dispatcher.post(f"wechat:{APP}:maya", [Outgoing("one")]))
    assert wechat.wait_for("maya") == ["one"]


def test_a_token_is_shared_and_fetched_anew_once(served, wechat):
    wechat.limited = False
    dispatcher = served.channels[WECHAT].dispatcher
    for customer in "abc":
        served.call(dispatcher.post(f"wechat:{APP}:{customer}", [Outgoing("one")]))
    for customer in "abc":
        wechat.wait_for(customer)
    assert wechat.tokens_given == [False]
    wechat.good = "another"  # ended by somebody else
    served.call(dispatcher.post(f"wechat:{APP}:d", [Outgoing("two")]))
    assert wechat.wait_for("d") == ["two"]
    assert wechat.tokens_given == [False, False]


def test_a_token_that_wechat_gives_out_though_it_is_dead_is_forced(served, wechat):
    wechat.limited, wechat.stale = False, 2
    served.call(served.channels[WECHAT].dispatcher.post(f"wechat:{APP}:d", [Outgoing("two")]))
    assert wechat.wait_for("d") == ["two"]
    assert wechat.tokens_given == [False, False, True]


def test_without_settings_it_is_off(serve, caplog):
    with caplog.at_level("INFO"):
        served = serve(WECHAT_APP_SECRET="")
    assert "wechat is off, for want of WECHAT_APP_SECRET" in caplog.text
    body, query = pack(said("maya", "hello"))
    assert post(served.url, body, query)[0] == 503
    assert SECRET not in caplog.text


def test_odd_calls_are_no_error(served, agent):
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>'
    for message in ("", "<xml/>", "<a>", bomb, "<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>"):
        assert post(served.url, *pack(message))[0] == 400, message[:20]
    odd = [said("", "x"), said("a b", "x"), said("maya", ""), said("maya", kind="event", Event="x")]
    for message in odd:
        assert post(served.url, *pack(message)) == (200, "success")
    assert post(served.url, b"x" * 1_000_001, "")[0] == 413
    assert post(served.url, b"{}", "signature=%F0%9F")[0] == 403
    assert agent.heard == []


def test_a_process_that_is_stopped_loses_nothing(serve, wechat, agent, quick):
    first = serve()
    agent.pause = 1.0
    assert deliver(first.url, said("maya", "one"), wechat, patience=0.3, tries=1) == UNAVAILABLE
    first.stop()
    agent.pause = 0.0
    serve()
    assert wechat.wait_for("maya") == ["You said: one"]
    assert agent.texts().count("one") == 1


def test_what_is_shown_reads_as_wechat_reads_it():
    assert shown("success") == ""


async def test_an_answer_that_is_ready_between_two_calls_waits_for_the_next():
    window = PassiveReplies().open("m1", "wechat:a:b")
    window.leave(window.begin())  # WeChat has left, and calls again
    given = asyncio.ensure_future(window.take("hello"))
    await asyncio.sleep(0.05)
    call = window.begin()
    assert await call.handed == "hello"
    call.wrote(True)
    assert await given
    assert window.answer == "hello"


async def test_a_call_that_broke_while_it_was_written_is_not_the_answer(quick):
    window = PassiveReplies().open("m1", "wechat:a:b")
    call = window.begin()
    given = asyncio.ensure_future(window.take("hello"))
    assert await call.handed == "hello"
    call.wrote(False)
    assert not await given  # no other came
    assert not window.is_open


async def test_what_another_process_had_in_hand_is_missed_when_wechat_calls_again():
    replies = PassiveReplies()
    window = replies.open("m1", "wechat:a:b")
    assert not replies.is_missed("wechat:a:b")
    window.known = True  # as when the message is stored already
    assert replies.is_missed("wechat:a:b")
    assert not replies.is_missed("wechat:a:c")
    window.answer = "hello"
    assert not replies.is_missed("wechat:a:b")
