"""The payloads that the platforms document, typed in from there: what each is taken for."""

import pytest

from switchboard.channels.facebook.facebook_events import read_event, written_in_page_inbox
from switchboard.channels.facebook.facebook_input import read_arrivals
from switchboard.channels.telegram.telegram_updates import is_blocking, read_arrival, read_updates

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
    "Instagram, story mention": (
        attachment("story_mention", url="https://cdn.example/s"),
        WORDLESS,
    ),
}


@pytest.mark.parametrize("name", FACEBOOK)
def test_messenger(name):
    event, expected = FACEBOOK[name]
    body = {"object": "page", "entry": [{"id": "1001", "messaging": [{**IDS, **event}]}]}
    (arrival,) = read_arrivals(body)
    assert arrival.conversation in ("facebook:1001:110", "facebook:1001:1001")
    message = read_event(arrival.payload)
    assert (message.text if message else None) == expected


def test_messenger_where_it_went():
    place = read_event({**IDS, **FACEBOOK["location"][0]}).metadata["attachments"]
    assert place == [{"kind": "location", "url": "geo:1.5,2.5"}]
    assert read_event(FACEBOOK["postback with referral"][0]).metadata == {"start": "ad"}
    assert read_event(FACEBOOK["reply to a message"][0]).metadata == {"reply_to": "m0"}
    assert written_in_page_inbox({"message": {"is_echo": True, "text": "hi"}}) == "hi"


CHAT = {"id": 1111111, "type": "private", "first_name": "Test", "username": "Testusername"}
PERSON = {"id": 1111111, "is_bot": False, "first_name": "Test", "language_code": "en"}
HEAD = {"date": 1441645532, "chat": CHAT, "message_id": 1365, "from": PERSON}
GROUP = {"id": -11, "type": "group", "title": "Test group"}


def sent(**content):
    return {"message": {**HEAD, **content}}


TELEGRAM = {
    "text": (sent(text="hello"), "hello"),
    "start by a link": (sent(text="/start abc"), "/greet"),
    "forwarded": (sent(text="/start", forward_origin={"type": "user"}), "/greet"),
    "reply": (sent(text="this", reply_to_message={**HEAD, "text": "that"}), "this"),
    "edited": (
        {"edited_message": {**HEAD, "edit_date": 1441646600, "text": "Edited text"}},
        "Edited text",
    ),
    "with entities": (
        sent(text="/help and *bold*", entities=[{"type": "bot_command", "offset": 0, "length": 5}]),
        "/bot_challenge",
    ),
    "photo": (sent(photo=[{"file_id": "a", "width": 9}], caption="broken"), "broken"),
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
    "poll": (sent(poll={"id": "1", "question": "?"}), None),
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
    if expected is not None:
        assert arrival.conversation == "telegram:1111111"
        assert arrival.event_id == "10000"
    message = read_updates([update], None)
    assert (message.text if message else None) == expected
    assert not is_blocking(update)


def test_telegram_blocked():
    blocked = {"chat": CHAT, "from": PERSON, "new_chat_member": {"status": "kicked"}}
    assert is_blocking({"update_id": 1, "my_chat_member": blocked})
