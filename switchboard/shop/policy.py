"""The shop's facts from `data/policy.yml`: typed for the rules, flat for the texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from switchboard.errors import ConfigurationError
from switchboard.shop.bilingual import form_in
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import CHINESE, ENGLISH
from switchboard.text.order_numbers import DIGITS, OrderNumbers

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "CNY": "¥"}
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def money(amount: Decimal, currency: str) -> str:
    """An amount as a customer reads it, for instance `€4.90`."""
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{amount:.2f}" if symbol else f"{amount:.2f} {currency}"


@dataclass(frozen=True)
class Policy:
    """The parsed policy file. `raw` holds its sections unchanged."""

    raw: Mapping[str, Mapping[str, Any]]

    def _value(self, section: str, key: str) -> Any:
        try:
            return self.raw[section][key]
        except (KeyError, TypeError):
            raise ConfigurationError(f"policy.yml: {section}.{key} is missing") from None

    def integer(self, section: str, key: str) -> int:
        """A whole number, for instance a window in days."""
        value = self._value(section, key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ConfigurationError(f"policy.yml: {section}.{key} must be a whole number")
        return int(value)

    def amount(self, section: str, key: str) -> Decimal:
        """A sum of money in the shop's currency."""
        value = self._value(section, key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigurationError(f"policy.yml: {section}.{key} must be an amount")
        return Decimal(str(value)).quantize(Decimal("0.01"))

    def text(self, section: str, key: str) -> str:
        """A value as text."""
        return str(self._value(section, key))

    def optional(self, section: str, key: str) -> Any:
        """A value that a shop may leave out, as it stands in the file; else None."""
        return (self.raw.get(section) or {}).get(key)

    @cached_property
    def order_numbers(self) -> OrderNumbers:
        """How this shop's order numbers look."""
        return OrderNumbers(str(self.optional("orders", "number") or DIGITS))

    @property
    def currency(self) -> str:
        """The shop's currency, an ISO 4217 code."""
        return self.text("shop", "currency")

    def money(self, amount: Decimal) -> str:
        """An amount in the shop's currency, as a customer reads it."""
        return money(amount, self.currency)

    @cached_property
    def timezone(self) -> ZoneInfo:
        """The time zone of the opening hours."""
        try:
            return ZoneInfo(self.text("shop", "timezone"))
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigurationError("policy.yml: shop.timezone is not a time zone") from None

    def facts(self, language: str = ENGLISH) -> dict[str, str]:
        """All facts by flat name (`returns_window_days`), as text in a language."""
        if language not in self._facts:
            self._facts[language] = self._worded(language)
        return self._facts[language]

    @cached_property
    def _facts(self) -> dict[str, dict[str, str]]:
        return {}

    def _worded(self, language: str) -> dict[str, str]:
        flat: dict[str, str] = {}
        for section, values in self.raw.items():
            for key, value in values.items():
                if isinstance(value, float):  # only money has decimals in the policy
                    flat[f"{section}_{key}"] = self.money(self.amount(section, key))
                elif isinstance(value, list):
                    between = " 至 " if language == CHINESE else " to "
                    flat[f"{section}_{key}"] = between.join(map(str, value))
                elif isinstance(value, dict):
                    flat[f"{section}_{key}"] = str(form_in(value, language))
                else:
                    flat[f"{section}_{key}"] = str(value)
        describe = describe_hours_in_chinese if language == CHINESE else describe_hours
        flat["hours_text"] = describe(self.raw.get("hours", {}))
        return flat

    def fill(self, text: str, language: str = ENGLISH) -> str:
        """Replace each `{fact}` in `text`.

        Raises:
            ConfigurationError: the text names a fact that the policy does not have.
        """
        facts = self.facts(language)

        def fact(match: re.Match[str]) -> str:
            if match[1] not in facts:
                raise ConfigurationError(f"no such fact in policy.yml: {match[1]}")
            return facts[match[1]]

        return _PLACEHOLDER.sub(fact, text)

    def opening(self, weekday: str) -> tuple[time, time] | None:
        """Opening and closing time of the desk on a weekday; None if closed."""
        span = self.raw.get("hours", {}).get(weekday)
        if span is None:
            return None
        try:
            start, end = (time.fromisoformat(part.strip()) for part in str(span).split("-"))
        except ValueError:
            raise ConfigurationError(f"policy.yml: hours.{weekday} must read 09:00-18:00") from None
        return start, end

    def open_at(self, moment: datetime) -> bool:
        """Whether the desk is open at `moment` (time zone aware)."""
        local = moment.astimezone(self.timezone)
        span = self.opening(WEEKDAYS[local.weekday()])
        return span is not None and span[0] <= local.time() < span[1]

    def next_opening(self, moment: datetime) -> datetime | None:
        """The first opening after `moment`; None if the desk never opens."""
        local = moment.astimezone(self.timezone)
        for days in range(8):
            day = local + timedelta(days=days)
            span = self.opening(WEEKDAYS[day.weekday()])
            if span is None:
                continue
            opens = day.replace(hour=span[0].hour, minute=span[0].minute, second=0, microsecond=0)
            if opens > local:
                return opens
        return None


def _spans(hours: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(first day, last day, span) of consecutive days with equal hours."""
    groups: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        span = hours.get(day)
        if span is None:
            continue
        if (
            groups
            and groups[-1][2] == span
            and WEEKDAYS.index(groups[-1][1]) + 1 == WEEKDAYS.index(day)
        ):
            groups[-1] = (groups[-1][0], day, span)
        else:
            groups.append((day, day, span))
    return groups


def describe_hours(hours: Mapping[str, Any]) -> str:
    """Opening hours in one phrase."""
    parts = []
    for first, last, span in _spans(hours):
        days = first.title() if first == last else f"{first.title()} to {last.title()}"
        parts.append(f"{days} {span.replace('-', ' to ')}")
    return ", ".join(parts) or "by e-mail only"


def describe_hours_in_chinese(hours: Mapping[str, Any]) -> str:
    """Opening hours in one Chinese phrase."""
    parts = []
    for first, last, span in _spans(hours):
        names = ["周" + "一二三四五六日"[WEEKDAYS.index(day)] for day in (first, last)]
        days = names[0] if first == last else "至".join(names)
        parts.append(f"{days} {span}")
    return "、".join(parts) or "仅限邮件"


def load_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        ConfigurationError: it is missing, is not YAML, or is not sections of values.
    """
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    if not isinstance(raw, dict) or not all(isinstance(v, dict) for v in raw.values()):
        raise ConfigurationError(f"{path} must be sections of values")
    return Policy(raw)
