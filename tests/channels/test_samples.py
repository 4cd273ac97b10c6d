"""The payloads that the platforms document, typed in from there: what each is taken for."""

import pytest

from switchboard.channels.facebook.facebook_arrivals import read_arrivals
from switchboard.channels.facebook.facebook_events import read_event, written_in_page_inbox
from switchboard.channels.telegram.telegram_arrivals import read_arrival
from switchboard.channels.telegram.telegram_updates import is_blocking, read_updates
from switchboard.channels.x import x_deliveries
from switchboard.channels.x.x_events import read_message

IDS = {"sender": {"id": "110"}, "recipient": {"id": "1001"}, "timestamp": 1458692752478}
WORDLESS = "/send_attachment"


def attachment(kind, **payload):
    return {"message": {"mid": "mid.1", "attachments": [{"type": kind, "payload": payload}]}}


FACEBOOK = {
    "text": ({"message": {"mid": "m", "text": "hello, world!"}}, "hello, world!"),
    "quick reply": (
        {"message": {"mid": "m", "text": "Red", "quick_reply": {"payload": "/affirm"}}},
        "/affirm",
    ),
    "reply to a message": (
        {"message": {"mid": "m", "text": "this one", "reply_to": {"mid": "m0"}}},
        "this one",
    ),
    "image": (attachment("image", url="https://cdn.example/i.png"), WORDLESS),
    "audio": (attachment("audio", url="https://cdn.example/v.mp4"), WORDLESS),
    "video": (attachment("video", url="https://cdn.example/v.mp4"), WORDLESS),
    "file": (attachment("file", url="https://cdn.example/f.pdf"), WORDLESS),
    "location": (attachment("location", coordinates={"lat": 1.5, "long": 2.5}), WORDLESS),
    "fallback": (
        {
            "message": {
                "mid": "m",
                "text": "https://x.example",
                "attachments": [{"type": "fallback"}],
            }
        },
        "https://x.example",
    ),
    "like": (attachment("image", url="https://cdn.example/l", sticker_id=369239263222822), "👍"),
    "sticker": (attachment("image", url="https://cdn.example/s", sticker_id=5), WORDLESS),
    "product": (
        {"message": {"mid": "m", "text": "Is it blue?", "referral": {"product": {"id": "P"}}}},
        "Is it blue?",
    ),
    "postback": ({"postback": {"mid": "m", "title": "Go", "payload": "/greet"}}, "/greet"),
    "postback with referral": (
        {"postback": {"payload": "/greet", "referral": {"ref": "ad", "source": "ADS"}}},
        "/greet",
    ),
    "edit": ({"message_edit": {"mid": "m", "text": "4712, sorry", "num_edit": 1}}, "4712, sorry"),
    "echo": (
        {"message": {"is_echo": True, "app_id": 15, "metadata": "switchboard", "mid": "m"}},
        None,
    ),
    "delivery": ({"delivery": {"mids": ["m"], "watermark": 1458668856253}}, None),
    "read": ({"read": {"watermark": 1458668856253}}, None),
    "reaction": ({"reaction": {"reaction": "love", "action": "react", "mid": "m"}}, None),
    "referral": ({"referral": {"ref": "r", "source": "SHORTLINK", "type": "OPEN_THREAD"}}, None),
    "optin": ({"optin": {"type": "notification_messages", "payload": "x"}}, None),
    "account linking": ({"account_linking": {"status": "linked"}}, None),
    "pass thread control": ({"pass_thread_control": {"new_owner_app_id": "1"}}, None),
    "policy enforcement": ({"policy_enforcement": {"action": "warning", "reason": "r"}}, None),
    "Instagram, unsent": ({"message": {"mid": "m", "is_deleted": True}}, None),
    "Instagram, story mention": (attachment("story_mention", url="https://cdn.example/s"), None),
    "Instagram, story reply": (
        {
            "message": {
                "mid": "m",
                "text": "Is this one in stock?",
                "reply_to": {"story": {"url": "https://cdn.example/s", "id": "1"}},
            }
        },
        "Is this one in stock?",
    ),
    "Instagram, shared post": (attachment("share", url="https://cdn.example/p"), WORDLESS),
    "Instagram, seen once": (attachment("ephemeral"), WORDLESS),
    "Instagram, unsupported": ({"message": {"mid": "m", "is_unsupported": True}}, WORDLESS),
    "Instagram, to oneself": ({"message": {"mid": "m", "text": "note", "is_self": True}}, None),
    "sticker without a picture": ({"message": {"mid": "m", "sticker_id": 5}}, WORDLESS),
    "location off the map": (attachment("location", coordinates={"lat": 191, "long": 2}), WORDLESS),
}


