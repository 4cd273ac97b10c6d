"""What an act changes of an order in WooCommerce, and what the staff is told of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

from typing_extensions import override

from switchboard.errors import OrderSystemWrong
from switchboard.orders.acts import Act, LineReturn, OpenCase, ShopFloor
from switchboard.orders.cancellation import Cancel
from switchboard.orders.changes import ChangeAddress, ChangeItems
from switchboard.orders.model import Item, Order, OrderState, RefundState
from switchboard.orders.postal import PostalAddress
from switchboard.orders.returns import ExchangeItems, ReturnItems
from switchboard.orders.woocommerce_wire import ACT, CASE, delivery_of, load_variant
from switchboard.references import new_reference

Articles = Mapping[str, Mapping[str, Any]]
"""Variations by article number, of all the products in question."""
_ASKED = {
    Cancel.type: "to cancel the order",
    ChangeItems.type: "to change items",
    ChangeAddress.type: "to change the delivery address",
    ReturnItems.type: "to return items",
    ExchangeItems.type: "to exchange items",
}
_COUNTRIES = {
    "AT": ("austria",),
    "AU": ("australia",),
    "BE": ("belgium",),
    "CA": ("canada",),
    "CH": ("switzerland",),
    "CN": ("china",),
    "DE": ("germany", "deutschland"),
    "DK": ("denmark",),
    "ES": ("spain",),
    "FI": ("finland",),
    "FR": ("france",),
    "GB": ("uk", "united kingdom", "great britain", "england", "scotland", "wales"),
    "IE": ("ireland",),
    "IT": ("italy",),
    "MX": ("mexico",),
    "NL": ("netherlands",),
    "NO": ("norway",),
    "PL": ("poland",),
    "PT": ("portugal",),
    "SE": ("sweden",),
    "US": ("usa", "u.s.", "u.s.a", "u.s.a.", "united states", "united states of america"),
}
"""The countries that `postal.split_address` knows by name."""
_CODES = {name: code for code, names in _COUNTRIES.items() for name in names}


class OrderSheet(ShopFloor):
    """Takes down what an act does to an order, so that it can be sent at once.

    Money moves by no act: what is to be paid back, approved or not, is asked of the staff. Invoices
    and other means of payment are not the API's to give.
    """

    def __init__(self, order: Order, now: datetime) -> None:
        self._order, self._now = order, now
        self.state: OrderState | None = None
        self.address: PostalAddress | None = None
        self.articles: dict[str, str] = {}
        self.quantities: dict[str, int] = {}
        self.cases: list[OpenCase] = []
        self.refund = Decimal("0.00")
        self.refund_to = ""

    @property
    @override
    def order(self) -> Order:
        return self._order

    @property
    @override
    def now(self) -> datetime:
        return self._now

    @override
    def new_reference(self, prefix: str) -> str:
        return new_reference(prefix)

    @override
    def set_state(self, state: OrderState) -> None:
        if state is not OrderState.CANCELLED:
            raise OrderSystemWrong("WooCommerce: an order can only be cancelled")
        self.state = state

    @override
    def set_address(self, address: PostalAddress) -> None:
        self.address = address

    @override
    def set_payment(self, payment_method: str) -> None:
        raise OrderSystemWrong("WooCommerce: an order keeps its means of payment")

    @override
    def line(self, line: str) -> Item:
        item = self._order.item(line)
        if item is None:
            raise OrderSystemWrong("no such line in the order")
        return item

    @override
    def set_quantity(self, line: str, quantity: int) -> None:
        if quantity < 0:
            raise OrderSystemWrong("no such quantity")
        self.quantities[self.line(line).line] = quantity

    @override
    def set_article(self, line: str, sku: str) -> None:
        self.articles[self.line(line).line] = sku

    @override
    def open_case(self, case: OpenCase, reference: str) -> None:
        self.cases.append(case)

    @override
    def close_case(self, reference: str) -> None:
        raise OrderSystemWrong("requests are taken back by a person here")

    @override
    def add_refund(
        self, reference: str, amount: Decimal, state: RefundState, method: str = ""
    ) -> None:
        self.refund += amount
        self.refund_to = method

    @override
    def issue_invoice(self) -> str:
        raise OrderSystemWrong("WooCommerce: no invoices without a plugin")


def changes_to(data: Mapping[str, Any], sheet: OrderSheet, articles: Articles) -> dict[str, Any]:
    """The fields of the order, as it was read in `data`, that have to be sent."""
    fields: dict[str, Any] = {}
    if sheet.state is not None:
        fields["status"] = "cancelled"
    if sheet.address is not None:
        fields["shipping"] = _shipping(sheet.address, data)
    if sheet.articles:
        fields["line_items"] = list(_lines(data, sheet, articles))
    return fields


def kept_of(sheet: OrderSheet, reference: str, key: str) -> list[dict[str, str]]:
    """The meta data that keeps the act's key, and the request where it makes one."""
    kept = [{"key": ACT + key, "value": reference}]
    if sheet.cases or sheet.refund:
        request = {
            "at": sheet.now.isoformat(),
            "amount": str(sheet.refund),
            "cases": [
                {"kind": case.kind.value, "sku": case.sku, "text": case.text}
                for case in sheet.cases
            ],
        }
        kept.append({"key": CASE + reference, "value": json.dumps(request)})
    return kept


