"""What an e-mail says, as the programs of this world write it."""

from __future__ import annotations

import time

import pytest

from switchboard.mails.mail_charsets import read_bytes
from switchboard.mails.mail_reading import (
    header_as_read,
    plain_text,
    read_message,
    said_anew,
    sender_of,
    unsigned,
)

HEAD = b"From: <lin@example.com>\r\nMessage-ID: <a@x.example>\r\nMIME-Version: 1.0\r\n"


def words(body: bytes, kind: str = "text/plain; charset=utf-8") -> str:
    raw = HEAD + f"Content-Type: {kind}\r\n\r\n".encode() + body
    return unsigned(said_anew(plain_text(read_message(raw))))


# Quoted text, as mail programs put it below an answer.

QUOTES = {
    "QQ": '------------------ 原始邮件 ------------------\n发件人: "Tidewick" <s@x>;\n'
    "发送时间: 2026年11月18日(星期三) 中午12:00\n主题: Re: 订单\n\n订单 4799",
    "QQ with hard spaces": "------------------\xa0原始邮件\xa0------------------\n订单 4799",
    "163": "---- 回复的原邮件 ----\n| 发件人 | Tidewick<s@x> |\n| 发送日期 | 2026年11月18日 |\n订单 4799",
    "163 of old": '在 2026-11-18 12:00:00，"Tidewick" <s@x> 写道：\n订单 4799\n请告诉我',
    "Foxmail": "发件人： Tidewick\n发送时间： 2026-11-18 12:00\n收件人： lin\n主题： Re\n订单 4799",
    "Outlook": "________________________________\nFrom: Tidewick <s@x>\nSent: Wednesday\n\n4799",
    "Outlook in Chinese": "发件人: Tidewick <s@x>\n日期: 星期三, 2026年11月18日\n收件人: lin\n\n4799",
    "Gmail": "On Wed, 18 Nov 2026 at 12:00, Tidewick desk\n<s@x.example> wrote:\n\n> 4799",
    "Gmail in Chinese": "Tidewick <s@x> 于2026年11月18日周三 12:00写道：\n\n> 4799",
    "Apple": "> 2026年11月18日 12:00，Tidewick <s@x> 写道：\n> \n> 4799",
    "forwarded": "---------- Forwarded message ---------\nFrom: Tidewick <s@x>\nDate: Wed\n\n4799",
    "a phone": "发自我的iPhone",
    "another phone": "发自我的小米手机",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
@pytest.mark.parametrize("said", ["It is 4711", "我的订单是4711"])
def test_what_a_program_quotes_is_not_said(said, quote):
    assert words(f"{said}\n\n{quote}\n".encode()) == said


@pytest.mark.parametrize(
    "said",
    [
        "From: what I see the order is late.\nWhere is it?",
        "Thanks,\n\nbut where is my order 4711?",
        "日期: 11月18日\n我还没收到",
        "来自北京的包裹在哪里？",
        "发件人: 我不知道",
    ],
)
def test_what_only_looks_like_a_quote_is(said):
    assert words(said.encode()) == said


@pytest.mark.parametrize(
    "text",
    [
        "On Wed, 18 Nov 2026, Tidewick <s@x> wrote:\n> which?\n\nmaya@example.com\n",
        "> which?\nmaya@example.com\n> and the rest\n",
    ],
)
def test_an_answer_below_or_between_what_it_quotes_is_heard(text):
    assert words(text.encode()) == "maya@example.com"


# Pages and parts.


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>Where\n  is\n order 4711</p>", "Where is order 4711"),
        ("<table><tr><td>Order</td><td>4711</td></tr></table>", "Order 4711"),
        ("<p>4711</p><div>----&nbsp;原始邮件&nbsp;----</div><div>4799</div>", "4711"),
        ("<p>4711</p><hr><b>From:</b> x<br><b>Sent:</b> y<br><p>4799</p>", "4711"),
    ],
)
def test_pages_are_read_as_they_look(page, said):
    assert words(page.encode(), "text/html; charset=utf-8") == said


def test_an_empty_plain_form_gives_way_to_the_page():
    body = b"--b\r\n\r\n \r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Where is 4711</p>\r\n--b--"
    assert words(body, "multipart/alternative; boundary=b") == "Where is 4711"


def test_words_around_a_picture_are_all_heard():
    picture = b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n"
    file = b"--b\r\nContent-Type: text/plain; name=log.txt\r\n\r\nno word\r\n"
    body = b"--b\r\n\r\nHello\r\n" + picture + file + b"--b\r\n\r\nrefund 4711\r\n--b--"
    assert words(body, "multipart/mixed; boundary=b") == "Hello\nrefund 4711"


# Characters.


@pytest.mark.parametrize(
    ("text", "written", "named"),
    [
        ("订单镕𠮷在哪里", "gb18030", "gb2312"),
        ("订单4711在哪里？我要退款", "gb18030", "utf-8"),
        ("订单4711在哪里？我要退款", "gb18030", "x-gbk"),
        ("訂單4711在哪裡", "big5", "big5"),
        ("Où est ma commande, déjà payée", "latin-1", "us-ascii"),
        ("Où est ma commande, déjà payée", "latin-1", "unknown-8bit"),
        ("“4711”", "cp1252", "iso-8859-1"),
        ("hello", "utf-16", "utf-16"),
        ("你好", "utf-8", "no-such-set"),
    ],
)
def test_characters_are_read_whatever_they_are_called(text, written, named):
    assert read_bytes(text.encode(written), named) == text


def test_a_broken_character_spoils_no_others():
    assert (
        read_bytes("我的订单在哪里".encode()[:-1] + b" 4711", "utf-8") == "我的订单在哪\ufffd 4711"
    )


def test_no_set_of_characters_takes_long():
    hostile = b"a-" + b"b9z" * 1_000_000
    for named in ("punycode", "idna", "unicode_escape", "zip", "utf-7", "hz", "iso2022_jp"):
        began = time.monotonic()
        words(hostile, f"text/plain; charset={named}")
        assert time.monotonic() - began < 8


# Headers.


@pytest.mark.parametrize(
    "hostile",
    [
        b"Content-Type: text/plain; " + b"a*0*=x;" * 30_000,
        b"Content-Disposition: attachment; " + b"filename*0=a;" * 15_000,
        b"Subject: =?punycode?q?a-" + b"b9z" * 60_000 + b"?=",
        b"X: " + b"(" * 200_000,
    ],
)
def test_no_header_takes_long(hostile):
    began = time.monotonic()
    message = read_message(HEAD + hostile + b"\r\n\r\nhello")
    header_as_read(message, "Subject")
    plain_text(message)
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("Lin <lin@example.com>", "lin@example.com"),
        ('"Li, Lin" <lin@example.com>', "lin@example.com"),
        ("lin@example.com (Lin)", "lin@example.com"),
        ("<lin@example.com,eve@evil.example>", ""),
        ("<@evil.example:lin@example.com>", ""),
        ("lin@example.com, eve@evil.example", ""),
        ("<lin@example.com\x00>", ""),
        ("Lin lin@example.com", ""),
        ("lin", ""),
        ("(" * 20_000, ""),
    ],
)
def test_a_message_is_from_one_plain_address_or_nobody(told, address):
    assert sender_of(read_message(f"From: {told}\r\n\r\nx".encode())) == address
