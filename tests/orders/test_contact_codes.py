"""Codes sent to a contact: who gets one, for how long it works, and how often it is sent."""

from __future__ import annotations

import asyncio
import re

import pytest

from switchboard.orders.contact_codes import ContactCodes, MailedCodes, Sent, wants_code
from tests.fakes.clock import Clock
from tests.fakes.mail_server import MailServer

MAYA = "maya@example.com"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def mails():
    server = MailServer()
    yield server
    server.close()


def words(code, language):
    return f"{code} is your code", f"{code}, in {language}"


@pytest.fixture
def courier(mails):
    return MailedCodes(f"smtp://127.0.0.1:{mails.port}", "help@tidewick.example", words)


@pytest.fixture
def codes(engine, courier, clock):
    return ContactCodes(engine, courier, clock)


@pytest.fixture
async def maya(shop):
    return (await shop.find("4711")).customer


async def arrived(mails, count=1):
    for _ in range(200):
        if len(mails.mails) >= count:
            break
        await asyncio.sleep(0.02)
    return [re.search(r"\b(\d{6})\b", text)[1] for _, text in mails.mails]


async def test_whoever_reads_the_code_out_is_the_customer(codes, mails, maya):
    assert await codes.send("a", MAYA, maya, "en") is Sent.ON_ITS_WAY
    (code,) = await arrived(mails)
    assert mails.mails[0][0] == [MAYA]
    assert "in en" in mails.mails[0][1]
    assert codes.customer_with("a", MAYA, f" {code[:3]} {code[3:]}. ") == maya.id
    assert codes.customer_with("a", MAYA, code) is None, "one use"


async def test_a_code_is_for_its_conversation_its_contact_and_ten_minutes(
    codes, mails, maya, clock
):
    await codes.send("a", MAYA, maya, "en")
    (code,) = await arrived(mails)
    assert codes.customer_with("b", MAYA, code) is None
    assert codes.customer_with("a", "tom@example.com", code) is None
    assert codes.customer_with("a", MAYA, str((int(code) + 1) % 10**6).zfill(6)) is None
    clock.now += 600
    assert codes.customer_with("a", MAYA, code) is None


async def test_the_latest_code_alone_works(codes, mails, maya):
    await codes.send("a", MAYA, maya, "en")
    await arrived(mails)
    await codes.send("a", MAYA, maya, "en")
    first, second = await arrived(mails, 2)
    assert first == second or codes.customer_with("a", MAYA, first) is None
    assert codes.customer_with("a", MAYA, second) == maya.id


async def test_an_unknown_contact_gets_the_same_reply_and_no_mail(codes, mails):
    assert await codes.send("a", "nobody@example.org", None, "en") is Sent.ON_ITS_WAY
    await asyncio.sleep(0.2)
    assert mails.mails == []


async def test_three_in_an_hour_for_a_conversation_and_for_a_contact(codes, maya, clock):
    for _ in range(3):
        assert await codes.send("a", MAYA, maya, "en") is Sent.ON_ITS_WAY
    assert await codes.send("a", "tom@example.com", None, "en") is Sent.TOO_OFTEN
    assert await codes.send("b", MAYA, maya, "en") is Sent.TOO_OFTEN
    clock.now += 3600
    assert await codes.send("b", MAYA, maya, "en") is Sent.ON_ITS_WAY


async def test_many_at_once_are_no_way_round(codes, mails, maya):
    sent = await asyncio.gather(*(codes.send(f"c{i}", MAYA, maya, "en") for i in range(12)))
    assert sent.count(Sent.ON_ITS_WAY) <= 3


async def test_a_phone_gets_no_mail(codes, maya):
    assert not codes.reaches("+353 87 555 0101")
    assert await codes.send("a", "+353 87 555 0101", maya, "en") is Sent.OUT_OF_REACH


async def test_without_a_mail_server_there_are_no_codes(engine, maya):
    none = ContactCodes(engine, None)
    assert not none.reaches(MAYA)
    assert await none.send("a", MAYA, maya, "en") is Sent.OUT_OF_REACH


async def test_a_mail_server_that_is_away_breaks_nothing(engine, maya, caplog):
    gone = ContactCodes(engine, MailedCodes("smtp://127.0.0.1:9", "help@tidewick.example", words))
    assert await gone.send("a", MAYA, maya, "en") is Sent.ON_ITS_WAY
    for _ in range(100):
        if caplog.records:
            break
        await asyncio.sleep(0.02)
    assert "was not sent" in caplog.text
    assert MAYA not in caplog.text


async def test_no_code_is_kept_as_it_is(codes, mails, maya, engine):
    await codes.send("a", MAYA, maya, "en")
    (code,) = await arrived(mails)
    with engine.connect() as db:
        rows = db.exec_driver_sql("SELECT * FROM identity_codes").all()
    assert rows
    assert not any(code == str(value) or MAYA in str(value) for row in rows for value in row)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Send me a code", True),
        ("can you email me the code again?", True),
        ("发验证码", True),
        ("my zip code is 10115", False),
        ("post code D04", False),
        ("the code is 123456", False),
        ("the oak board", False),
    ],
)
def test_a_wish_for_a_code(text, wanted):
    assert wants_code(text) is wanted
