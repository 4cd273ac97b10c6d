"""Texts that agents say often: those of `data/canned.yml`, and those edited at the desk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from switchboard.database.tables import macros
from switchboard.errors import ConfigurationError, MacroRefused
from switchboard.shop.bilingual import form_in, read_forms, spoken
from switchboard.shop.policy import Policy
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import CHINESE, ENGLISH
from switchboard.tickets.ticket_book import Ticket

_NAME = re.compile(r"[\w ()-]{1,40}")
_MAX_TEXT = 4000
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
OF_THE_TICKET = ("agent", "reference", "order")


@dataclass(frozen=True)
class Macro:
    """A text in both languages; `edited` if it is kept at the desk rather than in the file."""

    name: str
    english: str
    chinese: str
    edited: bool


class Macros:
    """The texts of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, path: Path, policy: Policy) -> None:
        """Raises:
        ConfigurationError: the file cannot be read.
        """
        self._engine, self._policy = engine, policy
        try:
            raw = read_yaml(path.read_text(encoding="utf-8"))["canned"] if path.exists() else {}
            self._texts = {str(name): read_forms(forms) for name, forms in raw.items()}
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"cannot read {path}: {type(error).__name__}") from error

    def all(self) -> list[Macro]:
        """All texts by name; one that was edited stands in place of the file's."""
        known = {
            name: Macro(name, form_in(forms, ENGLISH), form_in(forms, CHINESE), False)
            for name, forms in self._texts.items()
        }
        with self._engine.connect() as db:
            for row in db.execute(sa.select(macros)):
                known[row.name] = Macro(row.name, row.text_en, row.text_zh, True)
        return [known[name] for name in sorted(known)]

    def text(self, name: str, ticket: Ticket, agent: str) -> str:
        """A text in the customer's language with its placeholders filled; empty if unknown."""
        found = next((macro for macro in self.all() if macro.name == name), None)
        if found is None:
            return ""
        text = found.chinese if spoken(ticket.language) == CHINESE else found.english
        facts = {
            "agent": agent,
            "reference": ticket.reference,
            "order": ticket.story.order_number or "",
        }

        def filled(match: re.Match[str]) -> str:
            if match[1] in facts:
                return facts[match[1]]
            return self._policy.fill(match[0], spoken(ticket.language))

        # In one go: what a customer wrote is no placeholder.
        return _PLACEHOLDER.sub(filled, text)

    def save(self, name: str, english: str, chinese: str) -> None:
        """Keep a text at the desk.

        Raises:
            MacroRefused: the name or a text is empty or too long, or a placeholder unknown.
        """
        name = " ".join(name.split())
        texts = [english.strip(), chinese.strip()]
        if not _NAME.fullmatch(name):
            raise MacroRefused("name")
        if not all(texts) or max(map(len, texts)) > _MAX_TEXT:
            raise MacroRefused("text")
        for text in texts:
            self._check(text)
        row = {"name": name, "text_en": texts[0], "text_zh": texts[1]}
        with self._engine.begin() as db:
            db.execute(sa.delete(macros).where(macros.c.name == name))
            db.execute(sa.insert(macros).values(**row))

    def remove(self, name: str) -> None:
        """Forget what was edited: the file's text stands again, if there is one."""
        with self._engine.begin() as db:
            db.execute(sa.delete(macros).where(macros.c.name == name))

    def _check(self, text: str) -> None:
        for key in _PLACEHOLDER.findall(text):
            if key in OF_THE_TICKET:
                continue
            try:
                filled = self._policy.fill(f"{{{key}}}", ENGLISH)
            except ConfigurationError:
                raise MacroRefused(key) from None
            if filled == f"{{{key}}}":  # no name of a fact: it would be sent as it stands
                raise MacroRefused(key)
