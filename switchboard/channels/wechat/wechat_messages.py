"""Converts a message to the customer into calls, and into the XML of a passive reply."""

from __future__ import annotations

from typing import Any

from switchboard.channels.platform import Call
from switchboard.channels.weixin.weixin_words import text_parts
from switchboard.mailroom.message import AGENT, Outgoing, SentFile

REPLY, SEND = "reply", "send"
"""A text that may be a passive reply, and what has to be a message of its own."""


def write_calls(message: Outgoing, customer: str) -> list[Call]:
    """The calls that deliver a message, in order: its words, and then its file."""
    calls: list[Call] = []
    if message.custom:
        calls.append(Call(SEND, {"touser": customer, **message.custom}))
    # What a person wrote is noted before it goes out: it is sent in the one way that is certain.
    method = SEND if message.author == AGENT else REPLY
    calls += [_text(method, customer, part) for part in text_parts(message)]
    if message.file:
        calls.append(_file(customer, message.file))
    return calls


def write_reply(customer: str, account: str, seconds: int, text: str) -> str:
    """A passive reply."""
    return (
        f"<xml><ToUserName>{_cdata(customer)}</ToUserName>"
        f"<FromUserName>{_cdata(account)}</FromUserName>"
        f"<CreateTime>{seconds}</CreateTime><MsgType>{_cdata('text')}</MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    )


def _cdata(text: str) -> str:
    kept = "".join(char for char in text if char >= " " or char in "\n\t")
    return f"<![CDATA[{kept.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _text(method: str, customer: str, part: str) -> Call:
    return Call(method, {"touser": customer, "msgtype": "text", "text": {"content": part}})


def _file(customer: str, file: SentFile) -> Call:
    body: dict[str, Any] = {"touser": customer, "msgtype": "image"}
    return Call(SEND, body, file=file)
