"""Reads the JSON of WooCommerce's REST API, version 3, into the model.

What WooCommerce has no place for is kept in an order's own meta data, under keys of ours: `ACT` and
an act's key lead to the reference of what was done, `CASE` and a reference to a request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any

from switchboard.errors import OrderSystemWrong
from switchboard.orders.acts import OpenCase
from switchboard.orders.cancellation import Cancel
from switchboard.orders.changes import ChangeAddress, ChangeItems
from switchboard.orders.model import (
    Case,
    CaseKind,
    Customer,
    Item,
    Order,
    OrderState,
    PaymentMethod,
    ProductLine,
    Refund,
    RefundState,
    Shipment,
    Variant,
)
from switchboard.orders.postal import PostalAddress
from switchboard.orders.returns import ExchangeItems, ReturnItems

ACT = "_switchboard_act_"
CASE = "_switchboard_case_"
CENT = Decimal("0.01")
_STATES = {
    "pending": OrderState.PLACED,
    "on-hold": OrderState.PLACED,
    "processing": OrderState.PLACED,
    "completed": OrderState.DELIVERED,
    "refunded": OrderState.DELIVERED,
    "cancelled": OrderState.CANCELLED,
    "failed": OrderState.CANCELLED,
}
_NO_ORDERS = frozenset({"auto-draft", "checkout-draft", "trash"})
_ASKED_OF_STAFF = frozenset({ReturnItems.type, ExchangeItems.type, OpenCase.type})
_CHANGES = frozenset({Cancel.type, ChangeItems.type, ChangeAddress.type})
_IN_STOCK = frozenset({"instock", "onbackorder"})
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, InvalidOperation)


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise OrderSystemWrong(f"not {what}: {type(error).__name__}") from error


def rows(data: Any) -> list[Mapping[str, Any]]:
    """A list of objects.

    Raises:
        OrderSystemWrong: it is none. The same applies for whatever else cannot be read here.
    """
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise OrderSystemWrong("not a list")
    return data


def id_of(data: Any) -> str:
    """WooCommerce's own id of an order, a customer or a product."""
    with _reading("an object"):
        return str(int(data["id"]))


def is_order(data: Any) -> bool:
    """Whether it is an order: a draft and what lies in the bin are none."""
    with _reading("an order"):
        return data["status"] not in _NO_ORDERS


def number_of(data: Any) -> str:
    """The number that customers know an order by."""
    with _reading("an order"):
        return str(data["number"])


def act_done(data: Any, key: str) -> str | None:
    """The reference of the act that was done with this key, if one was."""
    with _reading("an order"):
        reference = _meta(data).get(ACT + key)
        return None if reference is None else str(reference)


def load_order(data: Any) -> Order:
    """Read an order.

    Prices are with tax where the shop enters them so, else without; `charged` is always the total.
    The unit price is what was paid for one piece, after discounts. A status of a plugin's, which
    says nothing here, is read as packed: nothing about such an order can be changed.
    """
    with _reading("an order"):
        status = str(data["status"])
        gross = bool(data["prices_include_tax"])
        payment = _text(data.get("payment_method_title")) or _text(data.get("payment_method"))
        return Order(
            number=str(data["number"]),
            version=_version(data),
            state=_STATES.get(status, OrderState.PACKED),
            placed_at=_moment(data["date_created_gmt"]),
            customer=customer_on(data),
            address=_address(delivery_of(data)),
            items=tuple(_item(line, gross) for line in data["line_items"] if line["quantity"]),
            delivery=_delivery(data),
            delivery_fee=_amount(data, "shipping_total", "shipping_tax", gross),
            payment=payment,
            paid=bool(data.get("date_paid_gmt")),
            shipment=_shipment(data),
            cases=tuple(_cases(data)),
            payment_method=_text(data.get("payment_method")),
            charged=_money(data["total"]),
            discount=_amount(data, "discount_total", "discount_tax", gross),
            allows=_allowed(status),
        )


