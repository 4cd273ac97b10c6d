"""The template in which a message goes to a customer who wrote more than 24 hours ago."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from switchboard.channels.layout import number_choices
from switchboard.mailroom.message import Outgoing
from switchboard.text.language import CHINESE, has_han

MAX_VARIABLE = 700
"""Characters of a message in a template: with the template's own words it may have 1024."""


class LateTemplate:
    """An approved template with one variable for the words; without a name there is none."""

    def __init__(self, name: str, languages: Sequence[str]) -> None:
        self._name, self._languages = name, languages

    def instead_of(self, message: Outgoing) -> Outgoing | None:
        """The message in the template's form; None for one whose words would not be all of it."""
        text = number_choices(message.text, message.buttons) if message.buttons else message.text
        # A variable may hold no line breaks, tabs or rows of spaces.
        words = re.sub(r"\s+", " ", text).strip()
        if not self._name or message.custom or message.file or message.cards or not words:
            return None
        if len(words) > MAX_VARIABLE:
            words = f"{words[: MAX_VARIABLE - 1].rstrip()}…"
        template = {
            "name": self._name,
            "language": {"code": self._language(words)},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": words}]}],
        }
        return replace(
            message, text="", image="", custom={"type": "template", "template": template}
        )

    def _language(self, words: str) -> str:
        wanted = CHINESE if has_han(words) else "en"
        mine = (code for code in self._languages if code.lower().startswith(wanted))
        return next(mine, self._languages[0] if self._languages else wanted)
