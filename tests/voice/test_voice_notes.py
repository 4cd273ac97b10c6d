"""A voice note is kept and written down once, within bounds, whatever the service does."""

import io
import logging
import random
import time
import wave

import pytest
import sqlalchemy as sa

from switchboard.database.tables import files
from switchboard.errors import ModelDown, ModelError, ModelWrong
from switchboard.files.file_kinds import kind_of
from switchboard.files.file_store import FileStore
from switchboard.llm.chat_model import Deadline
from switchboard.llm.model_chain import FAILURES
from switchboard.llm.openai_model import Provider
from switchboard.llm.spending import Ceiling, DailyCeiling
from switchboard.privacy.retention import Retention
from switchboard.privacy.subjects import Subjects
from switchboard.rasa_services import RasaServices
from switchboard.settings import load_settings
from switchboard.voice.openai_transcriber import OpenAITranscriber
from switchboard.voice.sound_length import sound_seconds
from switchboard.voice.voice_notes import MOST_UNTOLD, VoiceLimits, VoiceNotes
from tests.fakes.transcription_server import FakeTranscription

OGG = b"OggS\x00" + b"\x00" * 60


def recording(seconds, rate=8000):
    """A sound that tells its length."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(rate)
        sound.writeframes(b"\x80" * int(rate * seconds))
    return out.getvalue()


@pytest.fixture
def service():
    server = FakeTranscription()
    yield server
    server.close()


@pytest.fixture
def transcriber(service):
    return OpenAITranscriber(Provider("whisper-1", "sk-voice", f"{service.url}/v1"))


@pytest.fixture
def store(engine, tmp_path):
    return FileStore(engine, tmp_path / "files")


@pytest.fixture
def notes(store, transcriber):
    return VoiceNotes(store, transcriber, VoiceLimits(3.0, 120.0))


def brings(content):
    async def fetch():
        fetch.calls += 1
        return content

    fetch.calls = 0
    return fetch


async def test_what_is_said_comes_back(service, transcriber):
    assert await transcriber.transcribe(OGG, "audio/ogg", Deadline(5)) == "where is order 4711"
    (asked,) = service.asked
    assert asked["model"] == "whisper-1"
    assert asked["file"] == {"filename": "voice.ogg", "type": "audio/ogg", "size": len(OGG)}
    assert asked["response_format"] == "json"
    assert asked["key"] == "Bearer sk-voice"
    assert "language" not in asked


async def test_what_is_not_visible_is_cleaned(service, transcriber):
    service.said = " one\x00\r\ntwo\ud800 "
    said = await transcriber.transcribe(OGG, "audio/ogg", Deadline(5))
    assert said.split("\n")[0] == "one"
    said.encode()


@pytest.mark.parametrize(
    ("mode", "error", "calls"),
    [
        ("broken", ModelDown, 3),
        ("busy", ModelDown, 3),
        ("refused", ModelDown, 1),
        ("too_large", ModelWrong, 1),
        ("not_a_sound", ModelWrong, 1),
        ("not_json", ModelWrong, 1),
        ("no_text", ModelWrong, 1),
        ("number", ModelWrong, 1),
        ("long", ModelWrong, 1),
    ],
)
async def test_a_fault_is_one_of_two_errors(service, transcriber, mode, error, calls):
    service.mode = mode
    with pytest.raises(ModelError) as told:
        await transcriber.transcribe(OGG, "audio/ogg", Deadline(5))
    assert type(told.value) is error
    assert len(service.asked) == calls
    assert service.said not in str(told.value)


async def test_one_that_fails_once_is_asked_again(service, transcriber):
    service.mode = "flaky"
    assert await transcriber.transcribe(OGG, "audio/ogg", Deadline(5)) == "where is order 4711"


async def test_an_endless_reply_is_cut(service, transcriber):
    service.mode = "endless"
    began = time.monotonic()
    with pytest.raises(ModelError):
        await transcriber.transcribe(OGG, "audio/ogg", Deadline(5))
    assert time.monotonic() - began < 4


async def test_a_slow_one_is_waited_for_no_longer_than_said(service, transcriber):
    service.mode = "slow"
    began = time.monotonic()
    with pytest.raises(ModelDown):
        await transcriber.transcribe(OGG, "audio/ogg", Deadline(0.4))
    assert time.monotonic() - began < 2


async def test_one_that_is_away_is_left_alone(service, transcriber):
    service.mode = "refused"
    for _ in range(FAILURES + 2):
        with pytest.raises(ModelDown):
            await transcriber.transcribe(OGG, "audio/ogg", Deadline(5))
    assert len(service.asked) == FAILURES


async def test_one_that_is_not_there():
    away = OpenAITranscriber(Provider("whisper-1", "", "http://127.0.0.1:9/v1"))
    with pytest.raises(ModelDown):
        await away.transcribe(OGG, "audio/ogg", Deadline(3))


async def test_sounds_that_nobody_can_read_do_not_rest_the_service(service, transcriber):
    service.mode = "not_a_sound"
    for _ in range(FAILURES + 1):
        with pytest.raises(ModelWrong):
            await transcriber.transcribe(OGG, "audio/ogg", Deadline(5))
    service.mode = "good"
    assert await transcriber.transcribe(OGG, "audio/ogg", Deadline(5))


async def test_a_turn_that_is_tried_again_asks_nobody_again(service, store, notes):
    fetch = brings(OGG)
    first = await notes.take("a", "m1", fetch)
    again = await notes.take("a", "m1", fetch)
    assert first == again
    assert first.words == "where is order 4711"
    assert (fetch.calls, len(service.asked)) == (1, 1)
    other = await notes.take("a", "m2", fetch)
    assert other.file.id != first.file.id


@pytest.mark.parametrize("mode", ["broken", "not_json", "too_large"])
async def test_a_failure_is_noted_too(service, notes, mode):
    service.mode = mode
    assert (await notes.take("a", "m1", brings(OGG))).words == ""
    asked = len(service.asked)
    service.mode = "good"
    assert (await notes.take("a", "m1", brings(OGG))).words == ""
    assert len(service.asked) == asked


async def test_what_is_too_long_is_kept_and_not_heard(service, store, transcriber):
    notes = VoiceNotes(store, transcriber, VoiceLimits(3.0, 5.0))
    assert (await notes.take("a", "short", brings(recording(4)))).words
    long = await notes.take("a", "long", brings(recording(6)))
    assert long.words == ""
    assert store.find(long.file.id)
    untold = await notes.take("a", "untold", brings(OGG + b"\x00" * MOST_UNTOLD))
    assert untold.words == ""
    assert len(service.asked) == 1


async def test_without_a_service_the_sound_is_kept(store):
    note = await VoiceNotes(store, None).take("a", "m1", brings(OGG))
    assert (note.words, store.find(note.file.id).mime) == ("", "audio/ogg")
    assert store.transcript(note.file.id) is None  # a service that is set up later may be asked


@pytest.mark.parametrize("content", [b"", b"<html>", b"MZ\x90", b"\xff\xd8\xff a picture"])
async def test_what_is_no_sound_is_not_heard(service, notes, content):
    assert await notes.take("a", "m1", brings(content)) is None
    assert service.asked == []


async def test_what_is_no_sound_is_kept_nowhere(engine, notes):
    async def fetch():
        return b"\xff\xd8\xff\xe0" + bytes(500)  # a picture, sent as a sound

    assert await notes.take("facebook:1:2", "s1", fetch) is None
    with engine.connect() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(files)).scalar_one() == 0


async def test_a_file_of_another_conversation_is_not_heard(service, store, notes):
    kept = store.keep("a", OGG)
    assert await notes.of_stored("b", kept.reference) is None
    assert (await notes.of_stored("a", kept.reference)).words


async def test_no_log_tells_what_was_said(service, notes, caplog):
    caplog.set_level(logging.DEBUG, "switchboard")
    service.said = "my card number is secret-words"
    for number, mode in enumerate(("good", "too_large", "refused", "broken")):
        service.mode = mode
        await notes.take("a", f"m{number}", brings(OGG))
    assert "secret-words" not in caplog.text
    assert "not transcribed" in caplog.text


async def test_a_database_that_is_away_costs_the_words_alone(engine, store, notes):
    kept = store.keep("a", OGG)
    files.drop(engine)
    assert await notes.words(kept) == ""
    assert await notes.take("a", "m1", brings(OGG)) is None


async def test_a_transcript_goes_with_its_file(engine, store, notes):
    note = await notes.take("a", "m1", brings(OGG))
    assert store.transcript(note.file.id) == note.words
    with engine.begin() as db:
        db.execute(sa.delete(files))
    assert store.transcript(note.file.id) is None


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (OGG, "audio/ogg"),
        (recording(0.1), "audio/wav"),
        (b"\x00\x00\x00\x1cftypM4A \x00", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypmp42\x00", "audio/mp4"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\x1aE\xdf\xa3\x01", "audio/webm"),
        (b"fLaC\x00", "audio/flac"),
        (b"#!AMR\n", "audio/amr"),
        (b"\xff\xfe<\x00s\x00", ""),
        (b"\xff\xff\xff\xff", ""),
        (b"\x00\x00\x00\x18ftypheic", ""),
    ],
)
def test_sounds_are_told_by_their_first_bytes(content, mime):
    assert kind_of(content) == mime


def test_a_length_is_told_or_unknown():
    assert sound_seconds(recording(3)) == pytest.approx(3, abs=0.1)
    assert sound_seconds(b"") is None
    assert sound_seconds(b"\x1aE\xdf\xa3\x01") is None


def test_amr_tells_its_length_by_its_frames():
    assert sound_seconds(b"#!AMR\n" + (b"\x3c" + b"\x00" * 31) * 150) == pytest.approx(3)
    assert sound_seconds(b"#!AMR-WB\n" + (b"\x44" + b"\x00" * 60) * 100) == pytest.approx(2)
    assert sound_seconds(b"#!AMR\n") is None
    assert sound_seconds(b"#!AMR\n" + b"\x60" * 40) is None  # of a type that nobody defined
    began = time.monotonic()
    assert sound_seconds(b"#!AMR\n" + b"\x7c" * 8_000_000) >= 3600
    assert time.monotonic() - began < 2


def test_a_length_that_the_size_belies_is_not_believed():
    sound = bytearray(recording(900))
    sound[40:44] = (8000).to_bytes(4, "little")  # "one second", in seven megabytes
    assert sound_seconds(bytes(sound)) is None
    stereo = io.BytesIO()
    with wave.open(stereo, "wb") as out:
        out.setparams((2, 2, 48_000, 0, "NONE", ""))
        out.writeframes(b"\x00" * 4 * 48_000 * 30)
    assert sound_seconds(stereo.getvalue()) == pytest.approx(30, abs=0.1)


async def test_a_sound_that_lies_about_its_length_is_kept_and_not_heard(service, store, notes):
    sound = bytearray(recording(900))
    sound[40:44] = (8000).to_bytes(4, "little")
    note = await notes.take("c", "s", brings(bytes(sound)))
    assert note.words == ""
    assert service.asked == []
    assert store.content(note.file) == bytes(sound)


def test_no_malformed_sound_holds_up_or_raises():
    dice, began = random.Random(5), time.monotonic()
    seeds = [
        recording(0.2),
        OGG,
        b"ID3\x04\x00",
        b"\x00\x00\x00\x1cftypM4A \x00",
        b"\xff\xfb\x90\x64",
    ]
    for _ in range(400):
        content = bytearray(dice.choice(seeds) + dice.randbytes(dice.randrange(300)))
        for _ in range(dice.randrange(8)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        sound_seconds(bytes(content))
    assert time.monotonic() - began < 20


async def test_sound_and_transcript_are_erased_and_age(engine, store, notes, tmp_path):
    one = await notes.take("a", "m1", brings(OGG))
    assert Subjects(engine, store).export("a")["files"][0]["transcript"] == one.words
    Subjects(engine, store).erase("a")
    assert store.find(one.file.id) is None
    assert store.transcript(one.file.id) is None
    other = await notes.take("b", "m1", brings(OGG))
    later = time.time() + 400 * 86400
    Retention(engine, load_settings({}).desk, store, lambda: later).enforce()
    assert store.find(other.file.id) is None
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_day_pays_for_so_many_minutes(service, store, transcriber, engine):
    ceiling = DailyCeiling(engine, Ceiling(money=1.0))
    notes = VoiceNotes(store, transcriber, VoiceLimits(3.0, 120.0, price=0.4), ceiling)
    heard = []
    for minute in range(4):
        note = await notes.take("a", f"m{minute}", brings(recording(60, rate=100 + minute)))
        heard.append(note.words)
    assert heard == ["where is order 4711"] * 2 + [""] * 2
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("", "Bearer sk-model"),
        ("{service}/v1/", "Bearer sk-model"),
        ("http://localhost:{port}/v1", "Bearer none"),
    ],
)
async def test_a_key_goes_to_the_server_that_it_is_for(service, tmp_path, address, sent):
    port = service.url.rpartition(":")[2]
    settings = load_settings(
        {
            "OPENAI_API_KEY": "sk-model",
            "OPENAI_BASE_URL": f"{service.url}/v1",
            "OPENAI_TRANSCRIPTION_MODEL": "whisper-1",
            "SWITCHBOARD_TRANSCRIPTION_BASE_URL": address.format(service=service.url, port=port),
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'voice.db'}",
            "SWITCHBOARD_FILES_DIR": str(tmp_path / "files"),
        }
    )
    await RasaServices(settings).voice_notes.take("a", "m1", brings(OGG))
    assert [asked["key"] for asked in service.asked] == [sent]
