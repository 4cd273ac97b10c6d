"""Telegram's connector over HTTP, against a fake Bot API."""

import time

import pytest

from tests.fakes.bot_api_server import (
    BLOCKED,
    FLOOD,
    ME,
    TOKEN,
    deliver,
    edited,
    message,
    pressed,
    refuse,
    said,
    update,
)

GROUP = {"id": -100200, "type": "supergroup", "title": "Friends of stoneware"}
CONFLICT = "another program asks for this bot's messages, or a webhook is set"


def heard(agent, count, seconds=10.0):
    deadline = time.monotonic() + seconds
    while len(agent.heard) < count:
        assert time.monotonic() < deadline, agent.heard
        time.sleep(0.02)
    return agent.heard


def test_a_message_is_answered_once_in_order(served, bot_api):
    first = said(5, "one")
    for body in (first, said(5, "two"), first, said(5, "three")):
        assert deliver(served.url, body) == 200
    assert bot_api.wait_for(5, 3) == ["You said: one", "You said: two", "You said: three"]


def test_typing_is_shown_while_an_answer_takes_long(served, bot_api, agent):
    agent.pause = 1.0
    deliver(served.url, said(5, "slow"))
    bot_api.wait_for(5)
    assert bot_api.called("sendChatAction") == [{"chat_id": 5, "action": "typing"}]


def test_a_wrong_secret_is_refused(served, agent):
    assert deliver(served.url, said(5, "hello"), secret="other") == 403
    assert deliver(served.url, said(5, "hello"), secret=None) == 403
    assert agent.heard == []


def test_without_a_secret_nothing_is_taken(serve, agent):
    served = serve(TELEGRAM_SECRET_TOKEN="")
    assert deliver(served.url, said(5, "hello"), secret="") == 403


@pytest.mark.parametrize(
    "fault",
    [FLOOD, (502, b"bad gateway"), refuse(500, "Internal Server Error")],
)
def test_what_may_go_later_goes_later(served, bot_api, fault):
    bot_api.faults.append(fault)
    deliver(served.url, said(5, "one"))
    assert bot_api.wait_for(5) == ["You said: one"]


def test_a_pause_is_kept(served, bot_api):
    bot_api.faults.append(FLOOD)
    started = time.monotonic()
    deliver(served.url, said(5, "one"))
    bot_api.wait_for(5)
    assert bot_api.sent[0][0] - started >= 1.0


def test_blocked_is_recorded_and_nothing_more_is_sent(served, bot_api):
    bot_api.faults.append(BLOCKED)
    deliver(served.url, said(5, "one"))
    outbox = served.channels[1].dispatcher.parts.outbox
    deadline = time.monotonic() + 10
    while ("refused", "blocked: HTTP 403") not in outbox.counts():
        assert time.monotonic() < deadline, outbox.counts()
        time.sleep(0.05)
    kicked = {"chat": {"id": 5, "type": "private"}, "from": message(5)["from"]}
    kicked["new_chat_member"] = {"status": "kicked", "user": ME}
    assert deliver(served.url, update(my_chat_member=kicked)) == 200


def test_markdown_is_shown_and_everything_else_is_as_written(served, bot_api, agent):
    agent.script = lambda m: [
        {"text": "**Fee:** €3.90 (a_b) [here](https://tidewick.example/a_(b)!)"},
        {"text": "Plain. Text! #1"},
    ]
    deliver(served.url, said(5, "x"))
    bot_api.wait_for(5, 2)
    marked, plain = [body for _, _, body in bot_api.sent]
    assert marked["parse_mode"] == "MarkdownV2"
    assert marked["text"].startswith(r"*Fee:* €3\.90 \(a\_b\) [here](https://tidewick.example/a_(b")
    assert plain["text"] == r"Plain\. Text\! \#1"


def test_marks_that_telegram_refuses_are_left_out(served, bot_api, agent):
    agent.script = lambda m: [{"text": "**bold**"}]
    bot_api.faults.append(refuse(400, "Bad Request: can't parse entities"))
    deliver(served.url, said(5, "x"))
    assert bot_api.wait_for(5) == ["**bold**"]
    assert "parse_mode" not in bot_api.sent[0][2]


def test_long_texts_are_split(served, bot_api, agent):
    agent.script = lambda m: [{"text": "A sentence! " * 1500}]
    deliver(served.url, said(5, "x"))
    parts = bot_api.wait_for(5, 6)
    assert "".join(parts).count("A sentence") == 1500


