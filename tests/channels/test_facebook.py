"""Messenger's connector over HTTP, against a fake Graph API."""

import json
import time
import urllib.error
import urllib.request

import pytest

from switchboard.mailroom.message import AGENT, Outgoing, SentFile
from tests.fakes.graph_server import (
    BLOCKED,
    PAGE,
    RATE,
    WINDOW,
    batch,
    deliver,
    edited,
    error,
    pressed,
    said,
)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_every_message_of_every_entry_is_answered(served, graph):
    body = batch(said(1, "one"), said(1, "two"), said(2, "three"))
    body["entry"].append(batch(said(3, "four"))["entry"][0])
    assert deliver(served.url, body) == 200
    assert graph.wait_for(1, 2) == ["You said: one", "You said: two"]
    assert graph.wait_for(2) == ["You said: three"]
    assert graph.wait_for(3) == ["You said: four"]


def test_a_message_delivered_again_is_answered_once(served, graph):
    event = said(1, "hello")
    for _ in range(3):
        assert deliver(served.url, batch(event)) == 200
    deliver(served.url, batch(said(1, "bye")))
    assert graph.wait_for(1, 2) == ["You said: hello", "You said: bye"]


def test_the_webhook_answers_before_the_assistant(served, graph, agent):
    agent.pause = 1.0
    started = time.monotonic()
    assert deliver(served.url, batch(said(1, "slow"))) == 200
    answered = time.monotonic() - started
    graph.wait_for(1)
    assert answered < graph.sent[0][0] - started
    assert graph.sent[0][0] - started >= 1.0
    assert ("1", "typing_on") in graph.actions


def test_a_wrong_signature_is_refused(served, agent):
    assert deliver(served.url, batch(said(1, "hello")), secret="other") == 403
    request = urllib.request.Request(f"{served.url}/webhooks/facebook/webhook", b"{}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 403
    assert agent.heard == []


def test_the_handshake(served):
    path = f"{served.url}/webhooks/facebook/webhook?hub.mode=subscribe&hub.challenge=77"
    assert get(f"{path}&hub.verify_token=verify-me") == (200, "77")
    assert get(f"{path}&hub.verify_token=wrong")[0] == 403
    assert get(f"{served.url}/webhooks/facebook/webhook")[0] == 403


def test_what_is_missing_is_named_and_the_other_channel_works(serve, bot_api, caplog):
    from tests.fakes import bot_api_server as telegram

    with caplog.at_level("INFO"):
        served = serve(FACEBOOK_APP_SECRET="", FACEBOOK_PAGE_ACCESS_TOKEN="")
    assert "facebook is off, for want of FACEBOOK_APP_SECRET, FACEBOOK_PAGE" in caplog.text
    assert deliver(served.url, batch(said(1, "hello")), secret="") == 403
    telegram.deliver(served.url, telegram.said(5, "hello"))
    assert bot_api.wait_for(5) == ["You said: hello"]


@pytest.mark.parametrize(
    "fault",
    [
        (500, {}),
        (503, b"<html>busy</html>"),
        RATE,
        (429, {}, {"Retry-After": "1"}),
        error(500, 2, message="temporary"),
    ],
)
def test_what_may_go_later_goes_later(served, graph, fault):
    graph.faults.append(fault)
    deliver(served.url, batch(said(1, "one"), said(1, "two")))
    assert graph.wait_for(1, 2) == ["You said: one", "You said: two"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(BLOCKED, "blocked"), (WINDOW, "outside the window"), (error(400, 100, 2018001), "invalid")],
)
def test_a_refusal_is_recorded_and_holds_up_nothing(served, graph, fault, reason):
    graph.faults.append(fault)
    deliver(served.url, batch(said(1, "one"), said(1, "two")))
    assert graph.wait_for(1) == ["You said: two"]
    counts = served.channels[0].dispatcher.parts.outbox.counts()
    assert next(why for state, why in counts if state == "refused").startswith(reason)


def test_an_answer_that_got_lost_on_the_way_is_sent_again(served, graph):
    graph.faults.append("drop")
    deliver(served.url, batch(said(1, "one")))
    assert graph.wait_for(1, 2) == ["You said: one"] * 2  # the platform had it; we can't know


def test_what_the_page_was_told_of_is_not_sent_again(served, graph, agent):
    graph.echo = lambda event: deliver(served.url, batch(event))
    graph.faults.append("drop")
    agent.script = lambda message: [{"text": "word " * 700}]
    deliver(served.url, batch(said(1, "hello")))
    graph.wait_for(1, 2)
    time.sleep(1.5)  # in which it would be tried again
    first, second = graph.texts(1)
    assert len(first) > len(second)
    deliver(served.url, batch(said(1, "and now?")))
    graph.wait_for(1, 4)


def test_an_agent_is_tagged_outside_the_window(served, graph):
    from switchboard.mailroom.message import AGENT, Outgoing

    graph.faults.append(WINDOW)
    dispatcher = served.channels[0].dispatcher
    served.call(
        dispatcher.post("facebook:1001:9", [Outgoing("Here is your answer.", author=AGENT)])
    )
    assert graph.wait_for(9) == ["Here is your answer."]
    assert graph.sent[0][2]["tag"] == "HUMAN_AGENT"


