"""Markdown articles with front matter, split by heading into passages of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from switchboard.errors import ConfigurationError
from switchboard.knowledge.front_matter import headings, read_document, read_file
from switchboard.knowledge.statements import Statement, read_statements, without_forms
from switchboard.shop.policy import Policy
from switchboard.text.language import ENGLISH
from switchboard.text.markdown import plain_text_of

SECTION = 2
"""The level of the headings that begin a passage: `##`."""


@dataclass(frozen=True)
class Passage:
    """One section of an article, its facts filled in. `id` is `<file>#<section number>`."""

    id: str
    title: str
    heading: str
    topics: tuple[str, ...]
    text: str
    updated: date
    language: str = ENGLISH
    questions: tuple[str, ...] = ()
    """How customers ask for it; used for search, never shown."""
    statements: tuple[Statement, ...] = ()
    """The text in sentences, of which answers are made."""
    twin: tuple[str, ...] = ()
    """The keys of the same passage in the shop's other language, if it is there."""

    @property
    def name(self) -> str:
        """The name shown to customers."""
        return self.title if not self.heading else f"{self.title}: {self.heading}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The texts that a question is compared with."""
        head = f"{self.title}. {self.heading}"
        return (f"{head}. {self.text}", head, *self.topics, *self.questions)


def _sections(body: str) -> list[tuple[str, str]]:
    """(heading, text) pairs; the text before the first heading has an empty one."""
    pairs, name, at = [], "", 0
    for start, end, level, words in headings(body):
        if level == SECTION:
            pairs.append((name, body[at:start]))
            name, at = words, end
    pairs.append((name, body[at:]))
    return [(heading, text.strip()) for heading, text in pairs if text.strip()]


def _asked(questions: Any, heading: str, first: bool) -> tuple[str, ...]:
    """The questions of one section: a mapping is by heading, a list is for the first section."""
    if isinstance(questions, Mapping):
        return tuple(str(text) for text in questions.get(heading) or ())
    return tuple(str(text) for text in questions or ()) if first else ()


def read_article(path: Path, policy: Policy, language: str = ENGLISH) -> list[Passage]:
    """The passages of one article.

    Raises:
        ConfigurationError: front matter is missing or wrong, or the text names an unknown fact.
    """
    try:
        head, body = read_document(read_file(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    title, topics, updated = (head.get(key) for key in ("title", "topics", "updated"))
    if not isinstance(title, str) or not isinstance(topics, list) or not isinstance(updated, date):
        raise ConfigurationError(f"{path.name}: needs title, topics (a list) and updated (a date)")
    questions = head.get("questions")
    if not isinstance(questions, list | Mapping | None):
        raise ConfigurationError(f"{path.name}: questions must be a list, or lists by heading")
    try:
        return [
            Passage(
                id=f"{path.stem}#{index}",
                title=policy.fill(plain_text_of(title), language),
                heading=policy.fill(plain_text_of(heading), language),
                # Topics describe the whole article; its first section stands for it.
                topics=tuple(str(topic) for topic in topics) if index == 0 else (),
                text=policy.fill(plain_text_of(without_forms(text)), language),
                updated=updated,
                language=language,
                questions=_asked(questions, heading, index == 0),
                statements=tuple(
                    _filled(statement, policy, language) for statement in read_statements(text)
                ),
            )
            for index, (heading, text) in enumerate(_sections(body))
        ]
    except ConfigurationError as error:
        raise ConfigurationError(f"{path.name}: {error}") from error


def _filled(statement: Statement, policy: Policy, language: str) -> Statement:
    """A statement with its facts. They are filled in here, so that none of them ends a sentence."""
    return Statement(
        policy.fill(statement.text, language),
        tuple((name, policy.fill(text, language)) for name, text in statement.forms),
        statement.listed,
    )


def read_articles(folder: Path, policy: Policy, language: str = ENGLISH) -> list[Passage]:
    """The passages of every article in a folder, in the order of the file names.

    Raises:
        ConfigurationError: an article cannot be used; the message names it.
    """
    paths = sorted(folder.glob("*.md"))
    return [passage for path in paths for passage in read_article(path, policy, language)]
