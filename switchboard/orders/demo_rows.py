"""Reads rows of the embedded shop into the model."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from switchboard.orders import demo_tables as t
from switchboard.orders.contacts import normal_contact
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
    Refund,
    RefundState,
    Shipment,
    Variant,
)
from switchboard.orders.order_system import CustomerQuery
from switchboard.orders.postal import split_address

MOST_CUSTOMERS, MOST_ORDERS = 20, 50
_CUSTOMER = [t.customers.c[name] for name in ("name", "email", "phone", "postcode")]
INVOICE_PAGE = "https://tidewick.example/account/invoices"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def read_order(db: Connection, number: str) -> Order | None:
    """Read an order with its lines, shipment and cases."""
    query = (
        sa.select(t.orders, *_CUSTOMER)
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
    under_way = sa.select(t.refunds.c.reference).where(
        t.refunds.c.order_number == number, t.refunds.c.state != RefundState.REQUESTED.value
    )
    settled = set(db.execute(under_way).scalars())
    return Order(
        number=row["number"],
        version=str(row["version"]),
        state=OrderState(row["state"]),
        placed_at=datetime.fromisoformat(row["placed_at"]),
        customer=Customer(
            row["name"], row["email"], row["phone"], str(row["customer_id"]), row["postcode"]
        ),
        address=split_address(row["address"]),
        items=tuple(
            Item(
                i.sku,
                i.name,
                i.quantity,
                Decimal(i.unit_price),
                bool(i.returnable),
                i.line,
                i.product_id,
                i.options,
            )
            for i in lines
        ),
        delivery=row["delivery"],
        delivery_fee=Decimal(row["delivery_fee"]),
        payment=row["payment"],
        payment_method=row["payment_method"],
        paid=bool(row["paid"]),
        shipment=_read_shipment(db, number),
        cases=tuple(
            Case(
                c.reference,
                CaseKind(c.kind),
                c.sku,
                datetime.fromisoformat(c.opened_at),
                withdrawable=c.reference not in settled,
            )
            for c in cases
        ),
    )


def find_customers(db: Connection, query: CustomerQuery) -> list[Customer]:
    """The customers who fit all that the query names; nobody for an empty one."""
    c = t.customers.c
    fits = [
        sa.func.lower(column) == value.strip().lower()
        for column, value in ((c.email, query.email), (c.name, query.name))
        if value
    ]
    if query.postcode:
        fits.append(c.postcode == query.postcode.upper())
    if query.phone:
        fits.append(c.phone_digits == normal_contact(query.phone))
    if not fits:
        return []
    rows = db.execute(sa.select(t.customers).where(*fits).limit(MOST_CUSTOMERS))
    return [_customer(db, row) for row in rows.mappings()]


def read_customer(db: Connection, customer_id: str) -> Customer | None:
    """A customer with the address of the latest order and the means of payment."""
    if not customer_id.isdigit():
        return None
    row = db.execute(sa.select(t.customers).where(t.customers.c.id == int(customer_id))).mappings()
    found = row.first()
    return None if found is None else _customer(db, found)


def _customer(db: Connection, row: Any) -> Customer:
    mine = t.payment_methods.c.customer_id == row["id"]
    methods = db.execute(sa.select(t.payment_methods).where(mine).order_by(t.payment_methods.c.id))
    return Customer(
        row["name"],
        row["email"],
        row["phone"],
        str(row["id"]),
        row["postcode"],
        split_address(row["address"]) if row["address"] else None,
        tuple(
            PaymentMethod(m.id, m.kind, m.label, None if m.balance is None else Decimal(m.balance))
            for m in methods
        ),
    )


def read_orders_of(db: Connection, customer_id: str) -> list[Order]:
    """A customer's orders, newest first."""
    mine = sa.select(t.orders.c.number).where(t.orders.c.customer_id == int(customer_id))
    newest = mine.order_by(t.orders.c.placed_at.desc()).limit(MOST_ORDERS)
    found = (read_order(db, number) for number in db.execute(newest).scalars().all())
    return [order for order in found if order is not None]


def read_product(db: Connection, product_id: str) -> ProductLine | None:
    """A product with its variants."""
    query = sa.select(t.variants).where(t.variants.c.product_id == product_id)
    rows = db.execute(query.order_by(t.variants.c.sku)).all()
    if not rows:
        return None
    variants = (Variant(r.sku, r.options, Decimal(r.price), r.stock > 0, r.stock) for r in rows)
    return ProductLine(product_id, rows[0].product, tuple(variants))


def read_products(db: Connection) -> list[ProductLine]:
    """All products that have variants."""
    ids = db.execute(sa.select(t.variants.c.product_id).distinct()).scalars().all()
    found = (read_product(db, product_id) for product_id in sorted(ids))
    return [product for product in found if product is not None]


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
