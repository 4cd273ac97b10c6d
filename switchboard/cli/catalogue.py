"""`switchboard catalogue`: what the order system sells, as the shop's catalogue."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
import yaml

from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings
from switchboard.text.bounded_yaml import read_yaml

if TYPE_CHECKING:
    from switchboard.orders.model import ProductLine


def catalogue(
    target: str = typer.Argument("", help="the file; data/catalogue.yml by default"),
) -> None:
    """Write the order system's products to `data/catalogue.yml`, with the names it gives them.

    Names that the file has in other languages, other words and facts are kept. The assistant
    reads it when it starts.
    """
    from switchboard.orders.open_orders import open_order_system

    settings = load_settings()
    if not settings.orders_url.startswith("http"):
        raise ConfigurationError("the demo shop is made from the catalogue, not the other way")
    path = Path(target) if target else settings.data_dir / "catalogue.yml"
    products = asyncio.run(open_order_system(settings).products())
    if not products:
        raise ConfigurationError("the order system tells no products")
    path.write_text(as_catalogue(products, _kept(path)), encoding="utf-8")
    print(f"{len(products)} products -> {path}")


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    """What no order system tells, from the file as it is, by article number."""
    known = read_yaml(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = ("name", "also", "facts")
    return {
        str(entry["sku"]): {name: entry[name] for name in kept if name in entry}
        for entry in known or []
    }


def as_catalogue(products: list[ProductLine], kept: dict[str, dict[str, Any]]) -> str:
    """The products as the text of a catalogue, the first variant of each in front."""
    entries: list[dict[str, Any]] = []
    for product in products:
        first, *others = product.variants
        known = kept.get(product.id, {})
        entry: dict[str, Any] = {
            "sku": product.id,
            **known,
            "name": {"en": product.name, **known.get("name", {})},
            "price": float(first.price),
        }
        if others:
            entry["options"] = dict(first.options)
            entry["variants"] = [
                {"sku": v.sku, "options": dict(v.options), "price": float(v.price)} for v in others
            ]
        entries.append(entry)
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False)
