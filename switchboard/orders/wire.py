"""Reads and writes the JSON of the order system's contract (`openapi.yml`).

Money is a string with two decimals, a time is ISO 8601 with offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, get_type_hints

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
    Receipt,
    Refund,
    RefundState,
    Shipment,
)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def dump(value: Order | Refund | Invoice | Receipt) -> dict[str, Any]:
    """A value of the model as JSON-ready data."""
    plain: dict[str, Any] = _plain(asdict(value))
    return plain


def dump_act(act: Act) -> dict[str, Any]:
    """An act as JSON-ready data, its type included."""
    return {"type": act.type, **_plain(vars(act))}


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


def _item(data: Mapping[str, Any]) -> Item:
    return Item(
        str(data["sku"]),
        str(data["name"]),
        int(data["quantity"]),
        Decimal(data["unit_price"]),
        bool(data["returnable"]),
    )


def _case(data: Mapping[str, Any]) -> Case:
    return Case(
        str(data["reference"]), CaseKind(data["kind"]), data.get("sku"), _moment(data["opened_at"])
    )


def _order(data: Mapping[str, Any]) -> Order:
    customer = data["customer"]
    return Order(
        number=str(data["number"]),
        version=int(data["version"]),
        state=OrderState(data["state"]),
        placed_at=_moment(data["placed_at"]),
        customer=Customer(str(customer["name"]), str(customer["email"]), str(customer["phone"])),
        address=str(data["address"]),
        items=tuple(_item(entry) for entry in data["items"]),
        delivery=str(data["delivery"]),
        delivery_fee=Decimal(data["delivery_fee"]),
        payment=str(data["payment"]),
        paid=bool(data["paid"]),
        shipment=_shipment(data["shipment"]) if data.get("shipment") else None,
        cases=tuple(_case(entry) for entry in data.get("cases", [])),
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
    made_by = isinstance(hint, type) and (hint is Decimal or issubclass(hint, Enum))
    return hint(value) if made_by else value


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
