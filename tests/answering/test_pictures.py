"""Pictures: which addresses a model may be pointed at, and what becomes of what it says."""

import json

import pytest

from switchboard.answering.opening import open_pictures
from switchboard.answering.pictures import may_be_fetched
from switchboard.conversations.attachments import Attachment, describe, read_attachments
from switchboard.errors import ModelDown, ModelWrong
from switchboard.settings import load_settings

PICTURE = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (PICTURE, True),
        ("https://cdn.example/picture.jpg?sig=1", True),
        ("http://cdn.example/picture.jpg", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://localhost/x", False),
        ("https://printer.local/x", False),
        ("https://db.internal/x", False),
        ("https://intranet/x", False),
        ("https://user:secret@cdn.example/x", False),
        ("https://api.telegram.org/file/bot123:token/p.jpg", False),
        ("file:///etc/passwd", False),
        ("data:text/html;base64,AAAA", False),
        ("data:image/svg+xml;base64,AAAA", False),
        ("data:image/png;base64,AAAA\nAAAA", False),
        ("data:image/png;base64," + "A" * 9_000_000, False),
        ("", False),
    ],
)
def test_what_may_be_fetched(url, allowed):
    assert may_be_fetched(url) is allowed


@pytest.fixture
def reader(llm, engine):
    settings = {"OPENAI_BASE_URL": f"{llm.url}/v1", "SWITCHBOARD_LLM_VISION_MODEL": "eyes"}
    return open_pictures(load_settings({**settings, "SWITCHBOARD_LLM_TIMEOUT": "1"}), engine)


def says(shows, note):
    return json.dumps({"shows": shows, "note": note})


async def test_a_picture_is_looked_at(llm, reader):
    llm.replies = [says("damage", "A bowl with a crack,\nsent by maya@example.com. " + "x" * 500)]
    seen = await reader.read(PICTURE)
    assert seen.shows == "damage"
    assert seen.note.startswith("A bowl with a crack, sent by [email].")
    assert len(seen.note) <= 200
    asked = llm.last
    assert asked["model"] == "eyes"
    assert asked["messages"][1]["content"][1]["image_url"]["url"] == PICTURE


@pytest.mark.parametrize("rubbish", ["a crack", "[]", says("weapon", "x"), "{"])
async def test_rubbish_is_no_picture(llm, reader, rubbish):
    llm.replies = [rubbish]
    with pytest.raises(ModelWrong):
        await reader.read(PICTURE)


async def test_a_model_that_is_down_or_slow(llm, reader):
    for mode in ("broken", "slow"):
        llm.mode, llm.delay = mode, 3
        with pytest.raises(ModelDown):
            await reader.read(PICTURE)


async def test_an_address_inside_is_never_asked(llm, reader):
    with pytest.raises(ModelWrong):
        await reader.read("https://10.0.0.1/x")
    assert llm.prompts == []


def test_no_vision_model_no_reader(llm, engine):
    assert open_pictures(load_settings({"OPENAI_BASE_URL": f"{llm.url}/v1"}), engine) is None
    assert open_pictures(load_settings({"SWITCHBOARD_LLM_VISION_MODEL": "eyes"}), engine) is None


@pytest.mark.parametrize(
    ("metadata", "kinds"),
    [
        (None, []),
        ("text", []),
        ({"attachments": None}, []),
        ({"attachments": [None, {}, {"kind": "image"}, {"kind": "image", "url": ""}]}, []),
        ({"attachments": [{"kind": "image", "url": "u"}, {"kind": "evil", "url": "u"}]}, ["image"]),
        ({"attachments": [{"kind": "file", "url": "u"}] * 50}, ["file"] * 10),
    ],
)
def test_attachments_are_read_carefully(metadata, kinds):
    assert [a.kind for a in read_attachments(metadata)] == kinds
    assert describe(metadata) == " ".join(f"[{kind}]" for kind in kinds)


def test_an_attachment_keeps_its_kind_of_file():
    sent = {"attachments": [{"kind": "image", "url": "u", "mime": "image/png"}]}
    assert read_attachments(sent) == [Attachment("image", "u", "image/png")]
