"""What the catalogue says of a product where a path of the graph leads over it, as statements."""

from __future__ import annotations

from datetime import date

from switchboard.knowledge.articles import Passage
from switchboard.knowledge.product_facts import PREFIX
from switchboard.knowledge.statements import Statement
from switchboard.shop.catalogue import CatalogueVariant, Product
from switchboard.shop.speech import Speech


def price_said(product: Product, speech: Speech) -> Passage:
    """Its price, or its kinds in stock with theirs."""
    in_stock = [kind for kind in product.variants if kind.stock > 0]
    if in_stock:
        return _kinds("kinds", product, in_stock, speech, priced=True)
    return _passage(product, speech, "price", price=speech.money(product.price))


def stock_said(product: Product, kinds: list[CatalogueVariant], speech: Speech) -> Passage:
    """Which of some kinds are in stock, or that all of them are sold out."""
    in_stock = [kind for kind in kinds if kind.stock > 0]
    if in_stock:
        return _kinds("kinds", product, in_stock, speech, priced=True)
    return _kinds("sold_out", product, kinds, speech, priced=False)


def material_said(product: Product, speech: Speech) -> Passage | None:
    """What it is made of; None where the catalogue does not tell."""
    forms = product.facts.get("material", {})
    told = forms.get(speech.language) or forms.get("en", "")
    return _passage(product, speech, "material", told=told) if told else None


def _kinds(
    name: str, product: Product, kinds: list[CatalogueVariant], speech: Speech, priced: bool
) -> Passage:
    listed = [
        f"{speech.options(k.options)} ({speech.money(k.price)})"
        if priced
        else speech.options(k.options)
        for k in kinds
    ]
    joined = "; ".join(listed) if priced else speech.listed(listed)
    return _passage(product, speech, name, kinds=joined)


def _passage(product: Product, speech: Speech, name: str, **facts: object) -> Passage:
    item = speech.product(product.sku)
    text = speech.word("product_statements", name).format_map({"item": item, **facts})
    identity = f"{PREFIX}{product.sku}"
    said = (Statement(text),)
    return Passage(identity, item, "", (), text, date.today(), speech.language, (), said)