def _lines(
    data: Mapping[str, Any], sheet: OrderSheet, articles: Articles
) -> Iterator[dict[str, Any]]:
    """The lines that change. Another variation is a new line, which WooCommerce prices itself."""
    by_id = {str(line["id"]): line for line in data["line_items"]}
    for name, sku in sheet.articles.items():
        line, quantity = by_id[name], sheet.quantities[name]
        same = sku == sheet.line(name).sku or _is_variation(line, articles.get(sku))
        if same and quantity:
            yield _resized(line, quantity)
            continue
        yield {"id": line["id"], "quantity": 0}
        if quantity:
            yield _added(line, sku, quantity, articles)


def _is_variation(line: Mapping[str, Any], variation: Mapping[str, Any] | None) -> bool:
    return variation is not None and variation["id"] == line["variation_id"]


def _resized(line: Mapping[str, Any], quantity: int) -> dict[str, Any]:
    """A line with another quantity at the price that was paid: WooCommerce changes no line's sum by
    itself."""
    sums = {
        key: f"{Decimal(str(line[key])) * quantity / int(line['quantity']):.6f}"
        for key in ("subtotal", "total")
    }
    return {"id": line["id"], "quantity": quantity, **sums}


def _added(line: Mapping[str, Any], sku: str, quantity: int, articles: Articles) -> dict[str, Any]:
    variation = articles.get(sku)
    if variation is None or not line["variation_id"]:
        raise OrderSystemWrong("no such article")
    variant = load_variant(sku, variation)
    if not variant.available or (variant.stock is not None and variant.stock < quantity):
        raise OrderSystemWrong("an article that cannot be had")
    return {
        "product_id": line["product_id"],
        "variation_id": variation["id"],
        "quantity": quantity,
    }


def _shipping(address: PostalAddress, data: Mapping[str, Any]) -> dict[str, str]:
    """The delivery address in all its parts, so that nothing of the old one stays; whose it is
    stays, and so does the country where the new one names none."""
    before = delivery_of(data)
    names = {key: str(before.get(key) or "") for key in ("first_name", "last_name", "company")}
    return {
        **names,
        "address_1": address.street,
        "address_2": address.extra,
        "city": address.city,
        "state": address.region,
        "postcode": address.postcode,
        "country": _country(address.country) or str(before.get("country") or ""),
    }


def _country(name: str) -> str:
    """The code of a country."""
    plain = name.strip().casefold().removeprefix("the ")
    code = _CODES.get(plain) or (plain.upper() if len(plain) == 2 and plain.isalpha() else "")
    if plain and not code:
        raise OrderSystemWrong("a country without a code")
    return code


def note_of(act: Act, sheet: OrderSheet, reference: str, actor: str) -> str:
    """What the staff reads on the order: what is asked for, by whom, and what money is to move."""
    asked = _ASKED.get(act.type, "for help")
    told = [f"{reference}: the customer asked {asked} (Switchboard, {actor}).", *_told(act, sheet)]
    if sheet.refund > 0:
        by = f" by {sheet.refund_to}" if sheet.refund_to else ""
        told.append(f"To be paid back{by}: {sheet.refund:.2f}. Nothing is paid automatically.")
    elif isinstance(act, ChangeItems | ExchangeItems) and sheet.order.paid:
        told.append(f"Paid before: {sheet.order.total:.2f}. A difference has to be settled by you.")
    return "\n".join(escape(" ".join(line.split()), quote=False) for line in told)


def _told(act: Act, sheet: OrderSheet) -> Iterator[str]:
    """What an act says besides its name."""
    if isinstance(act, Cancel):
        yield f"Fee: {act.fee:.2f}. Reason: {act.reason or 'none given'}"
    elif isinstance(act, ChangeAddress):
        yield f"New address: {act.address}"
    elif isinstance(act, ReturnItems):
        yield from (_returned(part, sheet) for part in act.lines)
    elif isinstance(act, ChangeItems | ExchangeItems):
        for change in act.changes:
            item = sheet.line(change.line)
            yield f"{item.quantity} x {_named(item)}: now {change.quantity} x {change.sku}"
    elif isinstance(act, OpenCase):
        item_or_none = sheet.order.item(act.sku) if act.sku else None
        about = _named(item_or_none) if item_or_none else act.sku or "the whole order"
        yield f"{act.kind.value.capitalize()} of {about}: {act.text}"


def _returned(part: LineReturn, sheet: OrderSheet) -> str:
    why = f": {part.reason}" if part.reason else ""
    return f"{part.quantity} x {_named(sheet.line(part.line))}{why}"


def _named(item: Item) -> str:
    options = ", ".join(item.options.values())
    return f"{item.name} ({options}; {item.sku})" if options else f"{item.name} ({item.sku})"
