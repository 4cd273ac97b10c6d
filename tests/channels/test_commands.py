"""Whatever a customer types, in whatever channel: Rasa never takes it for a command."""

from __future__ import annotations

import asyncio
import sys
import unicodedata
from email.message import EmailMessage

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from switchboard.channels.assistant import Assistant
from switchboard.channels.email.mail_arrivals import read_letter
from switchboard.channels.facebook.facebook_events import read_event
from switchboard.channels.telegram.telegram_updates import COMMANDS, read_updates
from switchboard.channels.voice_messages import with_voice_heard
from switchboard.channels.wechat.wechat_events import read_wechat
from switchboard.channels.wecom.wecom_events import read_wecom
from switchboard.channels.whatsapp.whatsapp_events import read_message as read_message_of_whatsapp
from switchboard.channels.x.x_events import read_message as read_message_of_x
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.files.file_store import FileStore
from switchboard.mailroom.message import Incoming
from switchboard.mails.mail_reading import read_message
from switchboard.text.normal import plain_text
from switchboard.text.storable import clean_text
from switchboard.text.typed_text import typed
from switchboard.voice.voice_notes import VoiceNotes

COMMAND = 'restart{"order_number": "4711"}'
SLASHES = "/\uff0f"
INVISIBLE = (
    "\u200b\u200c\u200d\u200e\u202e\u2060\u2066\ufeff\u00ad\u034f\u115f\u3164\ufe0f\ud83d\u180e"
)
CONTROLS = "\x00\x01\x08\x0b\x0c\x1b\x1c\x1f\x7f\x85\u2028\u2029"
SPACES = " \t\n\r\u00a0\u2003\u3000"
# Half of it plain slashes and spaces: what gets through is most often made of those.
_LEAD = st.sampled_from(["/", "/ ", " /"]) | st.sampled_from(
    [*SLASHES, *INVISIBLE, *CONTROLS, *SPACES]
)
HOSTILE = st.builds(
    str.__add__,
    st.lists(_LEAD, min_size=1, max_size=8).map("".join),
    st.sampled_from([COMMAND, "restart", "greet", "/restart", "restart /restart", ""]),
)
DONE_TO_US = [
    "/ /restart",
    "/ / /restart",
    "//restart",
    "/\n/restart",
    "\x00/restart",
    "/\x00 /restart",
]
DONE_TO_US += [
    "\uff0frestart",
    "/\u200b/restart",
    "\ufeff/restart",
    "\u200b /restart",
    "/\ud83d/restart",
]
_UNSEEN = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]")
LATER = {
    "as it is": str,
    "folded": lambda text: unicodedata.normalize("NFKC", text),
    "decomposed": lambda text: unicodedata.normalize("NFKD", text),
    "cleaned": clean_text,
    "plain": plain_text,
    "without what is not seen": lambda text: _UNSEEN.sub("", text),
}


def is_command(text: str) -> bool:
    """What Rasa itself does with a text: from the channel's message to its intent."""
    message = Message({TEXT: UserMessage(text).text})
    return INTENT in YAMLStoryReader.unpack_regex_message(message).data


def becomes_command(text: str) -> bool:
    """Whether Rasa takes it for one, or would after any of the later treatments of a text."""
    return any(is_command(treat(text)) for treat in LATER.values())


def before(text: str) -> str:
    """How it was done when `/ /restart` got through."""
    return text.strip().lstrip("/").strip()


def test_rasa_is_asked_as_it_decides():
    assert is_command("/restart")
    assert is_command(" /restart")
    assert is_command(f"/{COMMAND}")
    assert not is_command("restart /restart")


def test_the_property_can_fail():
    found = 0

    @given(HOSTILE)
    @settings(max_examples=500)
    def count(text):
        nonlocal found
        found += is_command(before(text))

    count()
    assert found > 20, "so rare that the test below would pass by luck"


@given(HOSTILE)
@example("/ /restart")
@settings(max_examples=500)
def test_what_is_typed_is_never_a_command(text):
    assert not becomes_command(typed(text))


@pytest.mark.parametrize("text", DONE_TO_US)
def test_what_was_done_to_us(text):
    assert typed(text) == "restart"


def test_no_character_before_a_slash_makes_a_command():
    # All but letters of scripts without case, and what is nobody's: they are seen, and stay.
    seen = {"Lo", "Cn", "Co"}
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in seen and not _UNSEEN.match(chr(code)):
            continue
        for text in (f"{chr(code)}/restart", f"/{chr(code)}/restart", f"{chr(code)}restart"):
            assert not becomes_command(typed(text)), hex(code)


@pytest.mark.parametrize(
    "text",
    ["either/or", "4711", "a / b", "and/or?", "1/2", "\u202bשלום", "👩‍👩‍👧 hi", ".../restart"],
)
def test_other_text_stays(text):
    assert typed(text) == text


def heard(message: Incoming | None) -> str:
    """The text that reaches Rasa; empty: none does."""
    asked: list[UserMessage] = []

    async def on_new_message(message: UserMessage) -> None:
        asked.append(message)

    class Ready:
        def is_ready(self) -> bool:
            return True

    if message is None:
        return ""
    assistant = Assistant("any", on_new_message, Ready)
    asyncio.run(assistant.hear("any:1", message, "m", again=False))
    return asked[0].text if asked else ""