def arrivals(*events, **entry):
    return read_arrivals(
        {"object": "page", "entry": [{"id": "1001", "messaging": list(events), **entry}]}
    )


@pytest.mark.parametrize("name", FACEBOOK)
def test_messenger(name):
    event, expected = FACEBOOK[name]
    found = arrivals({**IDS, **event})
    assert [read_event(each.payload).text for each in found] == ([expected] if expected else [])
    assert all(each.conversation == "facebook:1001:110" for each in found)


def test_messenger_echoes():
    page = {"sender": {"id": "1001"}, "recipient": {"id": "110"}, "timestamp": 1458692752478}

    def echo(**more):
        return {**page, "message": {"mid": "m", "is_echo": True, "text": "hi", **more}}

    assert arrivals(echo(app_id=15, metadata="switchboard"), echo(app_id=7)) == []
    (answered,) = arrivals(echo(app_id=263902037430900))
    assert answered.conversation == "facebook:1001:110"
    assert written_in_page_inbox(answered.payload) == "hi"


def test_messenger_nobody_acts_for_a_customer():
    itself = {"sender": {"id": "1001"}, "recipient": {"id": "1001"}, **FACEBOOK["text"][0]}
    comment = {"field": "comments", "value": {"from": {"id": "110"}, "text": "nice", "id": "17"}}
    feed = {"field": "feed", "value": {"item": "comment", "message": "where is my order?"}}
    assert arrivals(itself) == []
    assert arrivals(changes=[comment, feed]) == []
    assert arrivals(standby=[{**IDS, **FACEBOOK["text"][0]}]) == []


def test_messenger_where_it_went():
    place = read_event({**IDS, **FACEBOOK["location"][0]}).metadata["attachments"]
    assert place == [{"kind": "location", "url": "geo:1.5,2.5"}]
    assert read_event(FACEBOOK["postback with referral"][0]).metadata == {"start": "ad"}
    assert read_event(FACEBOOK["reply to a message"][0]).metadata == {"reply_to": "m0"}
    assert "attachments" not in read_event(FACEBOOK["location off the map"][0]).metadata


CHAT = {"id": 1111111, "type": "private", "first_name": "Test", "username": "Testusername"}
PERSON = {"id": 1111111, "is_bot": False, "first_name": "Test", "language_code": "en"}
HEAD = {"date": 1441645532, "chat": CHAT, "message_id": 1365, "from": PERSON}
PHOTO = [{"file_id": "a", "width": 9}]
GROUP = {"id": -11, "type": "group", "title": "Test group"}


def sent(**content):
    return {"message": {**HEAD, **content}}


def pressed(presser=1111111, **more):
    message = {**HEAD, "from": {"id": 42, "is_bot": True}, **more}
    return {
        "callback_query": {"id": "1", "from": {"id": presser}, "message": message, "data": "1:0"}
    }