def _allowed(status: str) -> frozenset[str]:
    """What the API can do, or leave to the staff; what the state forbids is the policy's to say."""
    if status == "refunded":
        return frozenset()
    return _ASKED_OF_STAFF | _CHANGES if status in _STATES else _ASKED_OF_STAFF


def _version(data: Mapping[str, Any]) -> str:
    """When it was modified, to the second, and a digest of what may change within one."""
    kept = {key: value for key, value in _meta(data).items() if key.startswith((ACT, CASE))}
    seen = [
        [data["status"], data["total"], data["shipping"], kept],
        [[line["id"], line["quantity"], line["total"]] for line in data["line_items"]],
    ]
    digest = hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
    return f"{data['date_modified_gmt']}-{digest[:12]}"


def _meta(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(entry["key"]): entry["value"] for entry in data.get("meta_data") or ()}


def _text(value: Any) -> str:
    """A text as people read it: WordPress keeps some with entities."""
    return unescape(str(value or "")).strip()


def _money(value: Any) -> Decimal:
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError("no amount")
    return amount.quantize(CENT)


def _amount(data: Mapping[str, Any], key: str, tax: str, gross: bool) -> Decimal:
    return _money(data[key]) + (_money(data.get(tax) or 0) if gross else Decimal("0.00"))


def _moment(value: Any) -> datetime:
    """A time of the API's `*_gmt` fields, which has no offset."""
    moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _item(line: Mapping[str, Any], gross: bool) -> Item:
    variation, quantity = int(line.get("variation_id") or 0), int(line["quantity"])
    return Item(
        sku=str(line.get("sku") or variation or line.get("product_id") or line["id"]),
        name=_text(line.get("parent_name")) or _text(line["name"]),
        quantity=quantity,
        unit_price=(_amount(line, "total", "total_tax", gross) / quantity).quantize(CENT),
        returnable=True,
        id=str(line["id"]),
        product_id=str(line["product_id"]) if variation else "",
        options=_options(line) if variation else {},
    )


