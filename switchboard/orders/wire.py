"""Reads and writes the JSON of the order system's contract (`openapi.yml`).

Money is a string with two decimals, a time is ISO 8601 with offset. An order of version 1 is read
as well: a line as its address, a number as its version, no ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from switchboard.errors import OrderSystemWrong
from switchboard.orders.acts import ACTS, Act
from switchboard.orders.model import (
    Case,
    CaseKind,
    Customer,
    Invoice,
    Item,
    Order,
    OrderState,
    PaymentMethod,
    ProductLine,
    Receipt,
    Refund,
    RefundState,
    Shipment,
    Variant,
)
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import ZERO, Quote, Refusal


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(vars(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


Told = Order | Refund | Invoice | Receipt | Customer | ProductLine | Quote | Refusal


def dump(value: Told) -> dict[str, Any]:
    """A value of the model as JSON-ready data."""
    plain: dict[str, Any] = _plain(asdict(value))
    return plain


def dump_act(act: Act) -> dict[str, Any]:
    """An act as JSON-ready data, its type included."""
    return {"type": act.type, **_plain(vars(act))}


def dump_address(address: PostalAddress) -> dict[str, str]:
    """An address as JSON-ready data."""
    return {part: str(getattr(address, part)) for part in _ADDRESS_PARTS}


def load_address(data: Any) -> PostalAddress:
    """Read an address, in its parts or on one line."""
    try:
        return _address(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not an address: {type(error).__name__}") from error


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a time without offset")
    return moment


def _maybe_moment(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


def _shipment(data: Mapping[str, Any]) -> Shipment:
    return Shipment(
        str(data["carrier"]),
        str(data["tracking"]),
        _moment(data["shipped_at"]),
        date.fromisoformat(data["expected_on"]),
        _maybe_moment(data.get("delivered_at")),
    )


def _options(data: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in dict(data or {}).items()}


def _item(data: Mapping[str, Any]) -> Item:
    return Item(
        str(data["sku"]),
        str(data["name"]),
        int(data["quantity"]),
        Decimal(data["unit_price"]),
        bool(data["returnable"]),
        str(data.get("id") or ""),
        str(data.get("product_id") or ""),
        _options(data.get("options")),
    )


def _address(data: Any) -> PostalAddress:
    if isinstance(data, str):
        return PostalAddress(data)
    return PostalAddress(**{key: str(data.get(key) or "") for key in _ADDRESS_PARTS})


def _payment_method(data: Mapping[str, Any]) -> PaymentMethod:
    balance = data.get("balance")
    return PaymentMethod(
        str(data["id"]),
        str(data["kind"]),
        str(data.get("label") or ""),
        None if balance is None else Decimal(balance),
    )


def _customer(data: Mapping[str, Any]) -> Customer:
    return Customer(
        str(data["name"]),
        str(data["email"]),
        str(data["phone"]),
        str(data.get("id") or ""),
        str(data.get("postcode") or ""),
        _address(data["address"]) if data.get("address") else None,
        tuple(_payment_method(entry) for entry in data.get("payment_methods") or ()),
    )


def _variant(data: Mapping[str, Any]) -> Variant:
    stock = data.get("stock")
    return Variant(
        str(data["sku"]),
        _options(data.get("options")),
        Decimal(data["price"]),
        bool(data.get("available", True)),
        None if stock is None else int(stock),
    )


def _product(data: Mapping[str, Any]) -> ProductLine:
    variants = tuple(_variant(entry) for entry in data["variants"])
    return ProductLine(str(data["id"]), str(data["name"]), variants)


def _case(data: Mapping[str, Any]) -> Case:
    return Case(
        str(data["reference"]),
        CaseKind(data["kind"]),
        data.get("sku"),
        _moment(data["opened_at"]),
        data.get("withdrawable") is True,
    )


def _order(data: Mapping[str, Any]) -> Order:
    charged, allows = data.get("charged"), data.get("allows")
    return Order(
        number=str(data["number"]),
        version=str(data["version"]),
        state=OrderState(data["state"]),
        placed_at=_moment(data["placed_at"]),
        customer=_customer(data["customer"]),
        address=_address(data["address"]),
        items=tuple(_item(entry) for entry in data["items"]),
        delivery=str(data["delivery"]),
        delivery_fee=Decimal(data["delivery_fee"]),
        payment=str(data["payment"]),
        paid=bool(data["paid"]),
        shipment=_shipment(data["shipment"]) if data.get("shipment") else None,
        cases=tuple(_case(entry) for entry in data.get("cases", [])),
        payment_method=str(data.get("payment_method") or ""),
        charged=None if charged is None else Decimal(charged),
        discount=Decimal(data.get("discount") or "0.00"),
        allows=None if allows is None else frozenset(map(str, allows)),
    )


def _refund(data: Mapping[str, Any]) -> Refund:
    return Refund(
        str(data["reference"]),
        Decimal(data["amount"]),
        RefundState(data["state"]),
        str(data["method"]),
        _moment(data["requested_at"]),
        _maybe_moment(data.get("paid_at")),
    )


def _invoice(data: Mapping[str, Any]) -> Invoice:
    return Invoice(
        str(data["number"]),
        date.fromisoformat(data["issued_on"]),
        Decimal(data["total"]),
        str(data["url"]),
    )


def _receipt(data: Mapping[str, Any]) -> Receipt:
    return Receipt(str(data["reference"]), bool(data["repeated"]))


def _act(data: Mapping[str, Any]) -> Act:
    kind = ACTS[data["type"]]
    hints = get_type_hints(kind)
    given = {key: _typed(value, hints[key]) for key, value in data.items() if key != "type"}
    return kind(**given)


def _typed(value: Any, hint: Any) -> Any:
    """A field's value in the type that the act declares."""
    if get_origin(hint) is tuple:
        return tuple(_typed(entry, get_args(hint)[0]) for entry in value)
    if hint is PostalAddress:
        return _address(value)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{key: _typed(entry, hints[key]) for key, entry in value.items()})
    made_by = isinstance(hint, type) and (hint is Decimal or issubclass(hint, Enum))
    return hint(value) if made_by else value