FACEBOOK = {
    "message": lambda text: {"message": {"mid": "m", "text": text}},
    "edited": lambda text: {"message_edit": {"mid": "m", "text": text}},
    "with a picture": lambda text: {
        "message": {
            "mid": "m",
            "text": text,
            "attachments": [{"type": "image", "payload": {"url": "x"}}],
        }
    },
}
ATTACHED = f"/{ATTACHMENT_INTENT}"


@pytest.mark.parametrize("shape", FACEBOOK)
@given(text=HOSTILE)
def test_messenger(shape, text):
    told = heard(read_event(FACEBOOK[shape](text)))
    assert told == ATTACHED or not becomes_command(told)


@pytest.mark.parametrize("kind", ["message", "edited_message"])
@given(text=HOSTILE | HOSTILE.map(lambda text: f"@tidewick_bot {text}"))
def test_telegram(kind, text):
    chat = {"id": 5, "type": "private"}
    update = {
        "update_id": 1,
        kind: {"message_id": 1, "chat": chat, "from": {"id": 7}, "text": text},
    }
    told = heard(read_updates([update]))
    assert told in COMMANDS.values() or not becomes_command(told)


WHATSAPP = {
    "text": lambda text: {"type": "text", "text": {"body": text}},
    "caption": lambda text: {"type": "image", "image": {"id": "1", "caption": text}},
    "contact": lambda text: {"type": "contacts", "contacts": [{"phones": [{"phone": text}]}]},
    "order": lambda text: {"type": "order", "order": {"text": text}},
    "button of a template": lambda text: {
        "type": "button",
        "button": {"text": text, "payload": text},
    },
    "title of a choice": lambda text: {
        "type": "interactive",
        "interactive": {"type": "list_reply", "list_reply": {"id": text, "title": text}},
    },
}
X = {
    "text": lambda text: {"text": text},
    "with a picture": lambda text: {"text": text, "attachment": {"type": "media", "media": {}}},
    "quick reply": lambda text: {
        "text": text,
        "quick_reply_response": {"type": "options", "metadata": text},
    },
    "link": lambda text: {
        "text": "https://t.co/a",
        "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": text}]},
    },
}


@pytest.mark.parametrize("shape", WHATSAPP)
@given(text=HOSTILE)
def test_whatsapp(shape, text):
    told = heard(read_message_of_whatsapp(WHATSAPP[shape](text)))
    assert told == ATTACHED or not becomes_command(told)


@pytest.mark.parametrize("told", [{"MsgType": "text"}, {"MsgType": "voice", "MediaId": "m"}])
@given(text=HOSTILE)
def test_wechat(told, text):
    told = heard(read_wechat({**told, "Content": text, "Recognition": text}))
    assert told == ATTACHED or not becomes_command(told)


@given(text=HOSTILE)
def test_wecom(text):
    told = heard(read_wecom({"origin": 3, "msgtype": "text", "text": {"content": text}}))
    assert not becomes_command(told)


@pytest.mark.parametrize("shape", X)
@given(text=HOSTILE)
def test_x(shape, text):
    told = heard(read_message_of_x({"message_create": {"message_data": X[shape](text)}}))
    assert told == ATTACHED or not becomes_command(told)


@given(text=HOSTILE)
def test_email(text):
    message = EmailMessage()
    message["From"], message["Subject"] = "lin@example.com", "hello"
    payload = message.as_bytes().rstrip() + b"\n\n" + text.encode("utf-8", "replace")
    told = read_letter(read_message(payload), "shop@example.com").text
    assert not becomes_command(heard(Incoming(told)))


@pytest.mark.parametrize("said", ["/restart", "/ /restart", "\uff0frestart", "restart", "2"])
def test_what_is_spoken(said, engine, tmp_path):
    """A transcript is what somebody said, whatever a service writes of it."""

    class Heard:
        async def transcribe(self, sound, mime, deadline):
            return said

    async def download(_url):
        return b"OggS\x00 a sound"

    attached = {"attachments": [{"kind": "audio", "url": "platform:1"}]}
    wordless = Incoming(ATTACHED, attached, command=True)
    notes = VoiceNotes(FileStore(engine, tmp_path / "files"), Heard())
    message = asyncio.run(with_voice_heard(notes, "any:1", "m", wordless, download))
    assert not message.command
    assert message.metadata["transcribed"] is True
    assert not becomes_command(heard(message))


@given(HOSTILE)
def test_any_channel_that_hands_on_what_it_was_given(text):
    assert not becomes_command(heard(Incoming(text)))


def test_a_button_is_a_command():
    assert heard(Incoming(f"/{COMMAND}", command=True)) == f"/{COMMAND}"
    assert heard(read_event({"postback": {"payload": "/greet"}})) == "/greet"


def test_nothing_is_asked_for_slashes_alone():
    assert heard(Incoming(" / \u200b/ ")) == ""
