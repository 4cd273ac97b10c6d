"""Formats money, days, products and codes in the customer's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import yaml

from switchboard.errors import ConfigurationError
from switchboard.shop.bilingual import spoken
from switchboard.shop.catalogue import Catalogue, load_catalogue
from switchboard.shop.policy import Policy, load_policy
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import CHINESE

_WEEKDAYS = "一二三四五六日"
_SAY_NOTHING = frozenset({"yes", "no", "none"})
Words = Mapping[str, Mapping[str, Mapping[str, str]]]


class MeansOfPayment(Protocol):
    """A means of payment, as far as its name needs it."""

    @property
    def kind(self) -> str:
        """A code of the section `payments` of `words.yml`."""

    @property
    def label(self) -> str:
        """What tells it from others of its kind."""


class OrderedItem(Protocol):
    """One line of an order, as far as its name needs it."""

    @property
    def sku(self) -> str:
        """The article number."""

    @property
    def name(self) -> str:
        """The name in the order system."""

    @property
    def quantity(self) -> int:
        """The quantity."""


@dataclass(frozen=True)
class Speech:
    """Formats values in one language: Chinese for `zh`, else English."""

    language: str
    policy: Policy
    catalogue: Catalogue
    words: Words

    def money(self, amount: object) -> str:
        """An amount in the shop's currency."""
        return self.policy.money(amount)  # type: ignore[arg-type]

    def day(self, moment: datetime | date) -> str:
        """A date, for instance `Thu 12 November` or `11月12日（周四）`."""
        if self.language == CHINESE:
            return f"{moment.month}月{moment.day}日（周{_WEEKDAYS[moment.weekday()]}）"
        return f"{moment:%a} {moment.day} {moment:%B}"

    def moment(self, moment: datetime) -> str:
        """A date with its time."""
        between = "" if self.language == CHINESE else " at "
        return f"{self.day(moment)}{between}{moment:%H:%M}"

    def item(self, item: OrderedItem) -> str:
        """A product's name."""
        return self.catalogue.name(item.sku, item.name, self.language)

    def pieces(self, item: OrderedItem) -> str:
        """An item's name, with the quantity of several."""
        if item.quantity == 1:
            return self.item(item)
        if self.language == CHINESE:
            return f"{self.item(item)}×{item.quantity}"
        return f"{item.quantity} x {self.item(item)}"

    def product(self, sku: str) -> str:
        """The name of a product of the catalogue, else its article number."""
        return self.catalogue.name(sku, sku, self.language)

    def items(self, items: Sequence[OrderedItem]) -> str:
        """`4 x Stoneware mug, 1 x Linen napkins`."""
        if self.language == CHINESE:
            return "、".join(f"{self.item(item)}×{item.quantity}" for item in items)
        return ", ".join(f"{item.quantity} x {self.item(item)}" for item in items)

    def listed(self, names: Sequence[str]) -> str:
        """Names in one phrase: `the lamp, the rug and the clock`, each as it is."""
        if self.language == CHINESE:
            return "、".join(names)
        return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)

    def payment(self, method: MeansOfPayment) -> str:
        """A means of payment with what tells it from another of its kind."""
        return " ".join(part for part in (self.word("payments", method.kind), method.label) if part)

    def options(self, options: Mapping[str, str]) -> str:
        """The options of a variant: `blue, large`."""
        between = "、" if self.language == CHINESE else ", "
        named = []
        for key, value in options.items():
            plain = value.lower() not in _SAY_NOTHING and not value.isdigit()
            worded = self.word("options", value)
            named.append(worded if plain else f"{self.word('options', key)} {worded}")
        return between.join(named)

    def word(self, section: str, code: str) -> str:
        """The word for a code of a section of `data/words.yml`, else the code itself."""
        forms = self.words.get(section, {}).get(code, {})
        return forms.get(self.language, code)


@dataclass(frozen=True)
class Phrasebook:
    """Makes the `Speech` of a language."""

    policy: Policy
    catalogue: Catalogue
    words: Words

    def speak(self, language: object) -> Speech:
        """Chinese if the conversation is in it, else English."""
        return Speech(spoken(language), self.policy, self.catalogue, self.words)


def load_words(path: Path) -> Words:
    """Read `words.yml`; a shop without the file has no words of its own.

    Raises:
        ConfigurationError: it is not sections of codes with forms by language.
    """
    if not path.exists():
        return {}
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
        return {
            str(section): {str(code): dict(forms) for code, forms in codes.items()}
            for section, codes in raw.items()
        }
    except (OSError, yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise ConfigurationError(f"cannot read {path}: {type(error).__name__}") from error


def open_phrasebook(data_dir: Path) -> Phrasebook:
    """The phrasebook of the files below a data folder.

    Raises:
        ConfigurationError: the policy, the catalogue or the words cannot be used.
    """
    return Phrasebook(
        load_policy(data_dir / "policy.yml"),
        load_catalogue(data_dir / "catalogue.yml"),
        load_words(data_dir / "words.yml"),
    )