def _options(line: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a line's variation; what begins with `_` is a plugin's bookkeeping."""
    shown = [
        (entry["key"], entry.get("display_key"), entry.get("display_value"))
        for entry in line.get("meta_data") or ()
    ]
    return {
        _text(name or key): _text(value)
        for key, name, value in shown
        if not str(key).startswith("_") and isinstance(value, str)
    }


def _delivery(data: Mapping[str, Any]) -> str:
    titles = [_text(line.get("method_title")) for line in data.get("shipping_lines") or ()]
    return titles[0] if titles else ""


def _shipment(data: Mapping[str, Any]) -> Shipment | None:
    """WooCommerce knows one moment, when the order was completed, and neither carrier nor parcel
    number: the shop's name of the delivery stands for the carrier."""
    if not data.get("date_completed_gmt") or _STATES.get(data["status"]) != OrderState.DELIVERED:
        return None
    completed = _moment(data["date_completed_gmt"])
    return Shipment(_delivery(data), "", completed, completed.date(), completed)


def delivery_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where an order or a customer's orders go: the delivery address, else the billing address."""
    shipping: Mapping[str, Any] = data.get("shipping") or {}
    billing: Mapping[str, Any] = data.get("billing") or {}
    return shipping if shipping.get("address_1") else billing


def _address(data: Mapping[str, Any]) -> PostalAddress:
    parts = ("address_1", "address_2", "city", "state", "postcode", "country")
    return PostalAddress(*(_text(data.get(part)) for part in parts))


def customer_on(data: Any) -> Customer:
    """Who an order was billed to. A guest has no id: anybody can order with another's e-mail, so
    that it does not make two orders one customer's."""
    with _reading("an order"):
        billing, method = data["billing"], _text(data.get("payment_method"))
        title = _text(data.get("payment_method_title")) or method
        return Customer(
            name=_name(billing),
            email=_text(billing.get("email")),
            phone=_text(billing.get("phone")),
            id=str(data.get("customer_id") or ""),
            postcode=_text(billing.get("postcode")) or _text(delivery_of(data).get("postcode")),
            address=_address(delivery_of(data)),
            payment_methods=(PaymentMethod(method, title),) if method else (),
        )


def _name(data: Mapping[str, Any]) -> str:
    names = (_text(data.get("first_name")), _text(data.get("last_name")))
    return " ".join(name for name in names if name)


def load_customer(data: Any) -> Customer:
    """Read a customer's account. Means of payment are known of orders alone."""
    with _reading("a customer"):
        billing, to = data["billing"], delivery_of(data)
        return Customer(
            name=_name(data) or _name(billing),
            email=_text(data["email"]),
            phone=_text(billing.get("phone")),
            id=str(int(data["id"])),
            postcode=_text(billing.get("postcode")) or _text(to.get("postcode")),
            address=_address(to) if to.get("address_1") else None,
        )


def by_article(product: Any, variations: Sequence[Any]) -> dict[str, Mapping[str, Any]]:
    """A product's variations that have a price, by article number: their own where they have one,
    else their id, since WooCommerce gives them the product's."""
    with _reading("variations"):
        own = [str(variation.get("sku") or "") for variation in variations]
        shared = {"", str(product.get("sku")), *(sku for sku in own if own.count(sku) > 1)}
        return {
            str(variation["id"]) if sku in shared else sku: variation
            for sku, variation in zip(own, variations, strict=True)
            if variation.get("price") not in (None, "")
        }


def load_product(product: Any, articles: Mapping[str, Mapping[str, Any]]) -> ProductLine:
    """Read a product with the variations that `by_article` found."""
    with _reading("a product"):
        variants = tuple(load_variant(sku, data) for sku, data in articles.items())
        return ProductLine(str(product["id"]), _text(product["name"]), variants)


def load_variant(sku: str, data: Mapping[str, Any]) -> Variant:
    """Read a variation. What may be ordered beyond the stock has none that counts."""
    with _reading("a variation"):
        counted = data.get("manage_stock") and not data.get("backorders_allowed")
        stock = data.get("stock_quantity") if counted else None
        sold = data.get("status", "publish") == "publish" and data.get("purchasable") is not False
        return Variant(
            sku=sku,
            options={_text(a["name"]): _text(a["option"]) for a in data["attributes"]},
            price=_money(data["price"]),
            available=sold and data["stock_status"] in _IN_STOCK,
            stock=None if stock is None else int(stock),
        )


def _requests(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the staff was asked for, by reference, oldest first."""
    for key, value in _meta(data).items():
        if key.startswith(CASE):
            yield key.removeprefix(CASE), json.loads(value)


def _cases(data: Mapping[str, Any]) -> Iterator[Case]:
    for reference, request in _requests(data):
        at = _moment(request["at"])
        for case in request["cases"]:
            yield Case(reference, CaseKind(case["kind"]), case["sku"], at)


def load_refunds(order: Any, paid: Sequence[Any]) -> list[Refund]:
    """The refunds that the staff made and those that are asked for, newest first.

    A refund settles the request that its reason names, else the oldest before it.
    """
    with _reading("refunds"):
        method = load_order(order).payment
        waiting = list(_requested_refunds(order, method))
        made = []
        for data in sorted(paid, key=lambda refund: str(refund["date_created_gmt"])):
            at = _moment(data["date_created_gmt"])
            amount = abs(_money(data["amount"]))
            made.append(Refund(str(data["id"]), amount, RefundState.PAID, method, at, at))
            earlier = [refund for refund in waiting if refund.requested_at <= at]
            named = [r for r in earlier if r.reference in str(data.get("reason") or "")]
            for settled in (named or earlier)[:1]:
                waiting.remove(settled)
        return sorted([*made, *waiting], key=lambda refund: refund.requested_at, reverse=True)


def _requested_refunds(data: Mapping[str, Any], method: str) -> Iterator[Refund]:
    for reference, request in _requests(data):
        amount, at = _money(request["amount"]), _moment(request["at"])
        if amount > 0:
            yield Refund(reference, amount, RefundState.REQUESTED, method, at, None)
