"""The lines of a post from the shop's own words (`data/copy.yml`) and the given facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

import yaml

from switchboard.copywriting.post_platforms import PostPlatform
from switchboard.copywriting.sale_facts import SaleFacts, SaleProduct
from switchboard.errors import ConfigurationError
from switchboard.shop.bilingual import read_forms
from switchboard.shop.policy import money
from switchboard.shop.speech import Speech
from switchboard.text.bounded_yaml import read_yaml

LINES = ("discount", "period", "until", "since", "product", "product_before", "code", "link")
NEUTRAL = "neutral_words"
Wordings = Mapping[str, Mapping[str, str]]


def load_wordings(path: Path) -> Wordings:
    """The shop's words for each kind of line, and those that a model may use beside them.

    Raises:
        ConfigurationError: the file cannot be read, or one is missing.
    """
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
        lines = {name: read_forms(raw["lines"][name]) for name in LINES}
        return {**lines, NEUTRAL: read_forms(raw[NEUTRAL])}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"cannot read {path}: {type(error).__name__}") from None
    except (KeyError, TypeError) as error:
        raise ConfigurationError(f"{path.name}: a line is missing: {error}") from None


class PostLines:
    """The lines of one post in one language."""

    def __init__(self, facts: SaleFacts, wordings: Wordings, speech: Speech) -> None:
        self._facts, self._wordings, self._speech = facts, wordings, speech
        self.language = speech.language

    @cached_property
    def always(self) -> list[str]:
        """What no post may leave out, in order; products stand after the first two."""
        facts = self._facts
        lines = [facts.name[self.language], *self._discount(), *self._period()]
        lines += [self.conditions] if self.conditions else []
        if facts.code:
            lines.append(self._say("code", code=facts.code))
        if facts.link:
            lines.append(self._say("link", link=facts.link))
        return lines

    @property
    def conditions(self) -> str:
        """They are said as they are, or not at all."""
        return self._facts.conditions.get(self.language, "")

    @property
    def neutral(self) -> str:
        """The words that a draft may use beside those of the facts."""
        return self._wordings[NEUTRAL][self.language]

    @property
    def wording(self) -> list[str]:
        """The lines whose words a draft may use in sentences of its own."""
        own = [line for line in self.always if line != self.conditions]
        return [*own, *self.products, *self._other_forms()]

    @cached_property
    def products(self) -> list[str]:
        """One line for each product."""
        return [self._product(product) for product in self._facts.products]

    @property
    def statements(self) -> list[str]:
        """What a draft may rest on: each product by itself, with what holds for all."""
        common = " ".join([*self.always, *self._other_forms()])
        return [common, *(f"{line} {common}" for line in self.products)]

    def composed(self, platform: PostPlatform) -> str:
        """The post made of the lines alone, with as many products as there is room for.

        Raises:
            ConfigurationError: not even what no post may leave out fits.
        """
        first = 1 + bool(self._facts.discount_percent)
        for count in range(len(self.products), -1, -1):
            if not count and self._facts.discount_percent is None:
                break  # it would offer nothing
            lines = [*self.always[:first], *self.products[:count], *self.always[first:]]
            text = "\n".join(lines)
            if platform.length(text) <= platform.most:
                return text
        raise ConfigurationError(
            f"the facts do not fit a post on {platform.name} ({platform.length(text)} of "
            f"{platform.most}): shorten the name or the conditions"
        )

    def _say(self, line: str, **values: object) -> str:
        return self._wordings[line][self.language].format_map(values)

    def _discount(self) -> list[str]:
        percent = self._facts.discount_percent
        return [self._say("discount", percent=percent)] if percent else []

    def _period(self) -> list[str]:
        starts, ends = self._facts.starts, self._facts.ends
        named = {
            name: self._speech.day(day)
            for name, day in (("starts", starts), ("ends", ends))
            if day is not None
        }
        kind = {2: "period", 1: "until" if ends else "since"}.get(len(named))
        return [self._say(kind, **named)] if kind else []

    def _product(self, product: SaleProduct) -> str:
        price = money(product.price, self._facts.currency)
        values = {"product": product.name[self.language], "price": price}
        if product.was is None:
            return self._say("product", **values)
        return self._say("product_before", **values, was=money(product.was, self._facts.currency))

    def _other_forms(self) -> list[str]:
        """Other ways to write the same days, and the link, which the checks cut at its colon."""
        written = [form for day in self._facts.days for form in _forms_of(day)]
        _, slashes, bare = self._facts.link.partition("//")
        return [*written, bare, slashes + bare]


def _forms_of(day: date) -> list[str]:
    return [
        day.isoformat(),
        f"{day:%A} {day.day} {day:%B} {day.year}",
        f"{day.year}年{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）",
    ]
