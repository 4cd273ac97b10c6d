"""Voice notes on the channels that have them: heard as their words, kept as a file, asked of once."""

from __future__ import annotations

import json

import pytest

from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.voice_messages import with_voice_heard
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.files.file_store import REFERENCE, FileStore
from switchboard.mailroom.message import Incoming
from switchboard.tickets.story import read_lines
from switchboard.voice.voice_notes import VoiceNotes
from tests.fakes import bot_api_server as telegram
from tests.fakes import cloud_api_server as whatsapp
from tests.fakes import graph_server as facebook
from tests.fakes import wechat_server, wecom_server
from tests.fakes.transcription_server import FakeTranscription

OGG = b"OggS\x00" + b"\x00" * 60
WORDLESS = f"/{ATTACHMENT_INTENT}"


@pytest.fixture
def service():
    server = FakeTranscription()
    yield server
    server.close()


@pytest.fixture
def served(serve, service):
    return serve(**service.environment)


def voice(chat, **more):
    return telegram.said(
        chat, voice={"file_id": "v1", "mime_type": "audio/ogg", "duration": 2}, **more
    )


def test_a_voice_note_on_telegram_is_heard_and_kept(served, bot_api, agent, service, store):
    bot_api.files["v1.jpg"] = OGG
    telegram.deliver(served.url, voice(5))
    assert bot_api.wait_for(5) == ["You said: where is order 4711"]
    conversation, text, metadata = agent.heard[0]
    assert (conversation, text) == ("telegram:5", "where is order 4711")
    assert metadata["transcribed"] is True
    (sound,) = metadata["attachments"]
    assert (sound["kind"], sound["mime"]) == ("audio", "audio/ogg")
    assert store.content(store.find(sound["url"])) == OGG
    assert len(service.asked) == 1


def test_a_voice_note_on_messenger_is_heard_and_kept(served, graph, agent, service, store):
    graph.pictures["/voice.mp4"] = b"\x00\x00\x00\x1cftypM4A \x00\x00"
    sound = {"type": "audio", "payload": {"url": f"{graph.url}/voice.mp4"}}
    facebook.deliver(served.url, facebook.batch(facebook.said(1, attachments=[sound])))
    assert graph.wait_for(1) == ["You said: where is order 4711"]
    (kept,) = agent.heard[0][2]["attachments"]
    assert store.find(kept["url"]).mime == "audio/mp4"
    assert service.asked[0]["file"]["filename"] == "voice.m4a"


AMR = b"#!AMR\n" + b"\x00" * 40


def test_a_voice_note_on_whatsapp(served, cloud_api, agent, service, store):
    cloud_api.media["77"] = ("audio/ogg", OGG)
    note = whatsapp.said("15550111", type="audio", audio={"id": "77", "voice": True})
    whatsapp.deliver(served.url, whatsapp.batch(note))
    assert cloud_api.wait_for("15550111") == ["You said: where is order 4711"]
    (kept,) = agent.heard[0][2]["attachments"]
    assert store.content(store.find(kept["url"])) == OGG


def test_a_voice_note_on_wechat_that_it_did_not_write_down(served, wechat, agent, service, store):
    wechat.media["m2"] = AMR
    note = wechat_server.said("maya", kind="voice", MediaId="m2", Format="amr")
    told = wechat_server.deliver(served.url, note, wechat)
    assert "You said: where is order 4711" in told
    note = wechat_server.said("maya", kind="voice", MediaId="m2", Recognition="and 4712?")
    wechat_server.deliver(served.url, note, wechat)
    assert agent.texts() == ["where is order 4711", "and 4712?"]
    assert len(service.asked) == 1


def test_a_voice_note_on_wecom(served, wecom, agent, service, store):
    wecom.media["m2"] = AMR
    wecom.add(wecom_server.said("maya", kind="voice", media_id="m2"))
    assert wecom_server.announce(served.url) == 200
    wecom.wait_for("maya")
    assert agent.texts() == ["where is order 4711"]


@pytest.mark.parametrize("heard", ["1", "Yes, cancel it"])
def test_what_wechat_heard_itself_is_kept_and_presses_no_button(
    served, wechat, agent, service, store, heard
):
    yes = [{"title": "Yes, cancel it", "payload": "/affirm"}]
    agent.script = lambda message: [{"text": "Cancel?", "buttons": yes}]
    wechat_server.deliver(served.url, wechat_server.said("maya", "cancel"), wechat)
    wechat.media["m2"] = AMR
    note = wechat_server.said("maya", kind="voice", MediaId="m2", Recognition=heard)
    wechat_server.deliver(served.url, note, wechat)
    assert agent.texts() == ["cancel", heard]
    metadata = agent.heard[1][2]
    assert metadata["transcribed"] is True
    (sound,) = metadata["attachments"]
    assert store.content(store.find(sound["url"])) == AMR
    assert store.transcript(sound["url"].removeprefix(REFERENCE)) == heard
    assert service.asked == []


