"""Which conversation an e-mail belongs to, and what it says.

A conversation is one address in one thread: `email:<mailbox>:<sender>-<thread>`, both as digests. A
thread alone would let anybody in who is copied in or guesses; an address alone would let in
whoever writes it into a From header, where another has proved who they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from switchboard.mailroom.outbox import PartReceipt
from switchboard.mails.mail_reading import (
    MESSAGE_ID,
    header_as_read,
    ids_in,
    plain_text,
    said_anew,
    sender_of,
    unsigned,
)
from switchboard.text.storable import clean_text
from switchboard.text.typed_text import typed

MAX_TEXT = 4000
MAX_SUBJECT = 200
MAX_PARTS = 10
MAX_THREAD = 20
_SENDER, _THREAD = 16, 24
_OURS = re.compile(
    rf"<sb\.(\d{{1,18}})\.(\d{{1,4}})\.([0-9a-f]{{{_SENDER}}})-([0-9a-f]{{{_THREAD}}})@[^<>\s@]+>",
    re.ASCII,
)
_ANSWERED = re.compile(
    r"(?:\s*(?:re|fw|fwd|aw|wg|sv|antw|回复|答复|转发|回覆)\s*(?:\[\d+\])?\s*[:：])+\s*", re.I
)


@dataclass(frozen=True)
class Letter:
    """An e-mail as its conversation needs it. `answers`: what it shows to have arrived."""

    event_id: str
    conversation: str
    text: str
    address: str
    subject: str
    message_id: str
    thread: tuple[str, ...]
    answers: tuple[PartReceipt, ...] = ()


@dataclass(frozen=True)
class MailPart:
    """Something enclosed; `name` is what its sender calls it."""

    content: bytes
    name: str


def sign_mail(conversation: str, delivery: int, part: int, host: str) -> str:
    """The Message-ID of a part of a delivery: the same each time that it is sent. A reply names it,
    and so its conversation."""
    return f"<sb.{delivery}.{part}.{conversation.rpartition(':')[2]}@{host}>"


def senders(mailbox: str, address: str) -> str:
    """How the conversations of an address begin."""
    return f"email:{mailbox}:{_digest(address.lower(), _SENDER)}-"


def read_letter(message: EmailMessage, mailbox: str) -> Letter:
    """An e-mail's conversation and words."""
    address = clean_text(sender_of(message))[:255]
    own = next(iter(ids_in(message, "Message-ID")), "")
    before = [one for one in ids_in(message, "References", "In-Reply-To") if one != own]
    text = plain_text(message)
    sender = _digest(address.lower(), _SENDER)
    ours = [found for one in before if (found := _OURS.fullmatch(one)) and found[3] == sender]
    root = ours[-1][4] if ours else _digest(before[0] if before else own or text, _THREAD)
    conversation = f"email:{mailbox}:{sender}-{root}"
    subject = _line(header_as_read(message, "Subject"))
    words = typed(clean_text(unsigned(said_anew(text))))[:MAX_TEXT]
    asked = _ANSWERED.sub("", subject, 1) if not before else ""
    if asked and asked.lower() not in words.lower():
        words = f"{asked}\n{words}".strip()
    # By all of it: a program that writes the same id on different messages loses none of them.
    event = "\0".join((mailbox, own, address, header_as_read(message, "Date"), text))
    thread = tuple(dict.fromkeys(before))[-MAX_THREAD:]
    return Letter(
        _digest(event, 64),
        conversation,
        words,
        address,
        subject,
        own,
        thread,
        tuple(PartReceipt(conversation, int(one[1]), int(one[2])) for one in ours),
    )


def parts_of(message: EmailMessage) -> Iterator[MailPart]:
    """What is enclosed, pictures in its text included; at most `MAX_PARTS`."""
    found = 0
    for part in message.walk():
        kind = part.get_content_maintype()
        named = part.get_filename(failobj="")
        told = str(part.get("Content-Disposition") or "").lower().startswith("attachment")
        if kind == "multipart" or (kind == "text" and not named and not told):
            continue
        found += 1
        if found > MAX_PARTS:
            return
        content = part.get_payload(decode=True)
        yield MailPart(content if isinstance(content, bytes) else b"", clean_text(str(named)))


def payload_of(letter: Letter, attachments: list[dict[str, str]]) -> dict[str, Any]:
    """What the inbox keeps of it."""
    return {
        "text": letter.text,
        "address": letter.address,
        "subject": letter.subject,
        "message_id": letter.message_id,
        "thread": list(letter.thread),
        "attachments": attachments,
    }


def _line(subject: str) -> str:
    return " ".join(clean_text(subject).split())[:MAX_SUBJECT]


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length]


def is_id(text: str) -> bool:
    """Whether a text is one message's id, as a header may repeat it."""
    return bool(MESSAGE_ID.fullmatch(text)) and text.isascii()
