"""WeCom customer service over HTTP, against a fake of its API."""

import threading
import time
import urllib.error
import urllib.request

import pytest
import sqlalchemy as sa

from switchboard.channels.wecom import wecom_sync
from switchboard.database.connection import open_database
from switchboard.database.tables import tickets
from switchboard.mailroom.message import AGENT, Outgoing, SentFile
from tests.fakes import weixin_envelope as envelope
from tests.fakes.wechat_server import error
from tests.fakes.wecom_server import (
    ACCOUNT,
    ASSISTANT,
    CORP,
    OVER,
    PERSON,
    TOKEN,
    UNTREATED,
    announce,
    event,
    pack,
    post,
    said,
)

WECOM = 4
"""The channel's place among those of the server."""


def outbox(served):
    return served.channels[WECOM].dispatcher.parts.outbox


def until(check, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def say(served, wecom, *messages):
    wecom.add(*messages)
    assert announce(served.url) == 200


def conversation(customer):
    return f"wecom:{ACCOUNT}:{customer}"


def opened(tmp_path):
    with open_database(f"sqlite:///{tmp_path / 'mail.db'}").connect() as db:
        return db.execute(sa.select(tickets.c.open_for, tickets.c.reason)).all()


def test_what_was_announced_is_pulled_and_answered(served, wecom, agent):
    say(served, wecom, said("maya", "one"), said("maya", "two"), said("lin", "three"))
    assert wecom.wait_for("maya", 2) == ["You said: one", "You said: two"]
    assert wecom.wait_for("lin") == ["You said: three"]
    say(served, wecom, said("maya", "four"))
    assert wecom.wait_for("maya", 3)[2] == "You said: four"
    assert wecom.pulled[-1] == ("c3", "ENCpull")


def test_pages_are_read_to_the_end(served, wecom):
    wecom.page = 2
    say(served, wecom, *(said("maya", str(number)) for number in range(5)))
    assert wecom.wait_for("maya", 5) == [f"You said: {number}" for number in range(5)]


def test_a_call_that_was_missed_is_made_up_for(serve, wecom, monkeypatch):
    monkeypatch.setattr(wecom_sync, "POLL_SECONDS", 0.2)
    serve()
    wecom.add(said("maya", "hello"))
    assert wecom.wait_for("maya") == ["You said: hello"]


def test_what_is_old_when_an_account_is_first_read_is_left(served, wecom, agent):
    say(served, wecom, said("maya", "yesterday", at=time.time() - 86400), said("lin", "now"))
    wecom.wait_for("lin")
    assert agent.texts() == ["now"]


def test_the_cursor_stands_with_the_messages(serve, wecom, agent):
    first = serve()
    say(first, wecom, said("maya", "one"))
    wecom.wait_for("maya")
    first.stop()
    wecom.add(said("maya", "late", at=time.time() - 86400))  # it came while nobody was here
    second = serve()
    assert announce(second.url) == 200
    assert wecom.wait_for("maya", 2) == ["You said: one", "You said: late"]
    assert agent.texts() == ["one", "late"]
    assert ("", "ENCpull") not in wecom.pulled[2:]


def test_what_cannot_be_stored_is_read_again(served, wecom, agent, monkeypatch):
    inbox = served.channels[WECOM].dispatcher.parts.inbox
    keep = inbox.keep

    def full(*_given):
        raise sa.exc.OperationalError("insert", {}, Exception("database is locked"))

    monkeypatch.setattr(inbox, "keep", full)
    wecom.add(said("maya", "one"))
    assert announce(served.url) == 503
    monkeypatch.setattr(inbox, "keep", keep)
    assert announce(served.url) == 200
    assert wecom.wait_for("maya") == ["You said: one"]


def test_an_answer_whose_arrival_is_unknown_is_not_doubled(served, wecom):
    wecom.faults.append("drop")  # taken, and no answer
    say(served, wecom, said("maya", "one"))
    until(lambda: outbox(served).counts() == {("sent", ""): 1}, 15)
    assert wecom.texts("maya") == ["You said: one"]


@pytest.mark.parametrize("wrong", [{"token": "x"}, {"key": "B" * 43}, {"receiver": "ww-other"}])
def test_what_is_not_sealed_for_us_is_refused(served, wecom, wrong):
    wecom.add(said("maya", "one"))
    before = len(wecom.pulled)
    assert announce(served.url, **wrong) == 403
    assert len(wecom.pulled) == before
    assert post(served.url, b"<xml></xml>", envelope.query(TOKEN)) == 403


def test_the_handshake(served):
    def get(query):
        url = f"{served.url}/webhooks/wecom/webhook?{query}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, ""

    sealed = envelope.encrypt("4711", CORP)
    assert get(envelope.query(TOKEN, sealed, echostr=sealed)) == (200, "4711")
    assert get(envelope.query("other", sealed, echostr=sealed))[0] == 403
    assert get(envelope.query("other", echostr="4711"))[0] == 403
    assert get("")[0] == 403


def test_who_comes_in_is_welcomed_once(served, wecom, agent):
    wecom.codes["w1"] = time.time() + 20
    say(
        served,
        wecom,
        event("maya", "enter_session", scene="x", scene_param="window", welcome_code="w1"),
        event("maya", "enter_session", scene="x"),
        event("lin", "enter_session", welcome_code="w2", at=time.time() - 60),
    )
    until(lambda: len(wecom.on_event) == 1)
    assert wecom.on_event[0]["text"]["content"] == "You said: /greet"
    assert [(text, meta) for _, text, meta in agent.heard] == [("/greet", {"start": "window"})]
    assert wecom.sent == []


def test_a_code_that_is_refused_costs_no_answer(served, wecom):
    welcomed = event("maya", "enter_session", welcome_code="w1")
    say(served, wecom, said("maya", "hi"), welcomed)  # the code is none of WeCom's any more
    assert wecom.wait_for("maya", 2) == ["You said: hi", "You said: /greet"]


def test_a_call_whose_token_is_too_old_is_pulled_without(served, wecom):
    wecom.tokens_expired = True
    say(served, wecom, said("maya", "hello"))
    assert wecom.wait_for("maya") == ["You said: hello"]


def test_a_cursor_that_wecom_knows_no_more_costs_and_doubles_nothing(served, wecom, agent):
    say(served, wecom, said("maya", "one"))
    wecom.wait_for("maya")
    wecom.add(said("maya", "two", at=time.time() - 7200))
    wecom.cursors_lost = True
    assert announce(served.url) == 200
    assert wecom.wait_for("maya", 2) == ["You said: one", "You said: two"]
    wecom.cursors_lost = False
    say(served, wecom, said("maya", "three"))
    wecom.wait_for("maya", 3)
    assert sorted(agent.texts()) == ["one", "three", "two"]


def test_menus_after_long_texts_keep_to_five_messages(served, wecom, agent):
    buttons = [{"title": "Track", "payload": "/track_order"}]
    agent.script = lambda m: [{"text": "word " * 380, "buttons": buttons} for _ in range(3)]
    say(served, wecom, said("maya", "go"))
    until(lambda: outbox(served).counts() and not outbox(served).next(conversation("maya")))
    assert {state for state, _ in outbox(served).counts()} == {"sent"}
    assert len(wecom.texts("maya")) <= 5


def test_choices_are_a_menu_and_its_items_stay_here(served, wecom, agent):
    buttons = [{"title": "Track", "payload": "/track_order"}, {"title": "Ask", "payload": "/p"}]
    agent.script = lambda m: (
        [{"text": "Which?", "buttons": buttons}] if m.text == "go" else [{"text": "ok"}]
    )
    say(served, wecom, said("maya", "go"))
    wecom.wait_for("maya")
    items = wecom.sent[0][2]["msgmenu"]["list"]
    assert [item["click"]["content"] for item in items] == ["Track", "Ask"]
    until(lambda: outbox(served).counts() == {("sent", ""): 1})
    say(served, wecom, said("maya", "Ask", menu_id=items[1]["click"]["id"]))
    wecom.wait_for("maya", 2)
    say(served, wecom, said("lin", "Ask", menu_id=items[1]["click"]["id"]))  # never shown there
    wecom.wait_for("lin")
    assert agent.texts() == ["go", "/p", "Ask"]


def test_many_choices_are_a_list(served, wecom, agent):
    buttons = [{"title": f"Choice {n}", "payload": f"/c{n}"} for n in range(11)]
    agent.script = lambda m: [{"text": "Which?", "buttons": buttons}]
    say(served, wecom, said("maya", "go"))
    assert wecom.wait_for("maya")[0].endswith("11. Choice 10")


def test_a_persons_answer_in_wecom_silences_the_bot_until_the_session_ends(
    served, wecom, agent, tmp_path
):
    say(served, wecom, said("maya", "hello"))
    wecom.wait_for("maya")
    wecom.states["maya"] = PERSON
    say(
        served,
        wecom,
        event("maya", "session_status_change", change_type=1, new_servicer_userid="ada"),
        said("maya", "I'll look into it", origin=5),
    )
    until(lambda: opened(tmp_path) == [(conversation("maya"), "page inbox")])
    until(
        lambda: (
            "agent"
            in str(
                served.call(agent.tracker_store.retrieve(conversation("maya"))).events[-1].metadata
            )
        )
    )
    wecom.states["maya"] = OVER
    wecom.codes["bye"] = time.time() + 20
    say(served, wecom, event("maya", "session_status_change", change_type=3, msg_code="bye"))
    until(lambda: opened(tmp_path) == [(None, "page inbox")])
    until(lambda: not outbox(served).next(conversation("maya")))
    assert len(wecom.on_event) == 1
    assert {state for state, _ in outbox(served).counts()} == {"sent"}  # all that was said arrived


def test_an_end_that_was_missed_is_seen_when_the_customer_writes(served, wecom, agent, tmp_path):
    say(served, wecom, said("maya", "I'll look into it", origin=5))
    until(lambda: opened(tmp_path) == [(conversation("maya"), "page inbox")])
    wecom.states["maya"] = PERSON
    say(served, wecom, said("maya", "thank you"))
    until(lambda: agent.texts() == ["thank you"])
    assert opened(tmp_path) == [(conversation("maya"), "page inbox")]
    wecom.states["maya"] = UNTREATED
    say(served, wecom, said("maya", "hello again"))
    until(lambda: opened(tmp_path) == [(None, "page inbox")])


@pytest.mark.parametrize(
    ("state", "ends"), [(PERSON, "invalid: a person"), (OVER, "outside the window")]
)
def test_where_the_bot_may_not_send_it_does_not(served, wecom, state, ends, tmp_path):
    wecom.add(said("maya", "hello"))
    wecom.states["maya"] = state
    assert announce(served.url) == 200
    until(lambda: any(s == "refused" and r.startswith(ends) for s, r in outbox(served).counts()))
    assert wecom.sent == []
    assert bool(opened(tmp_path)) == (state == PERSON)


def test_a_session_that_nobody_has_becomes_the_assistants(served, wecom):
    wecom.faults.append(error(95018, "send msg session status invalid"))
    say(served, wecom, said("maya", "hello"))
    assert wecom.wait_for("maya") == ["You said: hello"]
    assert wecom.states["maya"] == ASSISTANT


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (error(95001), "refused", "outside the window"),
        (error(95013), "refused", "outside the window"),
        (error(95000), "refused", "invalid"),
        (error(60020), "waiting", "no access"),
        (error(45009), "waiting", "rate"),
    ],
)
def test_a_refusal_is_recorded(served, wecom, fault, state, reason):
    wecom.faults.append(fault)
    say(served, wecom, said("maya", "hello"))
    until(lambda: any(s == state and r.startswith(reason) for s, r in outbox(served).counts()))


