"""Reads rows of the embedded shop into the model."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.orders import demo_tables as t
from switchboard.orders.model import (
    Case,
    CaseKind,
    Customer,
    Invoice,
    Item,
    Order,
    OrderState,
    Refund,
    RefundState,
    Shipment,
)

INVOICE_PAGE = "https://tidewick.example/account/invoices"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def read_order(db: Connection, number: str) -> Order | None:
    """Read an order with its lines, shipment and cases."""
    query = (
        sa.select(t.orders, t.customers.c.name, t.customers.c.email, t.customers.c.phone)
        .join(t.customers, t.customers.c.id == t.orders.c.customer_id)
        .where(t.orders.c.number == number)
    )
    row = db.execute(query).mappings().first()
    if row is None:
        return None
    lines = db.execute(
        sa.select(t.items).where(t.items.c.order_number == number).order_by(t.items.c.id)
    )
    cases = db.execute(
        sa.select(t.cases).where(t.cases.c.order_number == number).order_by(t.cases.c.id)
    )
    return Order(
        number=row["number"],
        version=row["version"],
        state=OrderState(row["state"]),
        placed_at=datetime.fromisoformat(row["placed_at"]),
        customer=Customer(row["name"], row["email"], row["phone"]),
        address=row["address"],
        items=tuple(
            Item(i.sku, i.name, i.quantity, Decimal(i.unit_price), bool(i.returnable))
            for i in lines
        ),
        delivery=row["delivery"],
        delivery_fee=Decimal(row["delivery_fee"]),
        payment=row["payment"],
        paid=bool(row["paid"]),
        shipment=_read_shipment(db, number),
        cases=tuple(
            Case(c.reference, CaseKind(c.kind), c.sku, datetime.fromisoformat(c.opened_at))
            for c in cases
        ),
    )


def _read_shipment(db: Connection, number: str) -> Shipment | None:
    row = db.execute(sa.select(t.shipments).where(t.shipments.c.order_number == number)).first()
    if row is None:
        return None
    return Shipment(
        row.carrier,
        row.tracking,
        datetime.fromisoformat(row.shipped_at),
        date.fromisoformat(row.expected_on),
        _moment(row.delivered_at),
    )


def read_refund(row: Any) -> Refund:
    """A refund from its row."""
    return Refund(
        row.reference,
        Decimal(row.amount),
        RefundState(row.state),
        row.method,
        datetime.fromisoformat(row.requested_at),
        _moment(row.paid_at),
    )


def read_invoice(db: Connection, number: str) -> Invoice | None:
    """The invoice of an order, if there is one."""
    row = db.execute(sa.select(t.invoices).where(t.invoices.c.order_number == number)).first()
    order = read_order(db, number) if row else None
    if row is None or order is None:
        return None
    return Invoice(
        row.number, date.fromisoformat(row.issued_on), order.total, f"{INVOICE_PAGE}/{row.number}"
    )
