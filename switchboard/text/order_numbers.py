"""Order numbers in the shop's own form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from switchboard.errors import ConfigurationError

DIGITS = r"\d{4,8}"
_READ = 64


class OrderNumbers:
    """Reads order numbers. `form` is a regular expression for a whole number, letters in any case;
    a shop that states none has numbers of four to eight digits.

    Raises:
        ConfigurationError: the form is no regular expression, or fits an empty text.
    """

    def __init__(self, form: str = DIGITS) -> None:
        self.form = form
        try:
            self._whole = re.compile(form, re.IGNORECASE | re.ASCII)
            self._within = re.compile(
                rf"(?<![\w.,+])#?(?P<number>{form})(?![\w@%€])(?!-\w)", re.IGNORECASE | re.ASCII
            )
        except re.error as error:
            raise ConfigurationError(f"policy.yml: orders.number: {error}") from None
        if self._whole.fullmatch(""):
            raise ConfigurationError("policy.yml: orders.number fits an empty text")

    @cached_property
    def plain(self) -> bool:
        """Whether they are digits alone, so that prefixes such as `TW-` are no part of them."""
        return self.form == DIGITS

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """The numbers in a text, each as the group `number`."""
        return self._within.finditer(text)

    def normal(self, text: str) -> str | None:
        """The order number in a short text (`#4711`, `TW-4711`); None for none or several."""
        if self.plain:
            found = re.findall(rf"(?<!\d){DIGITS}(?!\d)", text[:_READ])
        else:
            found = [match["number"].upper() for match in self.find(text[:_READ])]
        return found[0] if len(found) == 1 else None
