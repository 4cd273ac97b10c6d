"""The shop's products by article number, with their names in each language."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import yaml

from switchboard.errors import ConfigurationError


@dataclass(frozen=True)
class Product:
    """One product. `names` are by language code."""

    sku: str
    names: dict[str, str]
    price: Decimal
    returnable: bool


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


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue; a shop without the file has an empty one.

    Raises:
        ConfigurationError: an entry lacks its number, names or price.
    """
    if not path.exists():
        return Catalogue()
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Catalogue(
            tuple(
                Product(
                    str(entry["sku"]),
                    {str(code): str(name) for code, name in entry["name"].items()},
                    Decimal(str(entry["price"])),
                    bool(entry.get("returnable", True)),
                )
                for entry in entries
            )
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ConfigurationError(f"cannot read {path}: {type(error).__name__} {error}") from error