def test_long_answers_keep_to_five_messages(served, wecom, agent):
    agent.script = lambda m: [{"text": "很长的一句话。" * 1000}, {"text": "And more."}]
    say(served, wecom, said("maya", "go"))
    assert len(wecom.wait_for("maya", 5)) == 5
    until(lambda: outbox(served).counts() == {("sent", ""): 1})


def test_what_wecom_took_and_could_not_deliver_is_recorded(served, wecom):
    say(served, wecom, said("maya", "hello"))
    wecom.wait_for("maya")
    until(lambda: outbox(served).counts() == {("sent", ""): 1})
    number = wecom.sent[0][2]["msgid"]
    say(served, wecom, event("maya", "msg_send_fail", fail_msgid=number, fail_type=10))
    until(lambda: next(iter(outbox(served).counts()))[0] == "refused")
    assert "fail_type 10" in str(outbox(served).counts())


def test_pictures_voice_and_places(served, wecom, agent, store):
    wecom.media["m1"] = b"\xff\xd8\xff a cup"
    say(
        served,
        wecom,
        said("maya", kind="image", media_id="m1"),
        said("maya", kind="voice", media_id="m2"),
        said("maya", kind="location", latitude=53.3, longitude=-6.2, name="Dublin"),
        said("maya", kind="business_card", userid="x"),
    )
    wecom.wait_for("maya", 4)
    attached = [(meta or {}).get("attachments") for _, _, meta in agent.heard]
    assert store.content(store.find(attached[0][0]["url"])) == b"\xff\xd8\xff a cup"
    assert attached[1] == [{"kind": "audio", "url": "wecom-media:m2"}]
    assert attached[2] == [{"kind": "location", "url": "geo:53.3,-6.2"}]