def test_an_agents_message_is_not_doubled(served, graph):
    from switchboard.mailroom.message import AGENT, Outgoing

    graph.faults.append("drop")
    dispatcher = served.channels[0].dispatcher
    served.call(dispatcher.post("facebook:1001:9", [Outgoing("Once.", author=AGENT)]))
    deadline = time.monotonic() + 10
    while ("failed", "unsure: ServerDisconnectedError") not in dispatcher.parts.outbox.counts():
        assert time.monotonic() < deadline, dispatcher.parts.outbox.counts()
        time.sleep(0.05)
    assert graph.texts(9) == ["Once."]


def test_long_texts_and_many_buttons_fit(served, graph, agent):
    buttons = [{"title": f"A choice with a long title {n}", "payload": f"/choose{n}"} for n in "12"]
    agent.script = lambda m: [{"text": "Sentence. " * 500}, {"text": "Which?", "buttons": buttons}]
    deliver(served.url, batch(said(1, "go")))
    sent = graph.wait_for(1, 4)
    assert all(len(text) <= 2000 for text in sent)
    assert sent[-1] == "Which?\n1. A choice with a long title 1\n2. A choice with a long title 2"
    deliver(served.url, batch(said(1, "2")))
    graph.wait_for(1, 8)
    assert agent.texts() == ["go", "/choose2"]


def test_buttons_quick_replies_cards_and_pictures(served, graph, agent):
    few = [{"title": "Yes", "payload": "/affirm"}]
    agent.script = lambda m: [
        {"text": "Shall I?", "buttons": few},
        {"text": "Which?", "buttons": few * 5},
        {"image": "https://tidewick.example/a.png"},
        {"elements": [{"title": "Mug", "subtitle": "blue", "buttons": few}]},
        {"custom": {"text": "as it is"}},
    ]
    deliver(served.url, batch(said(1, "go")))
    graph.wait_for(1, 5)
    yes, which, picture, cards, custom = [message for _, _, message in graph.sent]
    assert yes["attachment"]["payload"]["buttons"][0]["payload"] == "/affirm"
    assert len(which["quick_replies"]) == 5
    assert picture["attachment"]["type"] == "image"
    assert cards["attachment"]["payload"]["elements"][0]["title"] == "Mug"
    assert custom["text"] == "as it is"


def test_a_picture_is_metadata_and_a_typed_slash_is_no_command(served, graph, agent):
    picture = {"type": "image", "payload": {"url": "https://cdn.example/x.jpg"}}
    deliver(
        served.url,
        batch(
            said(1, attachments=[picture]),
            said(1, "look", attachments=[picture]),
            said(1, "/restart"),
            pressed(1, "/track_order"),
        ),
    )
    graph.wait_for(1, 4)
    attached = [{"kind": "image", "url": "https://cdn.example/x.jpg"}]
    assert [(text, (meta or {}).get("attachments")) for _, text, meta in agent.heard] == [
        ("/send_attachment", attached),
        ("look", attached),
        ("restart", None),
        ("/track_order", None),
    ]


def test_an_edit_is_heard_if_the_text_changed(served, graph, agent):
    first = said(1, "where is 4711?")
    deliver(served.url, batch(first))
    graph.wait_for(1)
    later = said(1, "bye")
    later["timestamp"] += 120_000
    for event in (
        edited(first, "where is 4711?"),
        edited(first, " where is  4711?"),
        edited(first, "where is 4712?"),
        edited(first, "where is 4712?", number=2),
        later,
    ):
        assert deliver(served.url, batch(event)) == 200
    graph.wait_for(1, 3)
    time.sleep(0.3)
    assert agent.texts() == ["where is 4711?", "where is 4712?", "bye"]


def picture(number):
    return {"type": "image", "payload": {"url": f"https://cdn.example/{number}.jpg"}}


@pytest.mark.parametrize("words_at", [0, 1, 2])
def test_pictures_and_their_words_are_one_message_wherever_the_words_stand(
    served, graph, agent, words_at
):
    events = [said(1, attachments=[picture(1), picture(2)]), said(1, attachments=[picture(3)])]
    events.insert(words_at, said(1, "all broken"))
    deliver(served.url, batch(*events, said(2, "hello")))
    assert graph.wait_for(1) == ["You said: all broken"]
    assert graph.wait_for(2) == ["You said: hello"]
    (_, _, metadata), *rest = [heard for heard in agent.heard if heard[0].endswith(":1")]
    urls = [attached["url"] for attached in metadata["attachments"]]
    assert urls == [f"https://cdn.example/{number}.jpg" for number in (1, 2, 3)]
    assert rest == []


def test_what_was_not_sent_as_one_is_not_taken_as_one(served, graph, agent):
    now = int(time.time() * 1000)
    events = [
        said(1, "one"),
        said(1, "two"),
        said(1, attachments=[picture(1)]),
        said(1, "Yes", quick_reply={"payload": "/affirm"}),
        said(1, "and now?"),
    ]
    times = (now, now, now, now, now + 5000)
    events = [{**event, "timestamp": at} for event, at in zip(events, times, strict=True)]
    deliver(served.url, batch(*events))
    graph.wait_for(1, 4)
    assert agent.texts() == ["one", "two", "/affirm", "and now?"]


