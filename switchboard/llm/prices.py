"""Token prices, set by the operator: they change too often to stand in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.errors import ConfigurationError
from switchboard.llm.chat_model import Usage


@dataclass(frozen=True)
class Price:
    """The price of a million tokens, in the operator's currency."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, usage: Usage) -> float:
        """The cost of a call."""
        return (self.prompt * usage.prompt + self.completion * usage.completion) / 1e6


def read_prices(text: str) -> Mapping[str, Price]:
    """Prices from `model=in/out, model=in/out`.

    Raises:
        ConfigurationError: the text has another format.
    """
    prices = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        try:
            model, both = entry.rsplit("=", 1)
            prompt, completion = (float(number) for number in both.split("/"))
        except ValueError:
            raise ConfigurationError(
                f"SWITCHBOARD_LLM_PRICES must read model=in/out, not {entry!r}"
            ) from None
        prices[model.strip()] = Price(prompt, completion)
    return prices
