"""Describes pictures that customers send: for colleagues, never for the customer."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from switchboard.answering.prompt import PICTURE
from switchboard.answering.reply import read_object
from switchboard.errors import ModelWrong
from switchboard.llm.chat_model import ChatModel, Deadline, Message
from switchboard.privacy.redaction import redact

MAX_BYTES = 8_000_000
KINDS = ("damage", "product", "document", "other")
_DATA = re.compile(r"data:image/(?:jpeg|png|webp|gif);base64,[A-Za-z0-9+/=]+\Z")
_INSIDE = ("localhost", ".local", ".internal", ".lan", ".home.arpa")
_MAX_NOTE = 200


@dataclass(frozen=True)
class Picture:
    """`shows` is one of `KINDS`; `note` a sentence for the ticket, redacted."""

    shows: str
    note: str


def may_be_fetched(url: str) -> bool:
    """Whether a model's server may fetch an address: an inline picture, or a public https host.

    A local server would fetch anything, also from inside the shop's network; and Telegram's file
    addresses contain the bot's token.
    """
    if len(url) > MAX_BYTES:
        return False
    if url.startswith("data:"):
        return _DATA.match(url) is not None
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or parts.username or parts.password or "." not in host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return not host.endswith(_INSIDE) and host != "api.telegram.org"
    return False


class PictureReader:
    """Describes pictures with a vision model."""

    def __init__(self, model: ChatModel, seconds: float) -> None:
        self._model, self._seconds = model, seconds

    async def read(self, url: str) -> Picture:
        """Describe a picture.

        Raises:
            ModelDown: the model could not be called.
            ModelWrong: the address may not be fetched, or the reply is unusable.
        """
        if not may_be_fetched(url):
            raise ModelWrong("an address that may not be fetched")
        messages = [Message("system", PICTURE), Message("user", "The picture:", (url,))]
        reply = await self._model.complete(messages, Deadline(self._seconds))
        data = read_object(reply.text)
        if data.get("shows") not in KINDS:
            raise ModelWrong("no known kind of picture")
        note = " ".join(str(data.get("note") or "").split())
        return Picture(str(data["shows"]), redact(note)[:_MAX_NOTE])
