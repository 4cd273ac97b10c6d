"""What an e-mail says: who it is from, its words without what they quote, its headers.

Nothing here raises for a malformed message: Python's parser does, with errors of many types.
"""

from __future__ import annotations

import email.policy
import logging
import re
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser

from mailparser_reply import EmailReplyParser
from typing_extensions import override

from switchboard.failures import place_of

logger = logging.getLogger(__name__)

MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_IN_BRACKETS = re.compile(r"<([^<>\s]{1,250})>")
_MAX_PARSED = 4000
"""Characters of which the quoted ones are found; the parser takes their square, and more."""
MAX_READ = 200_000
"""Characters of an e-mail that are read, quoted ones included."""
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "us-ascii": "utf-8"}
"""What is written under these names, in practice."""
_BLOCKS = ("p", "div", "li", "tr", "h1", "h2", "h3", "blockquote", "table")
_LEFT_OUT = ("style", "script", "title", "blockquote")
_DEEPEST = 100
_UNCLOSED = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_QUOTE_HEAD = re.compile(r"\n[^\n]{0,200}(?:写道|寫道)\s*[：:]\s*\n.*\Z", re.DOTALL)
_SIGNED = re.compile(r"(?:\n|\A)-- ?\n.*\Z", re.DOTALL)
"""What stands below the line of RFC 3676."""


def read_message(raw: bytes) -> EmailMessage:
    """A message as it came."""
    return email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)


def header_as_written(message: EmailMessage, name: str) -> str:
    """A header as it came: Python's parser fails on some that are malformed."""
    given = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return next(given, "")


def header_as_read(message: EmailMessage, name: str) -> str:
    """A header with its encoded words read, where they can be."""
    try:
        return str(message.get(name) or "")
    except Exception:  # the parser's own mistakes, of many types
        return header_as_written(message, name)


def ids_in(message: EmailMessage, *names: str) -> list[str]:
    """The ids of messages that headers name, in their order."""
    told = " ".join(header_as_written(message, name) for name in names)
    return MESSAGE_ID.findall(told)


def sender_of(message: EmailMessage) -> str:
    """The one address that it is from; empty if there are several, or it cannot be told which.

    It is what a sender says of themselves: anybody can write any address there.
    """
    told = header_as_written(message, "From")
    named = _IN_BRACKETS.findall(told)
    if not named:
        return "" if "," in told else parseaddr(told)[1]
    return named[0] if len(named) == 1 else ""


def plain_text(message: EmailMessage) -> str:
    """The words of a message, quoted ones included."""
    try:
        body = message.get_body(("plain", "html"))
        if not isinstance(body, EmailMessage):
            return ""
        text = _decoded(body)[:MAX_READ]
        return _words_of(text) if body.get_content_subtype() == "html" else text
    except Exception as error:  # as above: one malformed e-mail must not hold up the others
        logger.error("an e-mail cannot be read: %s", place_of(error))
        return ""


def said_anew(text: str) -> str:
    """What a reply says itself, without the message that it quotes."""
    text = _without_gaps(text[:MAX_READ])
    head = text[:_MAX_PARSED]
    own = EmailReplyParser(languages=["en", "zh", "de", "fr", "es"]).parse_reply(text=head) or ""
    if own.split() == head.split():  # no quote has begun yet
        own = text
    lines = "\n".join(line for line in own.split("\n") if not line.startswith(">"))
    return _QUOTE_HEAD.sub("", f"{lines}\n").strip()


def unsigned(text: str) -> str:
    """A text without the signature below it; a text that is nothing else stays."""
    own = _SIGNED.sub("", text).strip()
    if len(own) > _MAX_PARSED:
        return own
    replies = EmailReplyParser(languages=["en", "zh", "de", "fr", "es"]).read(own).replies
    return (replies[0].body.strip() if replies else "") or own


def _decoded(body: EmailMessage) -> str:
    raw = body.get_payload(decode=True)
    named = str(body.get_content_charset("utf-8"))
    written = raw if isinstance(raw, bytes) else b""
    try:
        return written.decode(_WIDER.get(named, named), "replace")
    except (LookupError, ValueError):  # an unknown character set
        return written.decode("utf-8", "replace")


def _words_of(page: str) -> str:
    words = _Words()
    words.feed(_closed(page))
    words.close()
    return "".join(words.words)


def _closed(page: str) -> str:
    """A page without comments, and without tags that never end: for each of those Python's parser
    reads the rest of the page, which takes minutes when there are many."""
    kept, at = [], 0
    while (start := page.find("<!--", at)) >= 0 and (end := page.find("-->", start + 4)) >= 0:
        kept.append(page[at:start])
        at = end + 3
    rest = page[at:].replace("<!--", "")
    return _UNCLOSED.sub("&lt;", "".join([*kept, rest]).replace("<![", ""))


class _Words(HTMLParser):
    """What a page says; its styles, scripts and quoted parts are left out.

    BeautifulSoup takes five minutes for 200 kB of tags that are never closed.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._left_out: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.words.append("\n")
        elif tag in _LEFT_OUT and len(self._left_out) < _DEEPEST:
            self._left_out.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.words.append("\n")
        if tag in self._left_out:
            del self._left_out[self._left_out.index(tag) :]

    @override
    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self.words.append(data)


def _without_gaps(text: str) -> str:
    """With one empty line where there are several."""
    kept: list[str] = []
    for line in (line.rstrip() for line in text.split("\n")):
        if line or not kept or kept[-1]:
            kept.append(line)
    return "\n".join(kept)