def _quote(data: Mapping[str, Any]) -> Quote | Refusal:
    if data.get("reason"):
        facts = {str(key): str(value) for key, value in (data.get("facts") or {}).items()}
        return Refusal(str(data["reason"]), facts)
    return Quote(Decimal(data.get("fee") or ZERO), Decimal(data.get("refund") or ZERO))


_ADDRESS_PARTS = ("street", "extra", "city", "region", "postcode", "country", "written")
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, InvalidOperation)


def load_order(data: Any) -> Order:
    """Read an order.

    Raises:
        OrderSystemWrong: the data violates the contract. The same applies for all `load_*`.
    """
    try:
        return _order(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not an order: {type(error).__name__}") from error


def load_orders(data: Any) -> list[Order]:
    """Read a list of orders."""
    try:
        return [_order(entry) for entry in data["orders"]]
    except _BROKEN as error:
        raise OrderSystemWrong(f"not orders: {type(error).__name__}") from error


def load_customer(data: Any) -> Customer:
    """Read a customer."""
    try:
        return _customer(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not a customer: {type(error).__name__}") from error


def load_customers(data: Any) -> list[Customer]:
    """Read a list of customers."""
    try:
        return [_customer(entry) for entry in data["customers"]]
    except _BROKEN as error:
        raise OrderSystemWrong(f"not customers: {type(error).__name__}") from error


def load_product(data: Any) -> ProductLine:
    """Read a product with its variants."""
    try:
        return _product(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not a product: {type(error).__name__}") from error


def load_products(data: Any) -> list[ProductLine]:
    """Read a list of products."""
    try:
        return [_product(entry) for entry in data["products"]]
    except _BROKEN as error:
        raise OrderSystemWrong(f"not products: {type(error).__name__}") from error


def load_quote(data: Any) -> Quote | Refusal:
    """Read what an act would cost, or why it is not allowed."""
    try:
        return _quote(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not a quote: {type(error).__name__}") from error


def load_refunds(data: Any) -> list[Refund]:
    """Read a list of refunds."""
    try:
        return [_refund(entry) for entry in data["refunds"]]
    except _BROKEN as error:
        raise OrderSystemWrong(f"not refunds: {type(error).__name__}") from error


def load_invoice(data: Any) -> Invoice:
    """Read an invoice."""
    try:
        return _invoice(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not an invoice: {type(error).__name__}") from error


def load_receipt(data: Any) -> Receipt:
    """Read a receipt."""
    try:
        return _receipt(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not a receipt: {type(error).__name__}") from error


def load_act(data: Any) -> Act:
    """Read an act."""
    try:
        return _act(data)
    except _BROKEN as error:
        raise OrderSystemWrong(f"not an act: {type(error).__name__}") from error