def test_buttons_carry_more_than_telegram_does_and_cannot_be_forged(served, bot_api, agent):
    payload = '/choose_article{"article": "' + "long-name-" * 10 + '"}'
    agent.script = lambda m: (
        [{"text": "Which?", "buttons": [{"title": "This", "payload": payload}]}]
        if m.text == "go"
        else [{"text": "Done"}]
    )
    deliver(served.url, said(5, "go"))
    bot_api.wait_for(5)
    data = bot_api.sent[0][2]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    for wrong in (pressed(6, data), pressed(5, "/restart"), pressed(5, f"{data}9")):
        deliver(served.url, wrong)
    deliver(served.url, pressed(5, data))
    assert bot_api.wait_for(5, 2)[1] == "Done"
    assert agent.texts() == ["go", payload]
    assert bot_api.called("answerCallbackQuery")


def test_commands(served, agent):
    for text in ("/start gift-2", "/help", "/human", "/stop", "/language zh", "/nonsense", "/"):
        deliver(served.url, said(5, text))
    got = heard(agent, 6)
    assert [text for _, text, _ in got] == [
        "/greet",
        "/bot_challenge",
        "/contact_human_agent",
        "/stop",
        "/greet",
        "nonsense",
    ]
    assert got[0][2]["start"] == "gift-2"
    assert got[4][2]["language"] == "zh"


def test_kinds_of_content(served, agent):
    photo = [{"file_id": "small"}, {"file_id": "large"}]
    contents = [
        {"photo": photo, "caption": "it is broken"},
        {"voice": {"file_id": "v", "mime_type": "audio/ogg"}},
        {"document": {"file_id": "d", "mime_type": "image/png"}},
        {"location": {"latitude": 53.3, "longitude": -6.2}},
        {"contact": {"phone_number": "+353871234567", "first_name": "Maya"}},
        {"sticker": {"file_id": "s", "emoji": "👍"}},
        {"sticker": {"file_id": "s"}},
        {"poll": {"id": "1", "question": "?"}},
    ]
    for content in contents:
        deliver(served.url, said(5, **content))
    got = heard(agent, 8)
    assert [(text, (meta.get("attachments") or [{}])[0].get("url")) for _, text, meta in got] == [
        ("it is broken", "telegram-file:large"),
        ("/send_attachment", "telegram-file:v"),
        ("/send_attachment", "telegram-file:d"),
        ("/send_attachment", "geo:53.3,-6.2"),
        ("+353871234567", None),
        ("👍", None),
        ("/send_attachment", None),
        ("/send_attachment", None),
    ]
    assert got[2][2]["attachments"][0]["kind"] == "image"


def test_an_edit_is_heard_if_the_text_changed_within_minutes(served, bot_api, agent):
    first = said(5, "where is 4711?")
    place = {"latitude": 53.3, "longitude": -6.2, "live_period": 900}
    moving, picture = said(5, location=place), said(5, photo=[{"file_id": "p"}], caption="broken")
    for body in (first, moving, picture):
        deliver(served.url, body)
    heard(agent, 3)
    for step in range(9):
        deliver(served.url, edited(moving, location={**place, "latitude": 53.3 + step / 100}))
    for body in (
        edited(first),  # a reaction, or the preview of a link
        edited(first, "where  is 4711? "),
        edited(first, "where is 4712?", after=7 * 86400),
        edited(first, "where is 4713?", after=-5),
        edited(picture, caption="it is broken"),
        edited(first, "where is 4712?"),
        edited(first, "where is 4712?", after=90),
    ):
        assert deliver(served.url, body) == 200
    deliver(served.url, said(5, "bye"))
    bot_api.wait_for(5, 5)
    assert agent.texts()[3:] == ["where is 4712?", "bye"]
    assert agent.heard[3][2]["edited"] is True
    assert len(bot_api.texts(5)) == 5


def test_what_others_wrote_gives_no_command_and_presses_nothing(served, bot_api, agent):
    buttons = [{"title": "Cancel it", "payload": "/affirm"}]
    agent.script = lambda m: [{"text": "Sure?", "buttons": buttons}]
    deliver(served.url, said(5, "cancel"))
    bot_api.wait_for(5)
    forwarded = {"forward_origin": {"type": "user", "sender_user": {"id": 6}}}
    deliver(served.url, said(5, "Cancel it", **forwarded))
    deliver(served.url, said(5, "/stop", via_bot={"id": 7, "is_bot": True}))
    deliver(served.url, said(5, "Cancel it"))
    heard(agent, 4)
    assert agent.texts() == ["cancel", "Cancel it", "stop", "/affirm"]


