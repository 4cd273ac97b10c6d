"""The desk's words in the language of who works there: English, as the templates say them, or
Chinese from `words.zh.yml`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from switchboard.conversations.routes import Cause
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import CHINESE, ENGLISH

LANGUAGES = {ENGLISH: "English", CHINESE: "中文"}
Words = Callable[[str], str]

WHY = {
    Cause.ANGER: "The customer is upset",
    Cause.DISPLEASED_TWICE: "The customer was unhappy twice in a row",
    Cause.LEGAL_WORDS: "The customer speaks of lawyers or the police",
    Cause.SAFETY: "The customer speaks of an injury or a danger",
    Cause.FRAUD: "The customer speaks of fraud or misuse",
    Cause.VULNERABLE: "The customer may need particular care",
    Cause.LEAVING: "The customer is about to leave the shop",
    Cause.FAILED: "The customer has tried before without success",
    Cause.ASKED: "The customer asked for a person",
    Cause.SELF_HARM: "The customer may be in danger",
    Cause.THREAT: "The customer speaks of violence",
    Cause.MEDICAL: "A medical question",
    Cause.LEGAL: "A legal question",
    Cause.ENGINE: "The assistant could not answer",
    Cause.PAGE_INBOX: "Somebody answered in the page's own inbox",
}
"""Why a ticket was opened, in a sentence."""
OTHERWISE = "The assistant handed over"
CHANNELS = {
    "facebook": "Messenger",
    "facebook-comments": "public comments",
    "telegram": "Telegram",
    "x": "X",
    "x-comments": "public posts on X",
    "socketio": "the shop's page",
    "rest": "an application",
    "cmdline": "the terminal",
}


@lru_cache(maxsize=1)
def chinese() -> dict[str, str]:
    """Every text of the pages in Chinese, by the English one."""
    path = Path(__file__).parent / "words.zh.yml"
    read: dict[str, str] = read_yaml(path.read_text(encoding="utf-8"))
    return read


def _in_chinese(text: str) -> str:
    return chinese().get(text, text)


def words_in(language: str) -> Words:
    """The texts of the pages in a language; English for one that the desk does not speak."""
    return _in_chinese if language == CHINESE else str


def preferred(accepted: str) -> str:
    """The desk's language for a browser's `Accept-Language`."""
    first = accepted.split(",")[0].strip().lower()
    return CHINESE if first.startswith(CHINESE) else ENGLISH


def channel_name(say: Words, channel: str) -> str:
    """What people call a channel."""
    return say(CHANNELS.get(channel, channel))


def why(say: Words, cause: str) -> str:
    """Why a ticket was opened."""
    known = {c.value: text for c, text in WHY.items()}
    return say(known.get(cause, OTHERWISE))


def ago(say: Words, seconds: float) -> str:
    """A duration in its largest fitting unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {say(unit)}"
    return f"{max(0, int(seconds))} {say('s')}"