TELEGRAM = {
    "text": (sent(text="hello"), "hello"),
    "start by a link": (sent(text="/start abc"), "/greet"),
    "forwarded": (sent(text="/start", forward_origin={"type": "user"}), "start"),
    "by another bot": (sent(text="/stop", via_bot={"id": 9, "is_bot": True}), "stop"),
    "reply": (sent(text="this", reply_to_message={**HEAD, "text": "that"}), "this"),
    "edited": (
        {"edited_message": {**HEAD, "edit_date": 1441645600, "text": "Edited text"}},
        "Edited text",
    ),
    "edited a week later": (
        {"edited_message": {**HEAD, "edit_date": 1442250332, "text": "Edited text"}},
        None,
    ),
    "edited caption": (
        {"edited_message": {**HEAD, "edit_date": 1441645600, "caption": "x", "photo": PHOTO}},
        None,
    ),
    "live location": (
        sent(location={"latitude": 1.0, "longitude": 2.0, "live_period": 900}),
        WORDLESS,
    ),
    "live location, moved": (
        {
            "edited_message": {
                **HEAD,
                "edit_date": 1441645600,
                "location": {"latitude": 1.0, "longitude": 2.1, "live_period": 900},
            }
        },
        None,
    ),
    "with entities": (
        sent(text="/help and *bold*", entities=[{"type": "bot_command", "offset": 0, "length": 5}]),
        "/bot_challenge",
    ),
    "photo": (sent(photo=PHOTO, caption="broken"), "broken"),
    "audio": (sent(audio={"file_id": "a", "duration": 243, "mime_type": "audio/mpeg"}), WORDLESS),
    "voice": (sent(voice={"file_id": "a", "duration": 5, "mime_type": "audio/ogg"}), WORDLESS),
    "document": (sent(document={"file_id": "a", "file_name": "Testfile.pdf"}), WORDLESS),
    "video": (sent(video={"file_id": "a", "duration": 3}), WORDLESS),
    "video note": (sent(video_note={"file_id": "a", "length": 3}), WORDLESS),
    "animation": (sent(animation={"file_id": "a"}, document={"file_id": "a"}), WORDLESS),
    "sticker": (sent(sticker={"file_id": "a", "emoji": "👋"}), "👋"),
    "location": (sent(location={"latitude": 1.0, "longitude": 2.0}), WORDLESS),
    "venue": (
        sent(venue={"location": {"latitude": 1.0, "longitude": 2.0}, "title": "x"}),
        WORDLESS,
    ),
    "contact": (sent(contact={"phone_number": "+353871234567"}), "+353871234567"),
    "dice": (sent(dice={"emoji": "🎲", "value": 3}), "🎲"),
    "sticker without an emoji": (sent(sticker={"file_id": "a"}), WORDLESS),
    "poll": (sent(poll={"id": "1", "question": "?"}), WORDLESS),
    "story": (sent(story={"id": 1, "chat": CHAT}), WORDLESS),
    "paid media": (sent(paid_media={"star_count": 5, "paid_media": []}), WORDLESS),
    "checklist": (sent(checklist={"title": "x", "tasks": []}), WORDLESS),
    "game": (sent(game={"title": "x", "description": "y", "photo": []}), WORDLESS),
    "joined": (sent(new_chat_members=[PERSON], chat=GROUP), None),
    "left": (sent(left_chat_member=PERSON, chat=GROUP), None),
    "pinned": (sent(pinned_message=HEAD, chat=GROUP), None),
    "timer": (sent(message_auto_delete_timer_changed={"message_auto_delete_time": 1}), None),
    "channel post": ({"channel_post": {**HEAD, "chat": {"id": -1, "type": "channel"}}}, None),
    "inline query": ({"inline_query": {"id": "1", "from": PERSON, "query": "q"}}, None),
    "chosen result": ({"chosen_inline_result": {"result_id": "1", "from": PERSON}}, None),
    "reaction": ({"message_reaction": {"chat": CHAT, "user": PERSON}}, None),
    "join request": ({"chat_join_request": {"chat": GROUP, "from": PERSON}}, None),
    "business": ({"business_message": {**HEAD, "text": "x"}}, None),
    "business, as a message": (sent(text="x", business_connection_id="b"), None),
    "business, pressed": (pressed(business_connection_id="b"), None),
    "for a channel": (sent(text="x", sender_chat={"id": -1, "type": "channel"}), None),
    "another bot": (sent(text="x", **{"from": {"id": 1111111, "is_bot": True}}), None),
    "another person": (sent(text="x", **{"from": {"id": 2, "is_bot": False}}), None),
    "pressed by another person": (pressed(presser=2), None),
    "of a channel": (sent(text="x", chat={"id": -1, "type": "channel"}), None),
    "group chatter": (sent(text="where is my order 4711?", chat=GROUP), None),
    "unblocked": (
        {"my_chat_member": {"chat": CHAT, "from": PERSON, "new_chat_member": {"status": "member"}}},
        None,
    ),
}


@pytest.mark.parametrize("name", TELEGRAM)
def test_telegram(name):
    content, expected = TELEGRAM[name]
    update = {"update_id": 10000, **content}
    arrival = read_arrival(update)
    if expected is None:
        assert arrival is None or name == "unblocked"
    else:
        assert arrival.conversation == "telegram:1111111"
        assert arrival.order == 10000.0
        assert read_updates([update]).text == expected
    assert not is_blocking(update)


def test_telegram_blocked():
    blocked = {"chat": CHAT, "from": PERSON, "new_chat_member": {"status": "kicked"}}
    assert is_blocking({"update_id": 1, "my_chat_member": blocked})


