"""Whose price a post tells: a price belongs to the product that its sentence names before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from switchboard.copywriting.sale_facts import SaleProduct
from switchboard.errors import ModelWrong

_END = re.compile(r"[\n;；。!！?？]|\.(?=\s|$)")
_NUMBER = r"(\d{1,7}(?:[.,]\d{1,2})?)"
_BEFORE = re.compile(
    r"(?:instead of|was|were|from|before|usually|原价|原来|原为|之前)[^\d\n]{0,12}$", re.IGNORECASE
)
_BOUND = re.compile(r"\bfrom\W{0,3}$", re.IGNORECASE)
_BOUND_AFTER = re.compile(r"\s?起")


class PostPrices:
    """The prices of one set of products; `currency` is a pattern of its signs and names."""

    def __init__(self, products: Sequence[SaleProduct], language: str, currency: str) -> None:
        self._products = {one.name[language].casefold(): one for one in products}
        longest = sorted(self._products, key=len, reverse=True)
        named = "|".join(re.escape(name) for name in longest) or r"(?!)"
        self._named = re.compile(named, re.IGNORECASE)
        self._money = re.compile(
            rf"(?:{currency})\s?{_NUMBER}|{_NUMBER}\s?(?:{currency})", re.IGNORECASE
        )

    def check(self, draft: str) -> None:
        """Whether each price is its product's own, and told as what it is, once.

        Raises:
            ModelWrong: it is not.
        """
        start = 0
        for end in [*(found.end() for found in _END.finditer(draft)), len(draft)]:
            self._check_sentence(draft[start:end])
            start = end

    def _check_sentence(self, sentence: str) -> None:
        product: SaleProduct | None = None
        told: list[Decimal] = []
        for name, price, span in self._marks(sentence):
            if name:
                if product is not None and not told:
                    product = None  # several products before a price: whose would it be?
                    break
                product, told = self._products[name], []
                continue
            if product is None or price in told:
                raise ModelWrong("a price whose product is not named directly before it")
            told.append(price)
            _check_price(product, price, sentence[: span[0]], sentence[span[1] :])
        if product is None and self._money.search(sentence):
            raise ModelWrong("a price whose product is not named directly before it")

    def _marks(self, sentence: str) -> Iterator[tuple[str, Decimal, tuple[int, int]]]:
        """The names and prices of a sentence, in order."""
        names = [
            (found[0].casefold(), Decimal(0), found.span())
            for found in self._named.finditer(sentence)
        ]
        prices = [
            ("", Decimal((found[1] or found[2]).replace(",", ".")), found.span())
            for found in self._money.finditer(sentence)
        ]
        return iter(sorted([*names, *prices], key=lambda mark: mark[2]))


def _check_price(product: SaleProduct, price: Decimal, before: str, after: str) -> None:
    if price not in (product.price, product.was):
        raise ModelWrong("a price of another product")
    is_bound = _BOUND.search(before) and price == product.price
    if is_bound or _BOUND_AFTER.match(after):
        raise ModelWrong("a price is told as the lowest of several")
    if (price == product.was) != bool(_BEFORE.search(before)):
        raise ModelWrong("the price before the sale is not told as that")
