"""Statements: what a shop says in one sentence that stands alone.

An article is a row of them, and an answer is made of nothing else. In an article, a comment behind
a sentence gives another form of it, written by the shop too:

    Our team is online only, there is no shop to visit.
    <!-- no: No, there is no shop to visit: we are online only. -->
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchboard.errors import ConfigurationError
from switchboard.text.markdown import plain_text_of
from switchboard.text.sentences import sentences

FORMS = ("short", "long", "friendly", "yes", "no")
"""The forms beside the plain one. `yes` and `no` answer a question that asks whether it is so."""
# Bounded: a comment that is never closed must not be looked for to the end from each of its starts.
_FORM = re.compile(r"<!--\s{0,20}(\w{1,20})\s{0,20}:((?:(?!<!--|-->).){0,4000})-->", re.DOTALL)
_COMMENT = re.compile(r"(?<![ \t])\n?[ \t]*<!--(?:(?!<!--|-->).){0,4000}-->", re.DOTALL)
_SOFT_BREAK = re.compile(r"(?<=(\S))[ \t]*\n(?=[^\s*#-])(?!\d{1,2}\.)")
_LIST_MARK = re.compile(r"^(?:-|\d{1,2}\.)\s+")


@dataclass(frozen=True)
class Statement:
    """One sentence of an article, and its other forms as (name, text)."""

    text: str
    forms: tuple[tuple[str, str], ...] = ()
    listed: bool = False
    """An item of a list."""

    def said(self, form: str) -> str:
        """The text in a form, the plain one if there is no such form."""
        return dict(self.forms).get(form, self.text)


def read_statements(markdown: str) -> tuple[Statement, ...]:
    """The statements of a section in Markdown.

    Raises:
        ConfigurationError: a form has an unknown name, or stands behind no sentence.
    """
    found: list[Statement] = []
    at = 0
    for match in _FORM.finditer(markdown):
        found += _plain(markdown[at : match.start()])
        at = match.end()
        name, text = match[1].lower(), " ".join(plain_text_of(match[2]).split())
        if name not in FORMS or not found:
            raise ConfigurationError(
                f"'{name}' has to be one of {', '.join(FORMS)}, behind the sentence that it words"
            )
        last = found[-1]
        found[-1] = Statement(last.text, (*last.forms, (name, text)), last.listed)
    return (*found, *_plain(markdown[at:]))


def without_forms(markdown: str) -> str:
    """A text without comments, its paragraphs in one line each."""
    text = re.sub(r"\n{3,}", "\n\n", _COMMENT.sub("", markdown)).strip()
    return _SOFT_BREAK.sub(lambda match: " " if match[1].isascii() else "", text)


def _plain(markdown: str) -> list[Statement]:
    text = plain_text_of(without_forms(markdown))
    return [
        Statement(_LIST_MARK.sub("", piece), listed=bool(_LIST_MARK.match(piece)))
        for piece in sentences(text)
    ]