def test_pictures_are_fetched_from_meta_alone_and_kept(served, graph, agent, store):
    graph.pictures["/cdn/cup.jpg"] = b"\xff\xd8\xff a cup"
    here = {"type": "image", "payload": {"url": f"{graph.url}/cdn/cup.jpg"}}
    inside = {"type": "image", "payload": {"url": "http://169.254.169.254/latest/meta-data"}}
    deliver(served.url, batch(said(1, "look", attachments=[here, inside])))
    graph.wait_for(1)
    kept, elsewhere = agent.heard[0][2]["attachments"]
    assert store.content(store.find(kept["url"])) == b"\xff\xd8\xff a cup"
    assert elsewhere["url"] == inside["payload"]["url"]  # as it was; nothing was asked there


def test_a_file_of_an_agent_goes_up_with_the_call(served, graph, store):
    deliver(served.url, batch(said(1, "hello")))
    graph.wait_for(1)
    conversation = f"facebook:{PAGE}:1"
    file = store.keep(conversation, b"%PDF-1.7 a label", "label.pdf")
    sent = SentFile(file.id, file.mime, file.name)
    out = served.channels[0].dispatcher.parts.outbox
    with out.engine.begin() as db:
        out.add(db, conversation, [Outgoing("Your label.", author=AGENT, agent="Ada", file=sent)])
    assert graph.wait_for(1, 3)[-1] == "Your label."
    told = {"filename": "label.pdf", "type": "application/pdf", "size": file.size}
    assert [message["filedata"] for _, _, message in graph.sent[-2:]] == [told, None]


def test_names_are_asked_for_where_the_shop_allows_it(serve, graph, agent):
    served = serve(SWITCHBOARD_CUSTOMER_NAMES="yes")
    deliver(served.url, batch(said(1, "hello")))
    graph.wait_for(1)
    assert agent.heard[0][2]["name"] == "Maya"
    assert agent.heard[0][2]["locale"] == "zh"


def test_several_pages_and_instagram(serve, graph, agent):
    graph.tokens = {"token-a", "token-b"}
    served = serve(FACEBOOK_PAGE_ACCESS_TOKEN="1001=token-a, 2002=token-b")
    deliver(served.url, batch(said(1, "hello")))
    deliver(served.url, batch(said(1, "hello", page="2002"), page="2002", kind="instagram"))
    graph.wait_for(1, 2)
    assert {sender for sender, _, _ in agent.heard} == {"facebook:1001:1", "instagram:2002:1"}
    tokens = {headers.get("authorization") for _, _, headers, _ in graph.requests}
    assert tokens == {"Bearer token-a", "Bearer token-b"}


def test_our_echo_is_nothing_and_a_persons_answer_pauses_the_bot(served, graph, agent, tmp_path):
    import sqlalchemy as sa

    from switchboard.database.connection import open_database
    from switchboard.database.tables import tickets

    def echo(text, **more):
        event = said(1, text, is_echo=True, **more)
        return {**event, "sender": event["recipient"], "recipient": event["sender"]}

    deliver(served.url, batch(said(1, "hello"), echo("ours", metadata="switchboard", app_id=5)))
    deliver(served.url, batch(echo("from another app", app_id=7)))
    graph.wait_for(1)
    deliver(served.url, batch(echo("I'll look into it", app_id=263902037430900)))
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    deadline = time.monotonic() + 10
    while True:
        with engine.connect() as db:
            opened = db.execute(sa.select(tickets.c.open_for, tickets.c.reason)).all()
        if opened:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert opened == [("facebook:1001:1", "page inbox")]
    tracker = served.call(agent.tracker_store.retrieve("facebook:1001:1"))
    assert tracker.events[-1].text == "I'll look into it"
    assert tracker.events[-1].metadata["author"] == "agent"


def test_empty_and_odd_events_are_acknowledged(served, agent):
    odd = [
        said(1, ""),
        said(1, "   "),
        {"sender": {"id": "1"}, "recipient": {"id": "1001"}, "read": {"watermark": 1}},
        {"sender": {"id": "1"}, "recipient": {"id": "1001"}, "delivery": {"mids": ["x"]}},
        {"sender": {"id": "1"}, "reaction": {"action": "react", "emoji": "x"}},
        {"sender": {"id": "1"}, "something_new": {}},
        said(1, is_deleted=True),
        {"sender": "1", "message": []},
    ]
    assert deliver(served.url, batch(*odd)) == 200
    assert deliver(served.url, {"object": "page", "entry": [{"id": "1001", "changes": []}]}) == 200
    assert deliver(served.url, b"[1, 2]") == 400
    assert deliver(served.url, b"{" * 50_000) == 400
    assert deliver(served.url, json.dumps(batch(said(1, "x" * 1_000_001))).encode()) == 413
    time.sleep(0.3)
    assert agent.heard == []