X_ACCOUNT = "4337869213"
X_ENTITIES = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}


def x_event(data, sender="3001969357", recipient=X_ACCOUNT, **more):
    return {
        "type": "message_create",
        "id": "954491830116155396",
        "created_timestamp": "1516403560557",
        "message_create": {
            "target": {"recipient_id": recipient},
            "sender_id": sender,
            "source_app_id": "13090192",
            "message_data": {"entities": X_ENTITIES, **data},
        },
        **more,
    }


def x_media(kind):
    address = (
        "https://ton.twitter.com/1.1/ton/data/dm/1034828552951160836/1034828533812486145/o.jpg"
    )
    media = {"id_str": "1", "type": kind, "media_url_https": address, "url": "https://t.co/pic"}
    return {"type": "media", "media": media}


def x_place(*coordinates):
    shared = {"coordinates": {"type": "Point", "coordinates": list(coordinates)}}
    return {
        "type": "location",
        "location": {"type": "shared_coordinate", "shared_coordinate": shared},
    }


X = {
    "text": ({"text": "Hello World!"}, "Hello World!"),
    "quick reply": (
        {
            "text": "Blue Bird",
            "quick_reply_response": {"type": "options", "metadata": "external_id_2"},
        },
        "Blue Bird",
    ),
    "photo": ({"text": " https://t.co/pic", "attachment": x_media("photo")}, WORDLESS),
    "photo with words": (
        {"text": "broken https://t.co/pic", "attachment": x_media("photo")},
        "broken",
    ),
    "video": ({"text": "https://t.co/pic", "attachment": x_media("video")}, WORDLESS),
    "gif": ({"text": "https://t.co/pic", "attachment": x_media("animated_gif")}, WORDLESS),
    "location": ({"text": "", "attachment": x_place(-122.44, 37.77)}, WORDLESS),
    "location off the map": ({"text": "", "attachment": x_place(1, 200)}, WORDLESS),
    "unknown attachment": ({"text": "", "attachment": {"type": "card"}}, WORDLESS),
    "link": (
        {
            "text": "https://t.co/a",
            "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://x.example"}]},
        },
        "https://x.example",
    ),
    "nothing": ({"text": " "}, None),
}


def x_arrivals(*events, account=X_ACCOUNT):
    body = {"for_user_id": X_ACCOUNT, "direct_message_events": list(events)}
    return x_deliveries.read_arrivals(body, account)


@pytest.mark.parametrize("name", X)
def test_x(name):
    data, expected = X[name]
    (arrival,) = x_arrivals(x_event(data))
    message = read_message(arrival.payload)
    assert (message.text if message else None) == expected
    assert (arrival.event_id, arrival.conversation) == (
        "dm:954491830116155396",
        "x:4337869213:3001969357",
    )
    assert int(arrival.order) == 1516403560557


def test_x_where_it_went_and_what_it_shows():
    kinds = {}
    for name in ("photo", "video", "gif", "location"):
        (kinds[name],) = read_message(x_event(X[name][0])).metadata["attachments"]
    assert [kinds[name]["kind"] for name in kinds] == ["image", "video", "video", "location"]
    assert kinds["location"]["url"] == "geo:37.77,-122.44"
    assert read_message(x_event(X["location off the map"][0])).metadata == {}


def test_x_whose_it_is():
    text = X["text"][0]
    assert x_arrivals(x_event(text, sender=X_ACCOUNT, recipient="3001969357")) == []
    assert x_arrivals(x_event(text, recipient="999")) == []
    assert x_arrivals(x_event(text), account="999") == []
    assert x_arrivals(x_event(text, type="welcome_message")) == []
    assert x_arrivals(x_event(text, id="not-a-number"), x_event(text, id=954491830116155396)) == []
    read = {"created_timestamp": "1518452444662", "sender_id": "1", "last_read_event_id": "9"}
    body = {"for_user_id": X_ACCOUNT, "direct_message_mark_read_events": [read]}
    assert x_deliveries.read_arrivals(body, X_ACCOUNT) == []


def test_x_large_ids_lose_no_digit():
    (arrival,) = x_arrivals(x_event(X["text"][0], sender="18446744073709551615"))
    assert arrival.conversation == f"x:{X_ACCOUNT}:18446744073709551615"
