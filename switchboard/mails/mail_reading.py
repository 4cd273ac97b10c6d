"""What an e-mail says: who it is from, its words without what they quote, its headers.

Nothing here raises for a malformed message: Python's parser does, with errors of many types.
"""

from __future__ import annotations

import email
import itertools
import logging
import re
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from html.parser import HTMLParser
from typing import Any, cast

from mailparser_reply import EmailReplyParser
from typing_extensions import override

from switchboard.failures import place_of
from switchboard.mails.mail_charsets import read_bytes

logger = logging.getLogger(__name__)

MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_IN_BRACKETS = re.compile(r"<([^<>\s]{1,250})>")
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_ATOM = r"[^\s\x00-\x1f\x7f<>()\[\],;:@\"\\]"
_ADDRESS = re.compile(rf"{_ATOM}{{1,64}}@{_ATOM}{{1,190}}")
_MAX_HEADER, _MAX_LINE = 20_000, 2000
"""Characters of a header that are read: of one that lists ids, and of any other. For longer ones
Python's parser takes minutes."""
_MOST_BOUNDARIES, _BEGINNING = 1000, 50_000
_MAX_PARSED = 4000
"""Characters of which the quoted ones are found; the parser takes their square, and more."""
MAX_READ = 200_000
"""Characters of an e-mail that are read, quoted ones included."""
_MOST_BYTES = 4
"""Of a character, in any of the sets that are read."""
_MOST_BODIES = 20
_BLOCKS = ("p", "div", "li", "tr", "h1", "h2", "h3", "blockquote", "table")
_CELLS = ("td", "th")
_LEFT_OUT = ("style", "script", "title", "blockquote")
_DEEPEST = 100
_UNCLOSED = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_QUOTE_HEAD = re.compile(r"\n[^\n]{0,200}(?:写道|寫道)\s*[：:]\s*\n.*\Z", re.DOTALL)
_NAMED = r"[ \t|>*]{0,8}(?:%s)[ \t*]{0,4}[|:：]"
_REST = "发送时间|发送日期|发件时间|日期|时间|收件人|抄送|主题|Sent|Date|To|Cc|Subject"
_ORIGINAL = re.compile(
    # A line of dashes that names the original, or the lines of its header.
    r"(?:\n|\A)(?:[ \t]{0,8}[-—_=*]{2,80}[ \t]{0,8}"
    r"(?:回复的原邮件|原始邮件|原邮件|转发的?邮件(?:信息)?|转发邮件信息|Original Message"
    r"|Forwarded [Mm]essage)[ \t]{0,8}[-—_=*]{2,80}[ \t]{0,8}(?=\n|\Z)"
    rf"|{_NAMED % '发件人|From'}[^\n]{{0,300}}\n{_NAMED % _REST}).*\Z",
    re.DOTALL,
)
_DEVICE = re.compile(r"(?:\n|\A)[ \t]{0,8}(?:发自|发送自|来自)(?:我的)?[^\n，。,!！?？]{1,30}\s*\Z")
_SPACES = re.compile(r"\s+")
_SIGNED = re.compile(r"(?:\n|\A)-- ?\n.*\Z", re.DOTALL)
"""What stands below the line of RFC 3676."""


class _Bounded(EmailPolicy):
    """Python reads a header in the square of its length, and some each time it is asked."""

    @override
    def header_fetch_parse(self, name: str, value: str) -> Any:
        read: Any = super().header_fetch_parse(name, value[:_MAX_LINE])
        return read


def read_message(raw: bytes) -> EmailMessage:
    """A message as it came; of one with very many parts its beginning."""
    if raw.count(b"\n--") > _MOST_BOUNDARIES:
        raw = raw[:_BEGINNING]
    read = email.message_from_bytes(raw, _class=EmailMessage, policy=_Bounded())
    return cast(EmailMessage, read)


def header_as_written(message: EmailMessage, name: str) -> str:
    """A header as it came: Python's parser fails on some that are malformed."""
    given = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return next(given, "")[:_MAX_HEADER]


def header_as_read(message: EmailMessage, name: str) -> str:
    """A header with its encoded words read, where they can be."""
    written = header_as_written(message, name)
    try:
        return str(message.policy.header_fetch_parse(name, written))
    except Exception:  # the parser's own mistakes, of many types
        return written[:_MAX_LINE]


def ids_in(message: EmailMessage, *names: str) -> list[str]:
    """The ids of messages that headers name, in their order."""
    told = " ".join(header_as_written(message, name) for name in names)
    return MESSAGE_ID.findall(told)


