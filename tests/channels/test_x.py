"""X's connector over HTTP, against a fake of its API."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from switchboard.mailroom.message import AGENT, Outgoing, SentFile
from tests.fakes.x_server import (
    ACCOUNT,
    BLOCKED,
    CLIENT_SECRET,
    NO_ACCESS,
    SECRET,
    batch,
    deliver,
    legacy_error,
    limited,
    own,
    photo,
    problem,
    said,
    sign,
    wrapped,
)

KEPT = "/1.1/ton/data/dm/1034828552951160836/1034828533812486145/oP5p359h.jpg"


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, {}


def counts(served):
    return served.channels[5].dispatcher.parts.outbox.counts()


def post(served, customer, *messages):
    served.call(served.channels[5].dispatcher.post(f"x:{ACCOUNT}:{customer}", messages))


def until(happened, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_every_message_is_answered_once(served, fake_x, agent):
    one, two = said(1, "one"), said(1, "two")
    for _ in range(3):
        assert deliver(served.url, batch(one, two, said(2, "three"))) == 200
    assert fake_x.wait_for(1, 2)[:2] == ["You said: one", "You said: two"]
    assert "You said: three" in fake_x.wait_for(2)
    assert {sender for sender, _, _ in agent.heard} == {f"x:{ACCOUNT}:1", f"x:{ACCOUNT}:2"}
    assert agent.texts().count("one") == 1


def test_either_of_the_two_products_delivers_and_the_same_message_is_one(served, fake_x, agent):
    event = said(1, "hello")
    assert deliver(served.url, wrapped(event)) == 200
    assert deliver(served.url, batch(event)) == 200
    deliver(served.url, wrapped(said(1, "bye")))
    assert fake_x.wait_for(1, 2) == ["You said: hello", "You said: bye"]


def test_what_is_not_a_message_to_the_account_is_acknowledged_and_not_kept(served, agent):
    elsewhere = {**said(1, "x"), "message_create": {**said(1)["message_create"]}}
    elsewhere["message_create"]["target"] = {"recipient_id": "999"}
    typing = {"created_timestamp": "1518127183443", "sender_id": "1"}
    follow = {"type": "follow", "source": {"id": "1"}, "target": {"id": ACCOUNT}}
    for body in (
        batch(own(1, {"text": "ours"}), elsewhere, said(1, "")),
        batch(said(1, "for another account"), account="999"),
        wrapped(said(1, "for another account"), account="999"),
        wrapped(said(1, "encrypted"), kind="chat.received"),
        {"for_user_id": ACCOUNT, "direct_message_indicate_typing_events": [typing]},
        {"for_user_id": ACCOUNT, "follow_events": [follow]},
        {"for_user_id": ACCOUNT, "tweet_delete_events": [{"status": {"id": "1", "user_id": "1"}}]},
        {"user_event": {"revoke": {"source": {"user_id": ACCOUNT}}}},
        {"replay_job_status": {"job_state": "Complete"}},
    ):
        assert deliver(served.url, body) == 200
    time.sleep(0.3)
    assert agent.heard == []


def test_the_check_is_answered(served):
    url = f"{served.url}/webhooks/x/webhook"
    expected = {"response_token": sign(b"challenge_string")}
    assert get(f"{url}?crc_token=challenge_string") == (200, expected)
    assert get(url)[0] == 403


def test_the_check_signs_nothing_that_could_be_a_delivery(served, agent):
    # It signs by the same secret: whoever got a delivery signed could send it.
    forged = json.dumps(batch(said(1, "forged")))
    for token in (forged, "{}", " {}", "[]", "x" * 501, "a\nb"):
        quoted = urllib.parse.quote(token)
        assert get(f"{served.url}/webhooks/x/webhook?crc_token={quoted}")[0] == 403


def test_a_wrong_signature_is_refused(served, agent):
    body = batch(said(1, "hello"))
    data = json.dumps(body).encode()
    assert deliver(served.url, body, secret="other") == 403
    assert deliver(served.url, body, headers={}) == 403
    for header in ("", "sha256=", sign(b"another body"), "sha256=é", "x" * 5000):
        name = "x-twitter-webhooks-signature"
        shown = header.encode().decode("latin-1")
        assert deliver(served.url, body, headers={name: shown}) == 403
        assert deliver(served.url, body, headers={f"{name}-oauth2": shown}) == 403
    newer = {"x-twitter-webhooks-signature-oauth2": sign(data, SECRET)}
    assert deliver(served.url, data, headers=newer) == 403  # that secret is not known here
    time.sleep(0.2)
    assert agent.heard == []


def test_the_newer_secret_signs_where_there_is_one(serve, fake_x):
    served = serve(X_CLIENT_SECRET=CLIENT_SECRET)
    data = json.dumps(batch(said(1, "hello"))).encode()
    name = "x-twitter-webhooks-signature"
    both = {f"{name}-oauth2": sign(data, CLIENT_SECRET), name: sign(data)}
    assert deliver(served.url, data, headers=both) == 200
    wrong = {f"{name}-oauth2": sign(data, "other"), name: sign(data)}
    assert deliver(served.url, data, headers=wrong) == 403
    assert fake_x.wait_for(1) == ["You said: hello"]
    told = get(f"{served.url}/webhooks/x/webhook?crc_token=abc")[1]
    assert told == {"response_token": sign(b"abc", CLIENT_SECRET)}


@pytest.mark.parametrize("token", ["", "no-number", "12345"])
def test_what_is_missing_is_named_and_the_others_work(serve, bot_api, caplog, token):
    from tests.fakes import bot_api_server as telegram

    with caplog.at_level("INFO"):
        served = serve(X_API_SECRET="", X_ACCESS_TOKEN=token)
    assert "x is off, for want of X_API_SECRET, X_ACCESS_TOKEN" in caplog.text
    assert deliver(served.url, batch(said(1, "hello")), secret="") == 403
    assert get(f"{served.url}/webhooks/x/webhook?crc_token=abc")[0] == 403
    assert get(f"{served.url}/webhooks/x/") == (200, {"status": "off"})
    telegram.deliver(served.url, telegram.said(5, "hello"))
    assert bot_api.wait_for(5) == ["You said: hello"]


@pytest.mark.parametrize(
    "fault",
    [
        problem(500, "Internal error"),
        (503, b"<html>busy</html>"),
        legacy_error(503, 130, "Over capacity"),
        (429, {}, {"Retry-After": "1"}),
    ],
)
def test_what_may_go_later_goes_later(served, fake_x, fault):
    fake_x.faults.append(fault)
    deliver(served.url, batch(said(1, "one"), said(1, "two")))
    assert fake_x.wait_for(1, 2) == ["You said: one", "You said: two"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (BLOCKED, "blocked"),
        (legacy_error(403, 349, "You cannot send messages to this user."), "blocked"),
        (problem(400, "Your text is wrong", "invalid-request"), "invalid"),
        (problem(404, "Could not find user", "resource-not-found"), "invalid"),
    ],
)
def test_a_refusal_is_recorded_and_holds_up_nothing(served, fake_x, fault, reason):
    fake_x.faults.append(fault)
    deliver(served.url, batch(said(1, "one"), said(1, "two")))
    assert fake_x.wait_for(1) == ["You said: two"]
    assert next(why for state, why in counts(served) if state == "refused").startswith(reason)


@pytest.mark.parametrize(
    "fault", [NO_ACCESS, problem(401, "Unauthorized"), problem(403, "Forbidden")]
)
def test_a_refused_token_is_waited_for(served, fake_x, fault):
    fake_x.faults.append(fault)
    deliver(served.url, batch(said(1, "one")))
    until(lambda: any(why.startswith("no access") for _, why in counts(served)))
    assert {state for state, _ in counts(served)} == {"waiting"}


def test_a_limit_is_waited_for_by_all_customers_and_not_asked_again(served, fake_x):
    fake_x.faults.append(limited(3))
    started = time.monotonic()
    deliver(served.url, batch(said(1, "one")))
    until(lambda: len(fake_x.requests) == 1)
    deliver(served.url, batch(said(2, "two"), said(3, "three")))
    assert fake_x.wait_for(3, seconds=15) == ["You said: three"]
    assert fake_x.wait_for(1) + fake_x.wait_for(2) == ["You said: one", "You said: two"]
    # The moment is told in whole seconds.
    assert all(at - started >= 1.9 for at, *_ in fake_x.sent), "nobody's before"
    assert len(fake_x.requests) == 4, "each was sent once, and once one too early"


def test_a_limit_that_is_used_up_is_seen_before_it_is_refused(served, fake_x):
    reset = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(time.time()) + 3)}
    fake_x.faults.append((201, {"data": {}}, reset))
    started = time.monotonic()
    deliver(served.url, batch(said(1, "one")))
    until(lambda: len(fake_x.requests) == 1)
    deliver(served.url, batch(said(2, "two")))
    assert fake_x.wait_for(2, seconds=15) == ["You said: two"]
    assert fake_x.sent[0][0] - started >= 1.9
    assert len(fake_x.requests) == 2


def test_what_x_told_of_is_not_sent_again(served, fake_x, agent):
    fake_x.echo = lambda event: deliver(served.url, batch(event))
    fake_x.faults.append("drop")
    agent.script = lambda message: [{"text": "word " * 2500}]
    deliver(served.url, batch(said(1, "hello")))
    first, second = fake_x.wait_for(1, 2)
    time.sleep(1.5)  # in which it would be tried again
    assert len(first) > len(second)
    assert len(fake_x.texts(1)) == 2


def test_without_word_of_it_an_answer_is_sent_again(served, fake_x):
    fake_x.faults.append("drop")
    deliver(served.url, batch(said(1, "one")))
    assert fake_x.wait_for(1, 2) == ["You said: one"] * 2  # X had it; we can't know


def test_word_of_another_message_with_the_same_text_confirms_nothing(served, fake_x, agent):
    agent.script = lambda message: [{"text": "Sure."}]
    deliver(served.url, batch(said(1, "one")))
    fake_x.wait_for(1)
    until(lambda: ("sent", "") in counts(served))
    fake_x.faults += [problem(503, "busy"), problem(503, "busy")]
    deliver(served.url, batch(said(1, "two")))
    until(lambda: len(fake_x.requests) >= 2)
    deliver(served.url, batch(own(1, {"text": "Sure."})))  # late word of the first
    assert fake_x.wait_for(1, 2) == ["Sure."] * 2


def test_word_of_an_older_message_confirms_nothing(served, fake_x):
    fake_x.faults += [problem(503, "busy"), problem(503, "busy")]
    deliver(served.url, batch(said(1, "one")))
    until(lambda: len(fake_x.requests) >= 1)
    old = own(1, {"text": "You said: one"}, at=time.time() - 60)
    deliver(served.url, batch(old, own(2, {"text": "You said: one"})))
    assert fake_x.wait_for(1) == ["You said: one"]


def test_an_agents_message_is_not_doubled(served, fake_x):
    fake_x.faults.append("drop")
    post(served, 9, Outgoing("Once.", author=AGENT))
    until(lambda: ("failed", "unsure: ServerDisconnectedError") in counts(served))
    assert fake_x.texts(9) == ["Once."]


def test_an_agents_picture_goes_up_with_its_words(served, fake_x, store):
    conversation = f"x:{ACCOUNT}:1"
    file = store.keep(conversation, b"\x89PNG\r\n\x1a\n a label", "label.png")
    sent = SentFile(file.id, file.mime, file.name)
    post(served, 1, Outgoing("Your label.", author=AGENT, agent="Ada", file=sent))
    assert fake_x.wait_for(1) == ["Your label."]
    (media,) = fake_x.media.items()
    assert media[1] == {"filename": "label.png", "type": "image/png", "size": file.size}
    assert fake_x.sent[0][2]["attachments"] == [{"media_id": media[0]}]


def test_a_picture_without_an_answer_to_its_upload_is_tried_again(served, fake_x, store):
    file = store.keep(f"x:{ACCOUNT}:1", b"\xff\xd8\xff a cup", "cup.jpg")
    upload, dropped = fake_x._upload, []

    def drop_once(asked):
        if dropped:
            return upload(asked)
        dropped.append(asked)
        return 0, b"", {}

    fake_x._upload = drop_once
    sent = SentFile(file.id, file.mime, file.name)
    post(served, 1, Outgoing("Look.", author=AGENT, file=sent))
    assert fake_x.wait_for(1) == ["Look."]  # nothing had reached the customer
    until(lambda: counts(served) == {("sent", ""): 1})


def test_an_answer_that_is_not_xs_is_no_confirmation(served, fake_x):
    fake_x.faults.append((200, b"<html>Sign in to this network</html>"))
    deliver(served.url, batch(said(1, "hello")))
    assert fake_x.wait_for(1, seconds=15) == ["You said: hello"]


def test_what_x_does_not_take_is_refused_before_it_is_sent(served, fake_x, store):
    file = store.keep(f"x:{ACCOUNT}:1", b"%PDF-1.7 a label", "label.pdf")
    post(served, 1, Outgoing("Your label.", author=AGENT, file=SentFile(file.id, file.mime)))
    until(lambda: [state for state, why in counts(served) if "application/pdf" in why])
    assert fake_x.requests == []


def test_pictures_are_fetched_from_x_alone_signed_and_kept(served, fake_x, agent, store):
    fake_x.files[KEPT] = b"\xff\xd8\xff a cup"
    elsewhere = photo(KEPT)
    elsewhere["media"]["media_url_https"] = f"http://169.254.169.254{KEPT}"
    deliver(
        served.url,
        batch(
            said(1, "look https://t.co/pic", attachment=photo(KEPT)),
            said(1, attachment=elsewhere),
            said(1, attachment=photo("/1.1/account/verify_credentials.json")),
            said(1, attachment=photo(f"{KEPT}/../../../x")),
        ),
    )
    fake_x.wait_for(1, 4)
    kept, *others = [meta["attachments"][0] for _, _, meta in agent.heard]
    assert agent.texts() == ["look", *["/send_attachment"] * 3]
    assert store.content(store.find(kept["url"])) == b"\xff\xd8\xff a cup"
    assert not any(other["url"].startswith("switchboard-file:") for other in others)
    asked = [path for method, path, *_ in fake_x.requests if method == "GET"]
    assert asked == [KEPT]


def test_choices_are_a_list_and_a_number_or_title_chooses(served, fake_x, agent):
    buttons = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
    agent.script = lambda message: [{"text": "Shall I?", "buttons": buttons}]
    deliver(served.url, batch(said(1, "go")))
    assert fake_x.wait_for(1) == ["Shall I?\n1. Yes\n2. No"]
    until(lambda: ("sent", "") in counts(served))
    deliver(served.url, batch(said(1, "2")))
    fake_x.wait_for(1, 2)
    deliver(served.url, batch(said(1, "yes")))
    fake_x.wait_for(1, 3)
    assert agent.texts() == ["go", "/deny", "/affirm"]


def choose(customer, label, reference):
    response = {"type": "options", "metadata": reference}
    return said(customer, label, quick_reply_response=response)


def test_quick_replies_are_choices_that_were_shown_here(serve, fake_x, agent):
    fake_x.legacy = True
    served = serve(X_QUICK_REPLIES="yes")
    buttons = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
    agent.script = lambda message: [{"text": "Shall I?", "buttons": buttons}]
    deliver(served.url, batch(said(1, "go")))
    assert fake_x.wait_for(1) == ["Shall I?"]
    options = fake_x.sent[0][2]["quick_reply"]["options"]
    assert [option["label"] for option in options] == ["Yes", "No"]
    reference = options[1]["metadata"]
    deliver(served.url, batch(choose(1, "No", reference)))
    fake_x.wait_for(1, 2)
    for forged in ("/restart", "/cancel_order", f"{reference}0", "99999:0"):
        deliver(served.url, batch(choose(1, "x", forged)))
    deliver(served.url, batch(choose(2, "No", reference)))  # shown to somebody else
    fake_x.wait_for(1, 6)
    fake_x.wait_for(2)
    heard = [(sender[-1], text) for sender, text, _ in agent.heard]
    assert [text for who, text in heard if who == "1"] == ["go", "/deny", *"xxxx"]
    assert [text for who, text in heard if who == "2"] == ["No"]


def test_an_app_without_version_1_sends_the_list_instead(serve, fake_x, agent):
    served = serve(X_QUICK_REPLIES="yes")
    agent.script = lambda m: [{"text": "Shall I?", "buttons": [{"title": "Yes", "payload": "/y"}]}]
    deliver(served.url, batch(said(1, "go")))
    assert fake_x.wait_for(1) == ["Shall I?\n1. Yes"]


def test_all_of_a_message_is_one(served, fake_x, agent):
    few = [{"title": "More", "payload": "/more"}]
    agent.script = lambda message: [
        {
            "text": "See:",
            "image": "https://tidewick.example/a.png",
            "elements": [{"title": "Mug", "subtitle": "blue", "buttons": few}],
        }
    ]
    deliver(served.url, batch(said(1, "go")))
    expected = "See:\n\nMug\nblue\n\nhttps://tidewick.example/a.png\n1. More"
    assert fake_x.wait_for(1) == [expected]


def test_links_and_signs_are_as_they_were_written(served, fake_x, agent):
    links = {"urls": [{"url": "https://t.co/a", "expanded_url": "https://tidewick.example/mug"}]}
    deliver(served.url, batch(said(1, "is https://t.co/a &lt; 5 &amp;amp; blue?", entities=links)))
    fake_x.wait_for(1)
    assert agent.texts() == ["is https://tidewick.example/mug < 5 &amp; blue?"]


def test_names_are_told_where_the_shop_allows_it(serve, fake_x, agent):
    served = serve(SWITCHBOARD_CUSTOMER_NAMES="yes")
    deliver(served.url, batch(said(1, "hello"), names={"1": "Maya Lin"}))
    deliver(served.url, batch(said(2, "hello"), names={"2": "★ deals ★"}))
    fake_x.wait_for(1)
    fake_x.wait_for(2)
    assert {sender[-1]: meta.get("name") for sender, _, meta in agent.heard} == {
        "1": "Maya",
        "2": None,
    }


def test_odd_deliveries_are_acknowledged_or_refused(served, agent):
    assert deliver(served.url, b"[1, 2]") == 400
    assert deliver(served.url, b"{" * 50_000) == 400
    assert deliver(served.url, b"{}") == 200
    assert deliver(served.url, json.dumps(batch(said(1, "x" * 1_000_001))).encode()) == 413
    time.sleep(0.2)
    assert agent.heard == []


def test_a_slow_x_holds_up_nobody_else(served, fake_x):
    fake_x.faults.append(2.0)
    deliver(served.url, batch(said(1, "one")))
    time.sleep(0.3)
    started = time.monotonic()
    deliver(served.url, batch(said(2, "two")))
    fake_x.wait_for(2)
    assert time.monotonic() - started < 1.5
    assert fake_x.wait_for(1) == ["You said: one"]