@pytest.mark.parametrize("said", ["/restart", '/cancel_order{"order_number": "1"}', "/ /restart"])
def test_what_is_spoken_is_never_a_command(served, bot_api, agent, service, said):
    service.said = said
    bot_api.files["v1.jpg"] = OGG
    telegram.deliver(served.url, voice(5))
    bot_api.wait_for(5)
    assert not agent.texts()[0].startswith("/")


def test_a_number_that_is_spoken_presses_no_button(served, bot_api, agent, service):
    yes = [{"title": "Yes, cancel it", "payload": "/affirm"}]
    agent.script = lambda message: [{"text": "Cancel?", "buttons": yes}]
    telegram.deliver(served.url, telegram.said(5, "cancel"))
    bot_api.wait_for(5)
    bot_api.files["v1.jpg"] = OGG
    for count, said in enumerate(("1", "Yes, cancel it"), 2):
        service.said = said
        telegram.deliver(served.url, voice(5))
        bot_api.wait_for(5, count)
    assert agent.texts() == ["cancel", "1", "Yes, cancel it"]


@pytest.mark.parametrize("mode", ["broken", "not_json", "too_large", "no_text", "endless"])
def test_what_cannot_be_heard_is_acknowledged_and_kept(
    served, bot_api, agent, service, store, mode
):
    service.mode = mode
    bot_api.files["v1.jpg"] = OGG
    telegram.deliver(served.url, voice(5))
    bot_api.wait_for(5)
    _, text, metadata = agent.heard[0]
    assert text == WORDLESS
    assert "transcribed" not in metadata
    assert store.find(metadata["attachments"][0]["url"])


def test_silence_is_acknowledged(served, bot_api, agent, service):
    service.said = "  "
    bot_api.files["v1.jpg"] = OGG
    telegram.deliver(served.url, voice(5))
    bot_api.wait_for(5)
    assert agent.texts() == [WORDLESS]


def test_without_a_service_it_is_as_before_but_kept(serve, bot_api, agent):
    served = serve()
    bot_api.files["v1.jpg"] = OGG
    telegram.deliver(served.url, voice(5))
    bot_api.wait_for(5)
    assert agent.texts() == [WORDLESS]
    assert agent.heard[0][2]["attachments"][0]["url"].startswith(REFERENCE)


def test_a_turn_that_failed_asks_nobody_again(served, bot_api, agent, service):
    tries = []

    def script(message):
        tries.append(message.text)
        if len(tries) < 3:
            raise RuntimeError("a turn fails")
        return [{"text": "done"}]

    agent.script = script
    bot_api.files["v1.jpg"] = OGG
    telegram.deliver(served.url, voice(5))
    assert bot_api.wait_for(5) == ["done"]
    assert tries == ["where is order 4711"] * 3
    assert len(service.asked) == 1


def test_the_language_that_a_service_tells_is_not_believed(served, bot_api, agent, service):
    service.said, service.language = "我的订单在哪里", "english"
    bot_api.files["v1.jpg"] = OGG
    telegram.deliver(served.url, voice(5))
    bot_api.wait_for(5)
    _, text, metadata = agent.heard[0]
    assert text == "我的订单在哪里"
    assert "english" not in json.dumps(metadata)


@pytest.fixture
def files(engine, tmp_path):
    return FileStore(engine, tmp_path / "files")


class Hears:
    async def transcribe(self, sound, mime, deadline):
        return "it is broken"


def message(text=WORDLESS, command=True, kind="audio", url="platform:1"):
    return Incoming(text, {"attachments": [{"kind": kind, "url": url}]}, command)


async def hear(files, given, content=OGG):
    async def download(_url):
        if content is None:
            raise Undelivered(Trouble.DOWN, "away")
        return content

    return await with_voice_heard(VoiceNotes(files, Hears()), "any:1", "m", given, download)


async def test_words_and_what_is_spoken_are_one_message(files):
    heard = await hear(files, message("look", False))
    assert (heard.text, heard.command) == ("look\nit is broken", False)


async def test_a_button_stays_a_button(files):
    heard = await hear(files, message("/affirm", True))
    assert (heard.text, heard.command) == ("/affirm", True)
    assert "transcribed" not in heard.metadata


@pytest.mark.parametrize("content", [None, b"", b"<html>", b"\xff\xd8\xff a picture"])
async def test_what_is_no_sound_stays_an_attachment(files, content):
    given = message()
    heard = await hear(files, given, content)
    assert (heard.text, heard.metadata["attachments"][0]["url"]) == (WORDLESS, "platform:1")


async def test_a_page_uploads_its_sound_before(files):
    kept, others = files.keep("any:1", OGG), files.keep("any:2", OGG)
    assert (await hear(files, message(url=kept.reference), None)).text == "it is broken"
    assert (await hear(files, message(url=others.reference), None)).text == WORDLESS


def test_agents_see_that_it_was_written_down():
    metadata = {"attachments": [{"kind": "audio", "url": f"{REFERENCE}x"}], "transcribed": True}
    (line,) = read_lines([{"event": "user", "text": "it is broken", "metadata": metadata}])
    assert line.transcribed
    assert line.text == "it is broken [audio, transcribed]"