def sender_of(message: EmailMessage) -> str:
    """The one address that it is from; empty if there are several, or it cannot be told which.

    It is what a sender says of themselves: anybody can write any address there.
    """
    told = header_as_written(message, "From")[:_MAX_LINE]
    named = _IN_BRACKETS.findall(told)
    if not named:
        named = [] if "," in told else [parseaddr(_COMMENT.sub(" ", told).replace("(", ""))[1]]
    return named[0] if len(named) == 1 and _ADDRESS.fullmatch(named[0]) else ""


def plain_text(message: EmailMessage) -> str:
    """The words of a message, quoted ones included."""
    try:
        return "\n".join(filter(None, map(_said_in, _bodies(message))))[:MAX_READ]
    except Exception as error:  # as above: one malformed e-mail must not hold up the others
        logger.error("an e-mail cannot be read: %s", place_of(error))
        return ""


def enclosed_names(message: EmailMessage, most: int = 10) -> list[str]:
    """What a message encloses, by the names that its sender gave, else by kind."""
    names: list[str] = []
    try:
        for part in message.walk():
            apart = part.get_content_maintype() not in ("multipart", "text")
            if apart or (part.get_filename() and not part.is_multipart()):
                names.append(" ".join(str(part.get_filename() or part.get_content_type()).split()))
    except Exception as error:  # as above
        logger.error("an e-mail cannot be read: %s", place_of(error))
    return [name[:120] for name in names[:most]]


def said_anew(text: str) -> str:
    """What a reply says itself, without the message that it quotes."""
    text = _without_gaps(text[:MAX_READ].replace("\r\n", "\n").replace("\xa0", " "))
    text = _ORIGINAL.sub("", text) or text
    head = text[:_MAX_PARSED]
    own = EmailReplyParser(languages=["en", "zh", "de", "fr", "es"]).parse_reply(text=head) or ""
    if own.split() == head.split():  # no quote has begun yet
        own = text
    lines = "\n".join(line for line in own.split("\n") if not line.startswith(">"))
    return _QUOTE_HEAD.sub("", f"{lines}\n").strip()


def unsigned(text: str) -> str:
    """A text without the signature below it; a text that is nothing else stays."""
    own = _SIGNED.sub("", text).strip()
    own = _DEVICE.sub("", own).strip() or own
    if len(own) > _MAX_PARSED:
        return own
    replies = EmailReplyParser(languages=["en", "zh", "de", "fr", "es"]).read(own).replies
    return (replies[0].body.strip() if replies else "") or own


def _bodies(message: EmailMessage) -> list[EmailMessage]:
    """The parts that are a message's own words: some programs write them around its pictures, and
    some leave the plain form of an alternative empty."""
    found = message.get_body(("plain", "html"))
    if isinstance(found, EmailMessage) and not _said_in(found).strip():
        page = message.get_body(("html", "plain"))
        found = page if isinstance(page, EmailMessage) else found
    first = [found] if isinstance(found, EmailMessage) else []
    if message.get_content_type() != "multipart/mixed":
        return first
    parts = (part for part in message.iter_parts() if isinstance(part, EmailMessage))
    around = itertools.islice(parts, _MOST_BODIES)
    return [*first, *(part for part in around if is_own_words(part) and part not in first)]


def is_own_words(part: EmailMessage) -> bool:
    """Whether a part is what its sender wrote, rather than a file."""
    if part.get_content_maintype() != "text" or part.get_filename():
        return False
    told = header_as_written(part, "Content-Disposition").strip().lower()
    return part.get_content_subtype() in ("plain", "html") and not told.startswith("attachment")


def _said_in(body: EmailMessage) -> str:
    raw = body.get_payload(decode=True)
    named = str(body.get_content_charset("utf-8"))
    written = (raw if isinstance(raw, bytes) else b"")[: MAX_READ * _MOST_BYTES]
    text = read_bytes(written, named)[:MAX_READ]
    return _words_of(text) if body.get_content_subtype() == "html" else text


def _words_of(page: str) -> str:
    words = _Words()
    words.feed(_closed(page))
    words.close()
    return "\n".join(line.strip() for line in "".join(words.words).split("\n"))


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
        elif tag in _CELLS:
            self.words.append(" ")
        if tag in self._left_out:
            del self._left_out[self._left_out.index(tag) :]

    @override
    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self.words.append(_SPACES.sub(" ", data))


def _without_gaps(text: str) -> str:
    """With one empty line where there are several."""
    kept: list[str] = []
    for line in (line.rstrip() for line in text.split("\n")):
        if line or not kept or kept[-1]:
            kept.append(line)
    return "\n".join(kept)
