"""The shop's products by article number, with their names in each language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from switchboard.errors import ConfigurationError
from switchboard.text.bounded_yaml import read_yaml

IN_STOCK = 20
"""Pieces, where the file counts none."""


@dataclass(frozen=True)
class CatalogueVariant:
    """One kind of a product: its options by name, and how many are in stock."""

    sku: str
    options: Mapping[str, str]
    price: Decimal
    stock: int


@dataclass(frozen=True)
class Product:
    """One product. `names` are by language code; `variants` are all kinds of it, this one first,
    and none where there is but one. `facts`: what else the shop tells of it, as `material` and
    `size`, with their texts by language code. `also`: other words for it, in any language."""

    sku: str
    names: dict[str, str]
    price: Decimal
    returnable: bool
    variants: tuple[CatalogueVariant, ...] = ()
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, str]:
        """The options of the kind that its own number names."""
        return self.variants[0].options if self.variants else {}


@dataclass(frozen=True)
class Catalogue:
    """All products."""

    entries: tuple[Product, ...] = ()

    @cached_property
    def by_sku(self) -> dict[str, Product]:
        """The products by article number."""
        return {product.sku: product for product in self.entries}

    def name(self, sku: str, given: str, language: str | None) -> str:
        """A product's name in a language, else `given`, the order system's name."""
        product = self.by_sku.get(sku)
        return product.names.get(language or "", given) if product else given


def _variants(entry: Mapping[str, Any]) -> Iterator[CatalogueVariant]:
    """The product itself and its other kinds, where it has any."""
    others = entry.get("variants") or []
    for kind in [entry, *others] if others else []:
        yield CatalogueVariant(
            str(kind["sku"]),
            {str(name): str(value) for name, value in kind["options"].items()},
            Decimal(str(kind.get("price", entry["price"]))),
            int(kind.get("stock", IN_STOCK)),
        )


def _facts(entry: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    told = entry.get("facts") or {}
    return {str(name): {str(c): str(t) for c, t in forms.items()} for name, forms in told.items()}


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue; a shop without the file has an empty one.

    Raises:
        ConfigurationError: an entry lacks its number, names or price.
    """
    if not path.exists():
        return Catalogue()
    try:
        entries = read_yaml(path.read_text(encoding="utf-8"))
        return Catalogue(
            tuple(
                Product(
                    str(entry["sku"]),
                    {str(code): str(name) for code, name in entry["name"].items()},
                    Decimal(str(entry["price"])),
                    bool(entry.get("returnable", True)),
                    tuple(_variants(entry)),
                    _facts(entry),
                    tuple(str(w) for words in (entry.get("also") or {}).values() for w in words),
                )
                for entry in entries
            )
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ConfigurationError(f"cannot read {path}: {type(error).__name__} {error}") from error