def test_an_agents_answer_and_file(served, wecom, store):
    say(served, wecom, said("maya", "hello"))
    wecom.wait_for("maya")
    file = store.keep(conversation("maya"), b"%PDF-1.7 a label", "label.pdf")
    sent = SentFile(file.id, file.mime, file.name)
    answer = Outgoing("Your label.", author=AGENT, agent="Ada", file=sent)
    served.call(served.channels[WECOM].dispatcher.post(conversation("maya"), [answer]))
    wecom.wait_for("maya", 3)
    assert [message["msgtype"] for _, _, message in wecom.sent] == ["text", "text", "file"]
    assert wecom.sent[2][2]["file"] == {"media_id": "up1"}


def test_odd_calls_are_no_error(served, wecom):
    for message in ("", "<xml/>", "<a>"):
        assert post(served.url, *pack(message)) == 400
    assert post(served.url, *pack({"Event": "change_contact"})) == 200
    assert announce(served.url, account="../x") == 200
    assert announce(served.url, account="wkother") == 200
    assert post(served.url, b"x" * 1_000_001, "") == 413


def test_stopped_in_the_middle_nothing_is_lost_and_nothing_doubled(serve, wecom, agent):
    first = serve()
    agent.go_on = threading.Event()
    say(first, wecom, *(said(f"c{n}", f"q{n}") for n in range(4)))
    until(lambda: agent.heard)
    threading.Timer(1.0, agent.go_on.set).start()
    first.stop()
    serve()
    for number in range(4):
        wecom.wait_for(f"c{number}")
    time.sleep(0.5)
    assert [wecom.texts(f"c{n}") for n in range(4)] == [[f"You said: q{n}"] for n in range(4)]


def test_without_settings_it_is_off(serve, caplog):
    with caplog.at_level("INFO"):
        served = serve(WECOM_KF_SECRET="")
    assert "wecom is off, for want of WECOM_KF_SECRET" in caplog.text
    assert announce(served.url) == 503