def test_an_album_is_one_message(served, bot_api, agent):
    for number in range(3):
        content = {"photo": [{"file_id": f"p{number}"}], "media_group_id": "g1"}
        deliver(
            served.url, said(5, **content, **({"caption": "all broken"} if number == 2 else {}))
        )
    assert bot_api.wait_for(5) == ["You said: all broken"]
    urls = [attached["url"] for attached in agent.heard[0][2]["attachments"]]
    assert urls == ["telegram-file:p0", "telegram-file:p1", "telegram-file:p2"]


def test_pictures_are_kept_as_files_and_their_address_is_not_told(served, bot_api, agent, store):
    picture = b"\xff\xd8\xff a picture"
    bot_api.files["p1.jpg"] = picture
    bot_api.files["p2.jpg"] = b"<svg onload='alert(1)'/>"
    deliver(served.url, said(5, photo=[{"file_id": "p1"}]))
    deliver(served.url, said(5, photo=[{"file_id": "p2"}]))
    kept, drawing = (said[2]["attachments"][0] for said in heard(agent, 2))
    assert kept["mime"] == "image/jpeg"
    assert TOKEN not in str(kept)
    assert drawing["url"] == "telegram-file:p2"  # not kept: no picture by its bytes
    assert store.content(store.find(kept["url"])) == picture
    assert store.find(kept["url"]).conversation_id == "telegram:5"


def test_updates_that_are_for_nobody_are_acknowledged(served, agent):
    channel = {"id": -5, "type": "channel", "title": "News"}
    business = {"business_connection_id": "b"}
    odd = [
        said(5, "where is 4711?", **business),
        update(business_message=message(5, "where is 4711?", **business)),
        update(edited_channel_post=message(5, "news", channel)),
        said(5, "news", channel),
        update(channel_post=message(5, "news", channel)),
        update(inline_query={"id": "1", "from": message(5)["from"], "query": "x"}),
        update(message_reaction={"chat": channel}),
        update(poll={"id": "1"}),
        update(callback_query={"id": "1", "from": message(5)["from"], "data": "x"}),
        update(my_chat_member={"chat": GROUP, "from": message(5)["from"]}),
        update(message=message(5, new_chat_members=[ME])),
        update(message={**message(7, "a bot writes"), "from": {"id": 7, "is_bot": True}}),
        {"update_id": "none"},
        {},
    ]
    for body in odd:
        assert deliver(served.url, body) == 200, body
    assert deliver(served.url, b"nonsense") == 400
    time.sleep(0.3)
    assert agent.heard == []


def test_updates_are_asked_for_where_there_is_no_webhook(serve, bot_api):
    served = serve(TELEGRAM_POLLING="yes", TELEGRAM_SECRET_TOKEN="")
    first = said(5, "one")
    for body in (first, said(5, "two"), update(poll={"id": "1"})):
        bot_api.updates.put(body)
    assert bot_api.wait_for(5, 2) == ["You said: one", "You said: two"]
    assert bot_api.called("deleteWebhook")
    deadline = time.monotonic() + 10
    while bot_api.called("getUpdates")[-1]["offset"] < first["update_id"] + 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    served.stop()


def test_two_programs_that_ask_are_told_apart_in_a_clear_line(serve, bot_api, agent, caplog):
    bot_api.conflicts = 1
    served = serve(TELEGRAM_POLLING="yes")
    deadline = time.monotonic() + 10
    while CONFLICT not in caplog.text:
        assert time.monotonic() < deadline, caplog.text
        time.sleep(0.05)
    assert TOKEN not in caplog.text
    served.stop()


def test_odd_updates_do_not_end_the_asking(serve, bot_api, agent):
    served = serve(TELEGRAM_POLLING="yes")
    for odd in ({"update_id": 10**300}, {"update_id": 5000, "message": []}):
        bot_api.updates.put(odd)
    bot_api.updates.put(said(5, "one"))
    assert bot_api.wait_for(5) == ["You said: one"]
    served.stop()


def test_a_revoked_token_is_a_matter_for_the_operator(served, bot_api, agent):
    bot_api.revoked = True
    deliver(served.url, said(5, "one"))
    outbox = served.channels[1].dispatcher.parts.outbox
    deadline = time.monotonic() + 10
    while ("waiting", "no access: HTTP 401") not in outbox.counts():
        assert time.monotonic() < deadline, outbox.counts()
        time.sleep(0.05)


def test_telegram_away_is_no_reason_not_to_start(serve, bot_api, agent):
    bot_api.close()
    served = serve(TELEGRAM_POLLING="yes")
    assert deliver(served.url, said(5, "hello")) == 200
    assert heard(agent, 1)
